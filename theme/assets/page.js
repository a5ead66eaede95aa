// The few things on a page that need a script: the choice of colours, copying code, folds that a link or the printer opens.
(() => {
  const root = document.documentElement;

  const button = document.querySelector(".mode");
  const modes = ["", "light", "dark"];
  const said = button.dataset.words.split("|");
  const show = () => button.setAttribute("aria-label", said[modes.indexOf(root.dataset.mode || "")]);
  button.addEventListener("click", () => {
    root.dataset.mode = modes[(modes.indexOf(root.dataset.mode || "") + 1) % 3];
    try { localStorage.setItem("mode", root.dataset.mode); } catch { /* not remembered then */ }
    show();
  });
  show();

  // The header goes with the text and comes back when the reader scrolls up.
  let last = scrollY, up = 0;
  root.classList.add("header-comes");
  addEventListener("scroll", () => {
    const now = Math.max(0, Math.min(scrollY, root.scrollHeight - innerHeight)); // some browsers bounce at the ends
    up = now < last ? up + last - now : 0;
    const away = root.classList.contains("header-away");
    if (away ? up > 24 || now < 80 : now > last + 4 && now > 80) root.classList.toggle("header-away");
    last = now;
  }, { passive: true });

  // A part that scrolls sideways must be reachable by keyboard, and only while it scrolls.
  const scrollers = document.querySelectorAll("pre, .math-scroll, .table-scroll");
  const reach = (entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1 && !target.closest("details:not([open])")) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  };
  const watch = new ResizeObserver(reach);
  scrollers.forEach((it) => watch.observe(it));

  // A link into a folded part opens it. An address typed by hand may lead to where the page is not laid out yet, see below.
  const open = () => {
    const [id] = new URLSearchParams(location.hash.slice(1)).keys();  // which takes a % that decodes to nothing as it is
    const target = id && document.getElementById(id);
    if (!target) return;
    const lazy = root.classList.contains("lazy");
    root.classList.remove("lazy");
    const closed = [];
    for (let it = target; it; it = it.parentElement) if (it.matches("details:not([open])")) closed.push(it);
    for (const it of closed) it.open = true;
    if (closed.length || lazy) target.scrollIntoView();
  };
  addEventListener("hashchange", open);
  open();

  // Paper cannot be unfolded, and of the answers to a prediction all are printed: without their common name they can be open together.
  let folded = [];
  addEventListener("beforeprint", () => {
    for (const it of document.querySelectorAll("article details[name]")) {
      it.dataset.name = it.getAttribute("name");
      it.removeAttribute("name");
    }
    folded = [...document.querySelectorAll("article details:not([open])")];
    for (const it of folded) it.open = true;
  });
  addEventListener("afterprint", () => {
    for (const it of folded) it.open = false;
    for (const it of document.querySelectorAll("details[data-name]")) it.setAttribute("name", it.dataset.name);
  });

  // The slides come when they are first asked for: by the key P, the button, or an address with ?present or #present=3.
  const presents = document.querySelector(".tool.present");
  if (presents) {
    presents.hidden = false;
    const keys = (event) => {
      const free = !event.target.closest("input, select, textarea, [contenteditable], .stage");
      if (event.key.toLowerCase() === "p" && free && !document.querySelector("dialog[open]") && !event.ctrlKey && !event.metaKey && !event.altKey) load();
    };
    const address = () => location.hash.startsWith("#present") && load();
    const load = () => {
      removeEventListener("keydown", keys);
      removeEventListener("hashchange", address);
      presents.removeEventListener("click", load);
      const look = document.createElement("link");
      Object.assign(look, { rel: "stylesheet", href: presents.dataset.look });
      look.addEventListener("load", () => document.head.append(Object.assign(document.createElement("script"), { src: presents.dataset.script })));
      document.head.append(look);
    };
    addEventListener("keydown", keys);
    addEventListener("hashchange", address);
    presents.addEventListener("click", load);
    if (location.hash.startsWith("#present") || new URLSearchParams(location.search).has("present")) load();
  }

  // Not before the page is there and the processor idle, or a second has gone by: some browsers are never idle on a page that
  // stands still. Nothing waits for what comes now.
  const later = window.requestIdleCallback ? (task) => requestIdleCallback(task, { timeout: 1000 }) : setTimeout;

  // A long page that was opened at its top has laid out only what is in sight. With the reader's first move the sections below
  // follow, one at a time and from the top, so that nothing in sight ever moves.
  const sections = [...document.querySelectorAll(".lazy .text > section > section")];
  const unsettled = [...sections];
  const settle = () => {
    unsettled.shift()?.classList.add("settled");
    if (unsettled.length) later(settle);
    else root.classList.remove("lazy");
  };
  // Or all at once, and then what is in sight is put back where it was. (Left to browsers, it would move by screens in some.)
  const whole = () => {
    const seen = sections.find((it) => it.getBoundingClientRect().bottom > innerHeight / 2);
    const before = seen?.getBoundingClientRect().top;
    root.classList.remove("lazy");
    if (seen) scrollBy(0, seen.getBoundingClientRect().top - before);
  };
  const begin = () => {
    for (const kind of moves) removeEventListener(kind, begin, true);
    // The browser's search, or an address that names a sentence, leaps over what has no true height yet.
    if (scrollY > innerHeight) requestAnimationFrame(() => requestAnimationFrame(whole));
    else later(settle);
  };
  const moves = ["scroll", "pointerdown", "keydown", "focusin"];
  if (sections.length) for (const kind of moves) addEventListener(kind, begin, true);

  // A leap within the page needs all true heights before it begins: else it lands screens beside its target.
  addEventListener("click", (event) => event.target.closest("a[href^='#']") && whole(), true);
  addEventListener("keydown", (event) => event.key === "End" && whole(), true);
  addEventListener("beforeprint", whole);

  if (navigator.clipboard) later(() => {
    const words = { en: ["Copy", "Copied"], ru: ["Копировать", "Скопировано"], bn: ["কপি", "কপি হয়েছে"] };
    const [copy, copied] = words[root.lang.slice(0, 2)] || words.en;
    for (const code of document.querySelectorAll(".cell_input .highlight, div[class*=highlight-]:not(.output) > .highlight")) {
      const it = document.createElement("button");
      it.type = "button";
      it.className = "copy";
      it.textContent = copy;
      it.addEventListener("click", async () => {
        const pre = code.querySelector("pre");
        try {
          await navigator.clipboard.writeText(pre.textContent);
        } catch {
          getSelection().selectAllChildren(pre); // for the reader's own keys
          return;
        }
        it.textContent = copied;
        setTimeout(() => (it.textContent = copy), 1500);
      });
      code.append(it);
    }
  });

  // Which heading of the list is being read: the last one whose section has begun in or above the window's upper quarter. The margin
  // reaches up beyond any page, so that a leap over a section is seen too; to measure the sections would lay out those not yet seen.
  const links = new Map();
  for (const link of document.querySelectorAll(".page-toc a")) {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (target) links.set(target, link);
  }
  const begun = new Set();
  const mark = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) begun[isIntersecting ? "add" : "delete"](target);
    const read = [...links.keys()].filter((target) => begun.has(target)).pop();
    for (const [target, link] of links) {
      if (target === read) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "1000000px 0px -75% 0px" });
  for (const target of links.keys()) mark.observe(target);

  // A list that lies over the text closes when a link in it was followed.
  document.querySelector(".page-toc")?.addEventListener("click", (event) => {
    if (event.target.closest("a") && event.currentTarget.matches(":popover-open")) event.currentTarget.hidePopover();
  });
})();
