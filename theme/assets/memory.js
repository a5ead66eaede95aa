// Remembers, in this browser alone, where the reader was and which sections were seen to their end. Nothing of it leaves the browser.
(() => {
  const main = document.querySelector("main[data-memory]");
  if (!main) return;
  const words = JSON.parse(main.dataset.memory);
  const home = new URL(document.documentElement.dataset.content_root, location.href);
  const key = "read " + home.pathname; // one memory for each book of a host
  const read = () => {
    try { return JSON.parse(localStorage.getItem(key)) || {}; } catch { return {}; }
  };
  const write = (memory) => {
    try { localStorage.setItem(key, JSON.stringify(memory)); } catch { /* not remembered then */ }
  };

  const title = main.querySelector("h1");
  const plain = (heading) => {
    const copy = heading.cloneNode(true);
    for (const it of copy.querySelectorAll(".section-number, .headerlink, .katex-html")) it.remove();
    return copy.textContent.trim();
  };

  // The landing page: go on where you were.
  if (document.body.matches(".landing")) {
    const { last } = read();
    if (!last) return;
    const line = document.createElement("p");
    line.className = "go-on";
    const link = document.createElement("a");
    link.href = new URL(last.page, home);
    link.textContent = words.go_on.replace("{}", last.chapter).replace("{}", last.name);
    const forget = document.createElement("button");
    forget.type = "button";
    forget.textContent = words.forget;
    const where = document.createElement("span");
    where.textContent = words.where;
    where.setAttribute("role", "status");
    forget.addEventListener("click", () => {
      try { localStorage.removeItem(key); } catch { /* there was none */ }
      link.remove();
      forget.remove();
      where.textContent = words.forgotten;
      main.focus();
    });
    line.append(link, forget, where);
    title.after(line);
    return;
  }

  // A chapter: its sections, as the list of the page names them; a part with parts of its own is done when these are.
  const page = location.pathname.slice(home.pathname.length);
  const sections = [];
  for (const link of document.querySelectorAll(".page-toc li > a, .page-toc li > p > a")) {
    const section = document.getElementById(decodeURIComponent(link.hash.slice(1)))?.closest("section");
    if (section) sections.push({ section, link, whole: !link.closest("li").querySelector("ul") });
  }
  const ticked = (done) => {
    for (const { section, link, whole } of sections) {
      const parts = sections.filter((it) => it.whole && section.contains(it.section));
      if (link.matches(".done") || !(whole ? done.includes(section.id) : parts.length && parts.every((it) => done.includes(it.section.id)))) continue;
      link.classList.add("done");
      const said = document.createElement("span");
      said.className = "visually-hidden";
      said.textContent = ", " + words.done;
      link.append(said);
    }
  };
  ticked(read().done?.[page] || []);

  // A section is done when its beginning was in sight and the reader rests, for a second, with its end in sight.
  const begun = new Set();
  const look = () => {
    for (const it of sections) {
      const { top } = it.section.getBoundingClientRect();
      if (top > -innerHeight / 4 && top < innerHeight) begun.add(it);
    }
  };
  const rest = () => {
    if (document.visibilityState !== "visible") return;
    const memory = read();
    const done = new Set(memory.done?.[page]);
    for (const it of begun) {
      const { bottom } = it.section.getBoundingClientRect();
      if (it.whole && bottom > 0 && bottom <= innerHeight) done.add(it.section.id);
    }
    // Where the reader is: the last thing with an address above the middle of the window, in the section that it stands in.
    let place, heading = title;
    for (const it of main.querySelectorAll("article [id]:not(svg *)")) {
      const box = it.getBoundingClientRect();
      if (box.height && box.top < innerHeight / 3) place = it;
    }
    for (const { section } of sections) if (section.getBoundingClientRect().top < innerHeight / 2) heading = section.querySelector("h2, h3");
    write({
      last: {
        page: page + (place && scrollY > innerHeight / 2 ? "#" + place.id : ""),
        chapter: title.querySelector(".section-number").textContent.trim(),
        name: plain(heading),
      },
      done: { ...memory.done, [page]: [...done] },
    });
    ticked([...done]);
  };
  let resting, looked = 0;
  addEventListener("scroll", () => {
    if (Date.now() - looked > 200) {
      looked = Date.now();
      requestAnimationFrame(look);
    }
    clearTimeout(resting);
    resting = setTimeout(() => (look(), rest()), 1000);
  }, { passive: true });
})();
