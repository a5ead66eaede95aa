// What the chapters need in JupyterLab, Notebook 7 and JupyterLite beside jupyterlab-myst: captions and alternative texts, folded
// solutions, names in place of citation keys, links that open notebooks, a line for what only the built pages can show, and sliders
// that say their values. JupyterLab loads it as it loads every prebuilt extension, as one of webpack's module containers; this file
// is written in the form that webpack would give it, so that nothing has to be built.
(() => {
  const here = document.currentScript.src;

  // The directives that jupyterlab-myst does not know.
  const ON_PAGES = { path: "the chapters as cards", practice: "questions to answer" };

  // "Tieleman, Tijmen and Hinton, Geoffrey" and "2012" become "Tieleman & Hinton, 2012".
  const readBib = (text) => {
    const entries = new Map();
    for (const [, key, body] of text.matchAll(/^@\w+\{([^,\s]+),([^]*?)^\}/gm)) {
      const field = (name) => (body.match(new RegExp(`^\\s*${name}\\s*=\\s*\\{(.*)\\},?\\s*$`, "m"))?.[1] ?? "").replace(/[{}]/g, "");
      const names = field("author").split(" and ").map((name) => name.split(",")[0]);
      const who = names.length > 2 ? `${names[0]} et al.` : names.join(" & ");
      entries.set(key, { short: `${who}, ${field("year")}`, long: `${field("author")} (${field("year")}). ${field("title")}.` });
    }
    return entries;
  };

  const follow = (app, panel) => {
    const notebook = panel.content;
    const shown = new WeakMap(); // the caption widget of a cell
    const solutions = new Map(); // the <details> of a solution's start, by the cell's id: open or not
    let bib = new Map();
    let waiting = false;

    const figures = (cell) => {
      const { figure = {}, image = {} } = cell.model.getMetadata("mystnb") ?? {};
      if (image.alt) {
        for (const picture of cell.node.querySelectorAll(".jp-OutputArea-output img, .jp-OutputArea-output .widget-html-content > svg")) {
          const name = picture.tagName === "IMG" ? "alt" : "aria-label";
          if (picture.getAttribute(name) === image.alt) continue;
          picture.setAttribute(name, image.alt);
          picture.setAttribute("role", "img");
        }
      }
      const wanted = figure.caption && cell.outputArea.widgets.length > 0;
      if (wanted && !shown.has(cell)) {
        const caption = notebook.rendermime.createRenderer("text/markdown");
        caption.addClass("course-caption");
        // A reference to a numbered formula finds nothing outside of its page.
        const text = figure.caption.replace(/\s*\{eq\}`[^`]*`/g, "");
        shown.set(cell, caption);
        caption.renderModel({ data: { "text/markdown": text }, metadata: {}, trusted: true, setData() {} })
          .then(() => caption.isDisposed || cell.layout.insertWidget(cell.layout.widgets.length - 1, caption));
      } else if (!wanted && shown.has(cell)) {
        shown.get(cell).dispose();
        shown.delete(cell);
      }
    };

    // A solution with code in it reaches from a cell with `solution-start` to one with `solution-end`. jupyterlab-myst folds the part of
    // it that stands in the first cell; the rest follows that fold.
    const fold = () => {
      let start = null;
      for (const cell of notebook.widgets) {
        const source = cell.model.sharedModel.getSource();
        const ends = cell.model.type === "markdown" && source.includes("{solution-end}");
        const hidden = start !== null && !solutions.get(start);
        cell.node.classList.toggle("course-hidden", hidden && !ends);
        if (ends) {
          const end = [...cell.node.querySelectorAll(".myst > aside.myst-exercise")].find((part) => part.textContent.trim() === "");
          end?.classList.add("course-solution-end");
          cell.node.classList.toggle("course-hidden-start", hidden && Boolean(end));
          start = null;
        }
        if (cell.model.type !== "markdown" || !source.includes("{solution-start}")) continue;
        start = cell.model.id;
        const title = [...cell.node.querySelectorAll("details > summary .myst-exercise-title")]
          .find((part) => /^Start of Solution/.test(part.textContent));
        if (!title) continue;
        const said = [...title.childNodes].find((part) => /^Start of /.test(part.nodeValue));
        said.nodeValue = said.nodeValue.replace("Start of ", "");
        title.closest("details").addEventListener("toggle", (event) => {
          solutions.set(cell.model.id, event.target.open);
          soon();
        });
        solutions.set(cell.model.id, title.closest("details").open);
      }
    };

    const text = (cell) => {
      for (const key of cell.node.querySelectorAll('.myst [title="Citation Not Found"]')) {
        const entry = bib.get(key.textContent.trim());
        if (!entry) continue;
        key.lastChild.nodeValue = `(${entry.short})`; // before it stands the warning sign
        key.title = entry.long;
        key.classList.add("course-cite");
      }
      for (const box of cell.node.querySelectorAll(".myst details")) {
        const [, name] = box.querySelector("summary")?.textContent.match(/^\s*([\w-]+)\s*-\s*Unknown Directive/) ?? [];
        if (!name || box.previousElementSibling?.matches(".course-elsewhere")) continue;
        const line = document.createElement("p");
        line.className = "course-elsewhere";
        line.textContent = `Here the built page has ${ON_PAGES[name] ?? `something that a notebook cannot show (${name})`}.`;
        box.before(line);
      }
    };

    const sliders = (cell) => {
      for (const slider of cell.node.querySelectorAll(".widget-slider")) {
        const handle = slider.querySelector("[role=slider]");
        const says = slider.closest(".widget-vbox")?.querySelector(":scope > .widget-label:last-child")?.textContent;
        if (!handle || !says) continue;
        const name = slider.querySelector(".widget-label").textContent;
        if (handle.getAttribute("aria-label") !== name) handle.setAttribute("aria-label", name);
        if (handle.getAttribute("aria-valuetext") !== says) handle.setAttribute("aria-valuetext", says);
      }
    };

    const dress = () => {
      waiting = false;
      if (panel.isDisposed) return;
      for (const cell of notebook.widgets) {
        if (cell.model.type === "code") {
          figures(cell);
          sliders(cell);
        } else if (cell.model.type === "markdown") text(cell);
      }
      fold();
    };
    const soon = () => {
      if (waiting) return;
      waiting = true;
      requestAnimationFrame(dress);
    };

    const watch = new MutationObserver(soon);
    watch.observe(notebook.node, { childList: true, subtree: true, attributes: true, attributeFilter: ["aria-valuetext"] });
    panel.disposed.connect(() => watch.disconnect());
    notebook.node.addEventListener("click", (event) => {
      const link = event.target.closest?.(".myst a[href], .course-caption a[href]");
      const [, path] = link?.href.match(/\/files\/(.*?\.(?:ipynb|md))(?:[?#]|$)/) ?? [];
      if (!path) return;
      event.preventDefault();
      event.stopPropagation();
      app.commands.execute("docmanager:open", { path: decodeURIComponent(path) });
    }, true);
    const folder = panel.context.path.replace(/[^/]*$/, "");
    app.serviceManager.contents.get(`${folder}references.bib`, { content: true, type: "file", format: "text" })
      .then((file) => { bib = readBib(file.content); soon(); }, () => { /* a notebook without references beside it */ });
    soon();
  };

  let shared;
  const load = async (name) => (await Object.values(shared[name])[0].get())();
  const modules = {
    "./extension": async () => {
      const { INotebookTracker } = await load("@jupyterlab/notebook");
      return {
        __esModule: true,
        default: {
          id: "course-in-lab:chapters",
          description: "Shows the chapters of the course as their pages show them.",
          autoStart: true,
          requires: [INotebookTracker],
          activate: (app, tracker) => {
            tracker.forEach((panel) => follow(app, panel));
            tracker.widgetAdded.connect((_, panel) => panel.context.ready.then(() => follow(app, panel)));
          },
        },
      };
    },
    "./style": async () => {
      const link = document.createElement("link");
      link.rel = "stylesheet";
      link.href = new URL("course.css", here);
      document.head.append(link);
      return {};
    },
  };
  (window._JUPYTERLAB ??= {})["course-in-lab"] = {
    init: (scope) => { shared = scope; },
    get: async (name) => { const made = await modules[name](); return () => made; },
  };
})();
