// Before anything is painted.
{
  const root = document.documentElement;

  // The colours that the reader chose last time.
  try {
    root.dataset.mode = localStorage.getItem("mode") || "";
  } catch { /* a page from the disk may be denied a memory */ }

  if (location.protocol !== "file:") {
    // A chapter opened at its top first lays out what is in sight: page.js sees to the rest. See .lazy in course.css.
    const [how] = performance.getEntriesByType("navigation");
    if (how && how.type === "navigate" && !location.hash && "long" in root.dataset) root.classList.add("lazy");

    // The letters of formulas start on their way now, so that no line moves when they arrive.
    if (document.querySelector("link[href*='katex']")) {
      for (const name of ["Main-Regular", "Math-Italic"]) {
        const font = document.createElement("link");
        const href = new URL(`katex/fonts/KaTeX_${name}.woff2`, document.currentScript.src);
        document.head.append(Object.assign(font, { rel: "preload", as: "font", type: "font/woff2", crossOrigin: "", href }));
      }
    }
  }
}
