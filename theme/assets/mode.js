// Before anything is painted.
{
  const root = document.documentElement;
  // The colours that the reader chose last time.
  try {
    root.dataset.mode = localStorage.getItem("mode") || "";
  } catch { /* a page from the disk may be denied a memory */ }
  // A page opened at its top first lays out what is in sight: page.js sees to the rest. See .lazy in course.css.
  const [how] = performance.getEntriesByType("navigation");
  if (how && how.type === "navigate" && !location.hash && location.protocol !== "file:") root.classList.add("lazy");
}
