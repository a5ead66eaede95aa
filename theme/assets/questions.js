// Questions: checks an answer, offers other numbers, and practises the whole bank in rounds. Without it, every question reads and its
// answer unfolds. Progress stays in this browser: five Leitner boxes, because a box is a number that a reader can understand and a file
// can hold, and a week of revision gives a finer scheduler nothing to learn from.
(() => {
  const DAYS = [0, 1, 2, 4, 8]; // until a question of box 0 to 4 is due again
  const root = document.documentElement;
  const practice = document.querySelector(".practice");
  const said = practice ? JSON.parse(practice.dataset.words) : JSON.parse(document.querySelector("[data-question-words]")?.dataset.questionWords || "null");
  if (!said) return;
  const fill = (text, ...values) => values.reduce((whole, value) => whole.replace("{}", value), text);

  let unkept = null; // what a browser that stores nothing knows until the page is left: it can still be saved to a file
  const progress = {
    all() {
      try {
        const kept = unkept || JSON.parse(localStorage.getItem("questions") || "{}");
        return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
      } catch { return {}; }
    },
    put(all) {
      try { localStorage.setItem("questions", JSON.stringify(all)); } catch { unkept = all; }
    },
    forget() {
      unkept = null;
      try { localStorage.removeItem("questions"); } catch { /* nothing was kept */ }
    },
    // Of two records of a question the newer one counts.
    merge(more) {
      const all = this.all();
      for (const [name, it] of Object.entries(more)) if (!(all[name]?.[1] > it[1])) all[name] = it;
      this.put(all);
    },
    note(name, right) {
      const all = this.all();
      const box = right ? Math.min((all[name]?.[0] ?? 0) + 1, DAYS.length - 1) : 0;
      all[name] = [box, Math.floor(Date.now() / 864e5), right ? 1 : 0];
      this.put(all);
    },
  };

  // 1/4, 0,25, .25, 1e-8, 10^-8, 1·10⁻⁸, −2, 25 %
  const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻";
  function read(text) {
    let t = text.trim().replace(/[−–]/g, "-").replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+/g, (run) => "^" + [...run].map((c) => "0123456789-"[SUPERSCRIPTS.indexOf(c)]).join(""));
    t = t.replace(/\s+/g, "").replace(/^[a-zα-ω_₀-₉]+=/i, "").replace(/½/g, "1/2").replace(/¼/g, "1/4").replace(/¾/g, "3/4");
    let scale = 1;
    if (t.endsWith("%")) { scale = 0.01; t = t.slice(0, -1); }
    t = t.replace(/,/g, ".").replace(/(?:[·*×x]?10)\^\(?([+-]?\d+)\)?$/, (whole, power, at) => (at === 0 || whole.startsWith("10") ? `${at === 0 ? "1" : ""}e${power}` : `e${power}`));
    const one = "([+-]?(?:\\d+\\.?\\d*|\\.\\d+)(?:e[+-]?\\d+)?)";
    const parts = t.match(new RegExp(`^${one}(?:/${one})?$`, "i"));
    if (!parts) return NaN;
    const value = (scale * Number(parts[1])) / (parts[2] === undefined ? 1 : Number(parts[2]));
    return Number.isFinite(value) ? value : NaN; // 1/0 is no number that anyone means
  }
  const close = (one, other, tolerance) => Math.abs(one - other) <= tolerance * Math.abs(other) + 1e-12;

  function button(text, act, name) {
    const it = document.createElement("button");
    it.type = "button";
    it.textContent = text;
    if (name) it.className = name;
    it.addEventListener("click", act);
    return it;
  }

  function enliven(box, told = () => {}) {
    const kind = box.dataset.kind;
    const variants = [...box.querySelectorAll(".variant")];
    let at = 0;
    const verdict = document.createElement("p");
    verdict.className = "verdict-said";
    verdict.setAttribute("role", "status");
    const row = document.createElement("p");
    row.className = "question-buttons";
    const say = (text, right) => {
      verdict.textContent = text;
      verdict.classList.toggle("is-right", right === true);
      verdict.classList.toggle("is-wrong", right === false);
      // A reason that unfolded above may have pushed it out of sight.
      if (text) verdict.scrollIntoView({ block: "nearest" });
    };
    let first = true;
    const judge = (right, ...more) => {
      say([right ? "✓ " + said.right : "✗ " + said.wrong, ...more].join(" "), right);
      count(right);
    };
    const count = (right) => {
      if (first) { progress.note(box.dataset.name, right); told(right); }
      first = false;
    };
    const shown = () => variants[at];
    const check = () => {
      const now = shown();
      for (const road of now.querySelectorAll(".road")) road.hidden = true;
      if (now.querySelector("input[type=radio]")) {
        const chosen = now.querySelector("input:checked");
        if (!chosen) return say(said.choose);
        const option = chosen.closest(".option");
        for (const other of now.querySelectorAll(".option")) other.classList.remove("is-right", "is-wrong");
        const right = option.hasAttribute("data-right");
        option.classList.add(right ? "is-right" : "is-wrong");
        const reason = option.querySelector(".reason");
        if (reason) reason.open = true;
        else now.querySelector(".key").open = true;
        return judge(right);
      }
      const lines = now.querySelector(".lines");
      if (lines) return judge([...lines.children].every((line, place) => Number(line.dataset.place) === place));
      const field = now.querySelector("input[type=text]");
      if (!field.value.trim()) return say(said.type);
      const given = read(field.value);
      if (Number.isNaN(given)) return say(fill(said.unread, field.value));
      const value = Number(now.dataset.value), tolerance = Number(box.dataset.tolerance);
      if (close(given, value, tolerance)) return judge(true);
      const road = [...now.querySelectorAll(".road")].find((it) => close(given, Number(it.dataset.value), tolerance));
      if (road) road.hidden = false;
      else if (close(given, value, Math.max(0.03, 2 * tolerance))) return judge(false, said.near);
      else if (close(-given, value, tolerance)) return judge(false, said.sign);
      judge(false);
    };
    for (const form of variants) {
      form.addEventListener("submit", (event) => { event.preventDefault(); check(); });
      form.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.target.type !== "radio") return;
        event.preventDefault();
        check();
      });
    }
    if (kind === "recall" || kind === "derive") {
      // Nobody but the reader has judged this, so it is not called correct.
      const grade = (right) => () => {
        say(right ? "✓ " + said.known : "✗ " + said.unknown, right);
        if (!right) shown().querySelector(".key").open = true;
        count(right);
      };
      row.append(button(said.knew, grade(true)), button(said.missed, grade(false)));
    } else row.append(button(said.check, check, "main"));
    if (variants.length > 1) {
      row.append(button(said.other, () => {
        shown().hidden = true;
        at = (at + 1) % variants.length;
        shown().hidden = false;
        say("");
        shown().querySelector("input")?.focus();
      }));
    }
    for (const line of box.querySelectorAll(".lines > li")) {
      const move = (by) => () => {
        const other = by < 0 ? line.previousElementSibling : line.nextElementSibling;
        if (!other) return;
        if (by < 0) other.before(line);
        else other.after(line);
        line.querySelectorAll("button")[by < 0 ? 0 : 1].focus();
      };
      const up = button("↑", move(-1)), down = button("↓", move(1));
      up.setAttribute("aria-label", said.up);
      down.setAttribute("aria-label", said.down);
      const buttons = document.createElement("span");
      buttons.className = "move";
      buttons.append(up, down);
      line.append(buttons);
    }
    box.append(row, verdict);
  }

  for (const box of document.querySelectorAll(".quiz")) enliven(box);
  if (!practice || !window.questionBank) return;

  document.querySelector(".practice-needs-script")?.remove();
  practice.hidden = false;
  const names = Object.keys(window.questionBank);
  const make = (name) => {
    const holder = document.createElement("div");
    holder.innerHTML = window.questionBank[name];
    const box = holder.firstElementChild;
    box.id = "practice-" + box.id;
    for (const link of box.querySelectorAll("a[href]:not([href*=':'])")) link.setAttribute("href", root.dataset.content_root + link.getAttribute("href"));
    for (const legend of box.querySelectorAll("legend[id]")) legend.id = "practice-" + legend.id;
    return box;
  };
  const facts = Object.fromEntries(names.map((name) => {
    const open = window.questionBank[name].match(/^<section[^>]*>/)[0];
    return [name, { chapter: open.match(/data-chapter="([^"]*)"/)[1], kind: open.match(/data-kind="([^"]*)"/)[1], level: Number(open.match(/data-level="(\d)"/)[1]) }];
  }));
  const shuffled = (list) => {
    const mixed = [...list];
    for (let i = mixed.length - 1; i > 0; i--) {
      const k = Math.floor(Math.random() * (i + 1));
      [mixed[i], mixed[k]] = [mixed[k], mixed[i]];
    }
    return mixed;
  };

  const choice = document.createElement("div");
  choice.className = "practice-choice";
  const select = document.createElement("select");
  const label = document.createElement("label");
  label.textContent = said.topic + " ";
  select.append(new Option(said.every, ""));
  for (const chapter of [...new Set(names.map((name) => facts[name].chapter))]) {
    const link = document.querySelector(`.book a[href$="${chapter}.html"]`);
    const title = link?.cloneNode(true);
    title?.querySelector(".minutes")?.remove();
    select.append(new Option(title ? title.textContent.trim() : chapter, chapter));
  }
  label.append(select);
  const round = document.createElement("div");
  round.className = "practice-round";
  const state = document.createElement("p");
  state.className = "practice-state";
  const summary = () => {
    const all = progress.all();
    const known = names.filter((name) => all[name]);
    state.textContent = fill(said.boxes, known.length, names.length, known.filter((name) => all[name][0] >= 3).length);
  };
  const within = () => names.filter((name) => !select.value || facts[name].chapter === select.value);
  let clock;
  const run = (list, minutes) => {
    clearInterval(clock);
    round.replaceChildren();
    if (!list.length) {
      round.textContent = said.none;
      return;
    }
    let at = -1, right = 0, answered = 0;
    const head = document.createElement("p");
    head.className = "practice-head";
    head.tabIndex = -1;
    const time = document.createElement("span");
    const place = document.createElement("div");
    const finish = () => {
      clearInterval(clock);
      place.replaceChildren();
      const blank = list.length - answered;
      head.textContent = [answered && fill(said.done, right, answered), blank && fill(said.blank, blank)].filter(Boolean).join(" ");
      next.remove();
      stop.remove();
      head.focus();
      summary();
    };
    const forward = () => {
      at += 1;
      if (at >= list.length) return finish();
      head.textContent = fill(said.of, at + 1, list.length) + " ";
      head.append(time);
      const box = make(list[at]);
      place.replaceChildren(box);
      enliven(box, (good) => { answered += 1; right += good; summary(); });
      head.focus();
    };
    const next = button(said.next, forward, "main"), stop = button(said.stop, finish);
    const row = document.createElement("p");
    row.className = "question-buttons";
    row.append(next, stop);
    round.append(head, place, row);
    if (minutes) {
      const end = Date.now() + minutes * 6e4;
      const tick = () => {
        const left = Math.ceil((end - Date.now()) / 6e4);
        if (left <= 0) return finish();
        time.textContent = fill(said.left, left);
      };
      clock = setInterval(tick, 1000);
      tick();
    }
    forward();
  };
  const today = () => Math.floor(Date.now() / 864e5);
  choice.append(
    label,
    button(said.mixed, () => run(shuffled(within()).slice(0, 10)), "main"),
    button(said.again, () => { const all = progress.all(); run(within().filter((name) => all[name] && all[name][2] === 0)); }),
    button(said.due, () => { const all = progress.all(); run(shuffled(within().filter((name) => all[name] && all[name][1] + DAYS[all[name][0]] <= today()))); }),
    button(said.mock, () => {
      const every = shuffled(within().filter((name) => facts[name].kind !== "recall")).sort((a, b) => facts[a].level - facts[b].level), count = Math.min(20, every.length);
      run(Array.from({ length: count }, (_, k) => every[Math.floor(((k + 0.5) * every.length) / count)]), 60); // as many of each level as the bank has
    }),
  );
  const file = document.createElement("input");
  file.type = "file";
  file.accept = ".json,application/json";
  file.hidden = true;
  const valid = (all) => all && typeof all === "object" && !Array.isArray(all) && Object.values(all).every((it) => Array.isArray(it) && it.length === 3 && it.every(Number.isFinite) && it[0] in DAYS);
  file.addEventListener("change", async () => {
    try {
      const all = JSON.parse(await file.files[0].text());
      if (!valid(all)) throw new TypeError();
      progress.merge(all);
      summary();
    } catch { state.textContent = said.unreadable; }
    file.value = "";
  });
  const keep = document.createElement("p");
  keep.className = "practice-keep";
  keep.append(
    button(said.save, () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([JSON.stringify(progress.all())], { type: "application/json" }));
      link.download = "rmsprop-questions.json";
      link.click();
      URL.revokeObjectURL(link.href);
    }),
    button(said.load, () => file.click()),
    button(said.forget, () => {
      const before = progress.all();
      progress.forget();
      summary();
      state.textContent = said.forgotten;
      keep.querySelector(".undo")?.remove();
      keep.append(button(said.undo, (event) => {
        const since = progress.all();
        event.target.remove();
        progress.put(before);
        progress.merge(since);
        summary();
      }, "undo"));
    }),
    file,
  );
  practice.append(choice, round, state, keep);
  summary();
})();
