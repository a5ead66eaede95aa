// Sphinx's search, told two things about these pages.

// From the disk a page may not read the others, so the results there are titles alone.
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";

// A formula stands in a page twice, as a picture and as MathML; sliders and buttons are no text.
Search.htmlToText = (source, anchor) => {
  const main = new DOMParser().parseFromString(source, "text/html").querySelector("main");
  main.querySelectorAll(".katex-html, .headerlink, .explore, .turn, svg, script, style").forEach((it) => it.remove());
  return ((anchor && main.querySelector(anchor)) || main).textContent;
};
