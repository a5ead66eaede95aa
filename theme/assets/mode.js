// Before anything is painted: the colours that the reader chose last time.
try {
  const mode = localStorage.getItem("mode");
  if (mode) document.documentElement.dataset.mode = mode;
} catch { /* a page from the disk may be denied a memory */ }
