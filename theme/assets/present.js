// The page as a deck: its blocks move onto slides, one slide at a time, and back. Loaded when the reader first asks for it; which blocks
// belong to which slide is marked by theme/course/slides.py.
(() => {
  const root = document.documentElement;
  const opener = document.querySelector(".tool.present");
  const said = JSON.parse(opener.dataset.words);
  const fill = (text, ...values) => values.reduce((whole, value) => whole.replace("{}", value), text);
  const make = (tag, name, ...inside) => {
    const it = document.createElement(tag);
    if (name) it.className = name;
    it.append(...inside);
    return it;
  };
  const button = (name, label, inside, act) => {
    const it = make("button", name, inside);
    it.type = "button";
    if (label) it.setAttribute("aria-label", label);
    it.addEventListener("click", act);
    return it;
  };
  const LETTERS = "ABCDEFGH";
  const LEAST = 24; // no letter is smaller, in pixels; marks above and below the line may be

  // What the page offers ------------------------------------------------------------------------------------------------------

  const whole = (it) => it.closest(".table-scroll") || it;
  const named = (it, kind) => [...it.classList].filter((name) => name.startsWith(kind)).map((name) => name.slice(kind.length));
  const slides = [];
  {
    const POLLS = ".quiz:is([data-kind=choice], [data-kind=plot], [data-kind=debug])";
    const quizzes = new Map([...document.querySelectorAll(`article ${POLLS}`)].map((it) => [it.dataset.name, it]));
    const timed = (quiz) => quiz.parentElement.querySelector(":scope > h2[class*=deck-t]"); // in a lecture, where it stands in its place
    const poll = (quiz) => ({ quiz, blocks: [], notes: [], seconds: Number((timed(quiz) && named(timed(quiz), "deck-t")[0]) || 240), at: quiz });
    for (const it of document.querySelectorAll(`article :is(.deck-new, .deck-on, .deck-step, .deck-say, ${POLLS})`)) {
      if (it.matches(".quiz")) {
        if (timed(it)) slides.push(poll(it));
        continue;
      }
      if (it.matches(".deck-new")) {
        for (const name of named(it, "deck-poll-")) if (quizzes.has(name)) slides.push(poll(quizzes.get(name)));
        slides.push({ blocks: [], notes: [], seconds: Number(named(it, "deck-t")[0] || 60), at: it });
      }
      const slide = slides.findLast((one) => !one.quiz);
      if (!slide) continue;
      if (!it.matches(".deck-say")) slide.blocks.push(whole(it));
      if (it.matches(".deck-say")) slide.notes.push(whole(it));
      else slide.notes.push(...it.querySelectorAll(":not(figcaption) > .deck-rest, figcaption"));
    }
    for (const slide of slides) {
      if (slide.quiz) {
        slide.options = [...slide.quiz.querySelectorAll(".variant:not([hidden]) .option")];
        slide.votes = [slide.options.map(() => 0), slide.options.map(() => 0)];
        slide.steps = 2 + slide.options.length;
        continue;
      }
      const first = slide.blocks[0];
      slide.heading = /^H\d$/.test(first?.tagName) ? first : slide.at.closest("section").querySelector(":scope > :is(h1, h2, h3, h4)");
      slide.steps = slide.blocks.filter((it) => it.matches(".deck-step")).length;
    }
  }
  if (!slides.length) return;
  const planned = slides.reduce((sum, slide) => sum + slide.seconds, 0);
  const plain = (it) => {
    const copy = it.cloneNode(true);
    for (const extra of copy.querySelectorAll(".headerlink, .section-number, .katex-html, annotation, button, script")) extra.remove();
    return copy.textContent.trim().replace(/\s+/g, " ");
  };
  const title = (slide) => (slide.quiz ? `${said.poll}: ${plain(slide.quiz.querySelector("legend"))}` : plain(slide.heading));
  // A copy for the speaker or as a repeated heading: without names of its own.
  const copied = (it) => {
    const copy = it.cloneNode(true);
    for (const one of [copy, ...copy.querySelectorAll("[id]")]) one.removeAttribute("id");
    for (const extra of copy.querySelectorAll(".headerlink, .to-full, .copy")) extra.remove();
    return copy;
  };

  // One slide -------------------------------------------------------------------------------------------------------------------

  // Puts the blocks of a slide into a view of their own, and returns what puts them back.
  function build(slide) {
    const view = make("section", "slide");
    if (slide.quiz) {
      view.append(...pollOf(slide, view));
      return { view, back() {} };
    }
    const text = make("div", "slide-text");
    const moved = [];
    const take = (it, to) => {
      const place = document.createComment("");
      it.replaceWith(place);
      to.append(it);
      moved.push([place, it]);
    };
    for (const it of slide.blocks) {
      if (it === slide.heading) take(it, view);
      else if (it.querySelector(".drawing, .stage")) {
        const picture = make("div", "slide-picture");
        take(it, picture);
        view.append(picture);
        view.classList.add("has-picture");
      } else take(it, text);
    }
    if (!view.contains(slide.heading)) {
      const again = make("h2", "again", ...copied(slide.heading).childNodes);
      view.prepend(again);
    }
    // A picture alone says the first sentence of its caption.
    if (!text.children.length) text.append(...[...view.querySelectorAll("figcaption > .deck-caption")].map(copied));
    if (text.children.length) view.children[0].after(text);
    let step = 0;
    for (const it of slide.blocks) if (it.matches(".deck-step")) it.dataset.step = ++step;
    return {
      view,
      back() {
        for (const it of view.querySelectorAll("[data-step]")) {
          delete it.dataset.step;
          it.classList.remove("deck-hidden");
        }
        shrink(view);
        for (const it of view.querySelectorAll(".stage")) it.style.zoom = "";
        for (const [place, it] of moved.reverse()) place.replaceWith(it);
      },
    };
  }

  // Letters of a picture that were enlarged get their own size back.
  const shrink = (view) => {
    for (const it of view.querySelectorAll("[data-enlarged]")) {
      it.setAttribute("style", it.dataset.enlarged);
      delete it.dataset.enlarged;
    }
  };

  const tooLarge = (view) =>
    view.scrollHeight > view.clientHeight + 1 || view.scrollWidth > view.clientWidth + 1 ||
    [...view.querySelectorAll(".math-scroll, .table-scroll, pre, .slide-text")].some((it) => it.clientWidth && (it.scrollWidth > it.clientWidth + 1 || it.scrollHeight > it.clientHeight + 0.5 * parseFloat(view.style.fontSize))); // roots and fractions are taller than their line says

  // The largest letters and the largest picture that fit: the picture below the text or beside it.
  function fit(view) {
    const drawing = view.querySelector(".drawing"), stage = view.querySelector(".stage");
    shrink(view);
    // All sizes are read before the first is written: each writing makes the browser lay out the picture anew.
    const letters = drawing ? [...drawing.querySelectorAll("text")].filter((it) => it.textContent.trim()).map((it) => [it, parseFloat(getComputedStyle(it).fontSize)]) : [];
    const unit = Math.min(view.clientWidth / 1280, view.clientHeight / 720);
    const [, , wide, high] = (drawing?.getAttribute("viewBox") || "0 0 3 2").split(" ").map(Number);
    const own = letters.length ? Math.min(...letters.map(([, size]) => size)) : 0;
    const scale = () => {
      const box = drawing.getBoundingClientRect();
      const zoom = view.getBoundingClientRect().width / view.offsetWidth;
      return Math.min(box.width / wide, box.height / high) / zoom;
    };
    let best;
    const room = view.clientHeight - 36 * unit;
    const widest = Math.min(room * (wide / high), 0.66 * view.clientWidth);
    const ways = drawing ? [["below"], ["beside", widest], ["beside", 0.85 * widest]] : [[view.classList.contains("has-picture") ? "below" : "alone"]];
    for (const [layout, width] of ways) {
      view.dataset.layout = layout;
      if (width) view.style.setProperty("--picture", `${width}px`);
      for (const size of [36, 33, 30, 27.5, 25.5, 24]) {
        const px = Math.max(LEAST, size * unit);
        if (best && best.layout === layout && best.width === width && best.px === px) continue;
        view.style.fontSize = `${px}px`;
        if (tooLarge(view)) continue;
        const seen = drawing ? scale() : 0;
        const rank = (own ? Math.min(own * seen, 34) : Math.min(seen * 12, 34)) * 3 + px;
        if (!best || rank > best.rank) best = { layout, width, px, rank };
        if (!drawing || width) break; // smaller letters leave more room only to a picture below them
      }
    }
    best ||= { layout: ways[0][0], px: LEAST };
    view.dataset.layout = best.layout;
    view.style.fontSize = `${best.px}px`;
    if (best.width) view.style.setProperty("--picture", `${best.width}px`);
    if (stage) for (let zoom = 1.9; zoom > 0.5; zoom -= 0.05) {
      stage.style.zoom = zoom;
      if (!tooLarge(view)) break;
    }
    // What the picture says stays as large as the text.
    if (drawing) {
      const least = LEAST / scale();
      for (const [it, size] of letters) {
        if (size >= least) continue;
        it.dataset.enlarged = it.getAttribute("style");
        it.style.fontSize = `${least}px`;
      }
    }
  }

  // A question for the room -----------------------------------------------------------------------------------------------------

  function pollOf(slide, view) {
    view.classList.add("poll");
    const form = slide.quiz.querySelector(".variant:not([hidden])");
    const stem = make("h2", "poll-stem", ...copied(form.querySelector("legend")).childNodes);
    const text = make("div", "slide-text");
    for (let it = form.querySelector("legend").nextElementSibling; it && !it.matches(".option, .key"); it = it.nextElementSibling) text.append(copied(it));
    slide.fields = [];
    const list = make("ol", "poll-options", ...slide.options.map((option, k) => {
      const words = copied(option.querySelector("label"));
      for (const it of words.querySelectorAll("input, .letter")) it.remove();
      const field = make("input", "poll-count");
      Object.assign(field, { type: "number", min: 0, max: 9999, value: 0 });
      field.setAttribute("aria-label", fill(said.hands, LETTERS[k]));
      field.addEventListener("input", () => { slide.votes[slide.round][k] = Math.max(0, Math.floor(Number(field.value) || 0)); tally(slide); });
      slide.fields.push(field);
      const row = make("li", "", make("b", "", LETTERS[k]), make("span", "poll-words", ...words.childNodes), make("span", "poll-bars", make("i"), make("i")), field, make("span", "poll-votes"));
      if (option.hasAttribute("data-right")) row.dataset.right = "";
      return row;
    }));
    text.append(list, make("p", "poll-now"), make("div", "poll-reason"));
    return [stem, text];
  }
  function tally(slide) {
    const rows = [...deck.querySelectorAll(".poll-options > li")];
    rows.forEach((row, k) => {
      [...row.querySelectorAll("i")].forEach((bar, round) => {
        const all = slide.votes[round].reduce((sum, votes) => sum + votes, 0);
        bar.style.width = `${all ? (100 * slide.votes[round][k]) / all : 0}%`;
      });
      row.querySelector(".poll-votes").textContent = slide.votes.some((votes) => votes.some(Boolean)) ? slide.votes.map((votes) => votes[k]).join(" → ") : "";
    });
  }
  // Vote, discuss, vote again; then the right answer and why, and why each of the others is not.
  function poll(slide, step, view) {
    slide.round = step === 2 ? 1 : 0;
    const phase = Math.min(step, 3);
    const rows = [...view.querySelectorAll(".poll-options > li")];
    view.dataset.phase = phase;
    slide.fields.forEach((field, k) => (field.value = slide.votes[slide.round][k]));
    tally(slide);
    const right = rows.findIndex((row) => "right" in row.dataset);
    const order = [right, ...rows.keys()].filter((k, at, all) => all.indexOf(k) === at);
    const told = phase === 3 ? order[step - 3] : -1;
    rows.forEach((row, k) => {
      row.classList.toggle("is-right", phase === 3 && k === right);
      row.classList.toggle("is-told", k === told);
    });
    const reason = view.querySelector(".poll-reason");
    reason.replaceChildren();
    if (told >= 0) {
      for (const it of slide.options[told].querySelectorAll(".reason > :not(summary, .said)")) reason.append(copied(it));
      reason.firstElementChild?.prepend(make("b", "", `${LETTERS[told]} ${told === right ? "✓" : "✗"} `));
    }
    view.querySelector(".poll-now").textContent = said.phases[phase];
    fit(view);
  }

  // The deck --------------------------------------------------------------------------------------------------------------------

  let deck, here = -1, step = 0, shown, from, speaker, began;
  const live = make("p", "visually-hidden");
  live.setAttribute("aria-live", "polite");

  const address = () => {
    try { history.replaceState(null, "", `#present=${here + 1}`); } catch { /* then the address stays */ }
  };
  const steps = () => {
    for (const it of shown.view.querySelectorAll("[data-step]")) it.classList.toggle("deck-hidden", Number(it.dataset.step) > step);
    if (slides[here].quiz) poll(slides[here], step, shown.view);
  };
  function show(number, at = 0) {
    number = Math.max(0, Math.min(number, slides.length - 1));
    if (number !== here) {
      shown?.back();
      shown?.view.remove();
      here = number;
      shown = build(slides[here]);
      shown.view.setAttribute("role", "group");
      shown.view.setAttribute("aria-label", fill(said.slide, here + 1, slides.length, title(slides[here])));
      deck.prepend(shown.view);
      fit(shown.view);
      live.textContent = fill(said.slide, here + 1, slides.length, title(slides[here]));
      deck.querySelector(".deck-number").textContent = `${here + 1} / ${slides.length}`;
      address();
    }
    step = at;
    steps();
    tell();
  }
  const turn = (by) => {
    if (!deck.dataset.view) {
      const next = step + by;
      if (next >= 0 && next <= slides[here].steps) { step = next; steps(); tell(); }
      else if (here + by >= 0 && here + by < slides.length) show(here + by, by > 0 ? 0 : slides[here + by].steps);
    } else if (deck.dataset.view === "black") view("");
  };
  // "" is the slide itself, "black" a black screen, "overview" all headings.
  const view = (name) => {
    deck.dataset.view = name;
    if (name !== "overview") return deck.focus();
    const list = deck.querySelector(".deck-overview");
    list.replaceChildren(...slides.map((slide, k) => {
      const it = button("", "", make("b", "", String(k + 1)), () => { view(""); show(k); });
      it.append(make("span", "", title(slide)));
      if (k === here) it.setAttribute("aria-current", "true");
      return make("li", "", it);
    }));
    (list.querySelector("[aria-current]") || list.querySelector("button")).focus();
  };

  function open(at, on = 0) {
    if (deck) return;
    from = { x: scrollX, y: scrollY, slide: at };
    root.classList.remove("lazy");
    deck = make("div", "deck", make("ol", "deck-overview"));
    deck.tabIndex = -1;
    deck.setAttribute("role", "region");
    deck.setAttribute("aria-label", said.deck);
    deck.dataset.view = "";
    const sign = (path) => {
      const it = make("span");
      it.innerHTML = `<svg viewBox="0 0 20 20" width="24" height="24" aria-hidden="true"><path d="${path}"/></svg>`;
      return it;
    };
    const number = button("deck-number", "", "", () => view(deck.dataset.view ? "" : "overview"));
    number.title = said.overview;
    deck.append(make("nav", "deck-buttons",
      button("", said.leave, sign("M4.9 3.5 10 8.6l5.1-5.1 1.4 1.4-5.1 5.1 5.1 5.1-1.4 1.4-5.1-5.1-5.1 5.1-1.4-1.4L8.6 10 3.5 4.9z"), close),
      button("", said.speaker, sign("M2 3h16v11h-6v3H8v-3H2zm1.6 1.6v7.8h12.8V4.6z"), speak),
      button("", said.previous, sign("M13 3 6 10l7 7V3z"), () => turn(-1)),
      button("", said.next, sign("M7 3l7 7-7 7V3z"), () => turn(1)), number), live);
    document.body.append(deck);
    document.body.classList.add("presents");
    here = -1;
    show(at, on);
    deck.focus();
    deck.addEventListener("touchstart", (event) => (touch = event.touches.length === 1 && !event.target.closest("input, button, .stage") ? event.touches[0] : undefined), { passive: true });
    deck.addEventListener("touchend", (event) => {
      if (!touch) return;
      const x = event.changedTouches[0].clientX - touch.clientX, y = event.changedTouches[0].clientY - touch.clientY;
      if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) turn(x < 0 ? 1 : -1);
    }, { passive: true });
    // A slider that the hand has moved gives the keys back, so that the clicker turns slides again; one reached by Tab keeps them.
    deck.addEventListener("pointerup", (event) => event.target.matches("input[type=range]") && setTimeout(() => deck?.focus()));
    deck.addEventListener("toggle", (event) => event.target.matches("details") && fit(shown.view), true);
  }
  let touch;
  function close() {
    shown.back();
    const { at } = slides[here], moved = here !== from.slide;
    deck.remove();
    deck = shown = undefined;
    document.body.classList.remove("presents");
    try { history.replaceState(null, "", location.href.replace(/#.*/, "").replace(/\?present$/, "")); } catch {
      try { history.replaceState(null, "", "#"); } catch { /* then the address stays */ }
    }
    if (moved) at.scrollIntoView();
    else scrollTo(from.x, from.y);
    opener.focus({ preventScroll: true });
    if (speaker && !speaker.closed) speaker.close();
  }

  const act = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    if (!deck) {
      if (key.toLowerCase() === "p" && !target.closest("input, select, textarea, [contenteditable], .stage")) open(near());
      return;
    }
    if (key === "Escape") {
      event.preventDefault();
      if (deck.dataset.view) view("");
      else if (target.closest("input") && target.type === "number") deck.focus();
      else close();
      return;
    }
    if (target.closest("input, select, textarea, [contenteditable], canvas, [role=slider], .stage")) return;
    if ((key === " " || key === "Enter") && target.closest("button, summary, a")) return;
    const slide = slides[here], low = key.toLowerCase(), letter = key.length === 1 ? LETTERS.indexOf(key.toUpperCase()) : -1;
    const voting = slide.quiz && !deck.dataset.view && (step === 0 || step === 2);
    if (voting && letter >= 0 && letter < slide.options.length) {
      const votes = slide.votes[slide.round];
      votes[letter] = Math.max(0, votes[letter] + (event.shiftKey ? -1 : 1));
      slide.fields[letter].value = votes[letter];
      tally(slide);
    } else if (deck.dataset.view === "" && !slide.quiz && letter >= 0 && low !== "b" && shown.view.querySelectorAll(".answer-to-tap")[letter]) {
      shown.view.querySelectorAll(".answer-to-tap")[letter].open ^= true;
    } else if (["ArrowRight", "ArrowDown", "PageDown", "Enter", "n"].includes(key) || (key === " " && !event.shiftKey)) turn(1);
    else if (["ArrowLeft", "ArrowUp", "PageUp", "Backspace"].includes(key) || key === " ") turn(-1);
    else if (key === "Home") show(0);
    else if (key === "End") show(slides.length - 1);
    else if (low === "o") view(deck.dataset.view === "overview" ? "" : "overview");
    else if (low === "b" || key === ".") view(deck.dataset.view === "black" ? "" : "black");
    else if (low === "s") speak();
    else if (low === "p") close();
    else if (low === "f") (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.());
    else return;
    event.preventDefault();
  };
  addEventListener("keydown", act);
  addEventListener("resize", () => shown && fit(shown.view));
  const asked = () => /^#present=?(\d*)/.exec(location.hash);
  addEventListener("hashchange", () => {
    const found = asked();
    if (found && deck) show(Number(found[1] || 1) - 1);
    else if (found) open(Number(found[1] || 1) - 1);
  });
  // The slide that the reader is at: the last one that begins above the middle of the window.
  const near = () => Math.max(0, slides.findLastIndex((slide) => !slide.quiz && slide.at.getBoundingClientRect().top < innerHeight / 2));
  opener.addEventListener("click", () => open(near()));

  // What the speaker sees: a second window, written by this one, so that it needs neither an address nor a server ------------------------

  function speak() {
    if (speaker && !speaker.closed) return speaker.focus();
    speaker = window.open("", "", "width=1100,height=750");
    if (!speaker) { live.textContent = said.blocked; return; }
    began ??= Date.now();
    const { document: its } = speaker;
    its.title = `${said.speaker} · ${document.title}`;
    its.documentElement.lang = root.lang;
    its.documentElement.dataset.mode = root.dataset.mode || "";
    for (const link of document.querySelectorAll("link[rel=stylesheet]")) {
      const copy = its.createElement("link");
      copy.rel = "stylesheet";
      copy.href = link.href;
      its.head.append(copy);
    }
    its.body.className = "speaker";
    speaker.addEventListener("keydown", act);
    tell();
  }
  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  // What the room can choose, for the one who speaks: each option, whether it is right, and the reason that leads to it.
  const choices = (slide) => {
    const without = (it, extra) => {
      const copy = copied(it);
      for (const one of copy.querySelectorAll(extra)) one.remove();
      return copy;
    };
    const asked = slide.quiz ? slide.options : slide.blocks.flatMap((it) => [...it.querySelectorAll(".answer-to-tap")]);
    return asked.map((it, k) => {
      const right = slide.quiz ? it.hasAttribute("data-right") : it.classList.contains("right");
      const option = without(it.querySelector(slide.quiz ? "label" : "summary"), "input, .letter");
      const why = [...it.querySelectorAll(slide.quiz ? ".reason > p:not(.said)" : ":scope > p")].map((one) => without(one, ".sign, .visually-hidden"));
      return make("div", "speaker-choice", make("p", "", make("b", "", `${String.fromCharCode(65 + k)} ${right ? "✓" : "✗"} `), ...option.childNodes), ...why);
    });
  };
  function tell() {
    if (!speaker || speaker.closed || !deck) return;
    const slide = slides[here], next = slides[here + 1];
    const by = slides.slice(0, here + 1).reduce((sum, one) => sum + one.seconds, 0);
    const notes = make("div", "speaker-notes", make("h1", "", title(slide)));
    const more = slide.steps ? make("p", "speaker-steps", fill(said.step, step, slide.steps)) : "";
    notes.append(more, ...choices(slide), ...slide.notes.map((it) => {
      const copy = copied(it);
      return it.matches(".deck-rest, figcaption") ? make("p", "", ...copy.childNodes) : copy;
    }));
    if (notes.children.length === 1 + Boolean(more)) notes.append(make("p", "speaker-none", said.none));
    const after = make("div", "speaker-next", make("h2", "", next ? `${said.then} ${title(next)}` : said.last));
    if (next) {
      const preview = make("div", "speaker-preview");
      for (const it of next.quiz ? [next.quiz.querySelector(".variant:not([hidden]) fieldset")] : next.blocks) if (it !== next.heading) preview.append(copied(it));
      after.append(preview);
    }
    const time = make("p", "speaker-time", make("b", ""), make("span", ""), make("span", "", fill(said.planned, Math.round(by / 60), Math.round(planned / 60))), make("span", "", `${here + 1} / ${slides.length}`));
    const row = make("p", "speaker-turn", button("", "", said.previous, () => turn(-1)), button("", "", said.next, () => turn(1)));
    speaker.document.body.replaceChildren(time, make("div", "speaker-both", notes, after), row);
    tick();
  }
  const tick = () => {
    const time = speaker && !speaker.closed && speaker.document.querySelector(".speaker-time");
    if (!time) return;
    time.children[0].textContent = new Date().toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit" });
    time.children[1].textContent = fill(said.gone, clock((Date.now() - began) / 1000));
  };
  setInterval(tick, 1000);
  addEventListener("pagehide", () => speaker && !speaker.closed && speaker.close());

  // On paper: every slide, all steps shown; tests/print_slides.py prints them.
  function print(kind) {
    deck = make("div", `deck deck-paper ${kind}`);
    document.body.append(deck);
    document.body.classList.add("presents");
    slides.forEach((slide, k) => {
      for (const at of slide.quiz ? [0, 3] : [0]) {
        const { view } = build(slide);
        const sheet = make("div", "sheet", view);
        deck.append(sheet);
        here = k;
        if (slide.quiz) poll(slide, at, view);
        else fit(view);
        view.append(make("p", "slide-number", `${k + 1} / ${slides.length}`));
      }
    });
    root.dataset.printed = slides.length;
  }

  window.present = { slides, open, close, show, title, fit, tooLarge, get here() { return here; }, get view() { return shown?.view; } };
  const wanted = new URLSearchParams(location.search).get("present");
  if (wanted === "slides" || wanted === "handout") print(wanted);
  else open(asked() ? Number(asked()[1] || 1) - 1 : wanted === null ? near() : 0);
})();
