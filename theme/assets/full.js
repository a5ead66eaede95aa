// Each figure opens to the full window, with its slider; Escape or the button closes it, and the page is where it was.
(() => {
  const article = document.querySelector("[data-full]");
  if (!article || !window.HTMLDialogElement) return;
  const [open, close] = article.dataset.full.split("|");
  const button = (kind, name, path) => {
    const it = document.createElement("button");
    it.type = "button";
    it.className = kind;
    it.setAttribute("aria-label", name);
    it.innerHTML = `<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="${path}"/></svg>`;
    return it;
  };

  const dialog = document.createElement("dialog");
  dialog.className = "full";
  const shut = button("full-close", close, "M4.9 3.5 10 8.6l5.1-5.1 1.4 1.4-5.1 5.1 5.1 5.1-1.4 1.4-5.1-5.1-5.1 5.1-1.4-1.4L8.6 10 3.5 4.9z");
  shut.addEventListener("click", () => dialog.close());
  dialog.append(shut);
  document.body.append(dialog);

  // The figure itself moves, so that its slider stays as it was set; something of its height keeps its place.
  let figure, from;
  const place = document.createElement("div");
  const show = (it, by) => {
    [figure, from] = [it, by];
    place.style.cssText = `height: ${figure.offsetHeight}px; margin: ${getComputedStyle(figure).margin}`;
    figure.replaceWith(place);
    for (const drawing of figure.querySelectorAll(".drawing")) drawing.style.setProperty("--drawn", drawing.getAttribute("height") + "px");
    dialog.append(figure);
    dialog.setAttribute("aria-label", figure.querySelector(".caption-number")?.textContent.trim() || open);
    document.documentElement.classList.add("has-full");
    dialog.showModal();
  };
  dialog.addEventListener("close", () => {
    document.documentElement.classList.remove("has-full");
    place.replaceWith(figure);
    from.focus({ preventScroll: true });
  });
  addEventListener("beforeprint", () => dialog.open && dialog.close());
  dialog.addEventListener("click", (event) => event.target.closest("a[href]") && dialog.close());

  for (const it of article.querySelectorAll("figure:has(.drawing)")) {
    const caption = it.querySelector(":scope > figcaption");
    if (!caption || it.querySelector(".stage")) continue;
    const by = button("to-full", `${open}: ${it.querySelector(".caption-number")?.textContent.trim() || ""}`, "M3 3h5v1.6H4.6V8H3zm9 0h5v5h-1.6V4.6H12zM3 12h1.6v3.4H8V17H3zm12.4 0H17v5h-5v-1.6h3.4z");
    by.addEventListener("click", () => show(it, by));
    caption.append(by);
  }
})();
