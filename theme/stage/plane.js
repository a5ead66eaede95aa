// The (γλ, decay) plane of a rule on f = ½λx²: what becomes of a run, and the run of the point that is chosen.

const plane = (box, given) => {
  const DECAY = { RMSprop: "alpha", Momentum: "beta", Adam: "beta2" }, names = Object.keys(DECAY), STEPS = 400, COLUMNS = 64, LINES = 40, HIGH = 300, LEFT = 48, RIGHT = 12;
  const FATES = { rests: "green", waits: "gold", cycles: "blue", bursts: "orange", diverges: "ink", moves: "muted" };
  const scale = SCALES.log(1e-3, 10), decays = SCALES.memory(), TOP = 0.75;
  const first = names.find((name) => given.setting.rules?.includes(name)) || "RMSprop";
  let name = first, eps = given.setting.params?.[first]?.eps ?? 0.01, u = 0.8, w = given.setting.params?.[first]?.[DECAY[first]] ?? 0.9, cells = [], waiting = 0, painted = 0, of = "", made;
  const programs = Object.fromEntries(names.map((it) => [it, parse(DATA.rules[it].texts[""])]));
  // One coordinate with γ = 0.4 from x = −5, as everywhere in the course; λ follows from γλ.
  const runAt = (u, w, start = -5, steps = STEPS) => run({ program: programs[name], params: { ...DATA.rules[name].params, lr: 0.4, eps, [DECAY[name]]: w }, start: [start], steps, curve: u / 0.4 });
  const X = (u, width) => LEFT + (width - LEFT - RIGHT) * scale.to(u), Y = (w) => 10 + (HIGH - 46) * (1 - decays.to(w) / TOP);
  // Quiet for now is not at rest: a run rests only where one that begins with nothing remembered, nearer than ε, stays there too.
  const fateOf = (made, u, w) => {
    const found = fate(made), near = (1e-6 * (eps || 1e-300)) / (u / 0.4);
    if (found !== "rests") return found;
    const again = runAt(u, w, near, 60);
    return again.x.every((x) => Math.abs(x) < 100 * near) ? "rests" : "waits";
  };
  const fateAt = (i, j) => {
    const u = 1e-3 * 1e4 ** ((i + 0.5) / COLUMNS), w = 1 - 10 ** (-4 * TOP * ((j + 0.5) / LINES));
    return fateOf(runAt(u, w), u, w);
  };
  const fillCells = () => {
    const wanted = `${name} ${eps}`;
    if (wanted !== of) {
      of = wanted;
      cells = [];
    }
    clearTimeout(waiting);
    const until = performance.now() + 14;
    while (cells.length < COLUMNS * LINES && performance.now() < until) cells.push(fateAt(cells.length % COLUMNS, Math.floor(cells.length / COLUMNS)));
    const whole = cells.length === COLUMNS * LINES;
    if (whole || until - painted > 250) {
      painted = until;
      view.request();
    }
    if (!whole) waiting = setTimeout(fillCells, 0);
  };
  const drawPlane = (pen, width) => {
    const c = pen.colours, long = width - LEFT - RIGHT, tall = HIGH - 46, dx = long / COLUMNS, dy = tall / LINES, seen = {};
    pen.box(LEFT, 10, long, tall, { fill: c.tint });
    cells.forEach((it, k) => {
      const i = k % COLUMNS, j = Math.floor(k / COLUMNS), x = LEFT + i * dx, y = 10 + tall - (j + 1) * dy;
      pen.box(Math.floor(x), Math.floor(y), Math.floor(x + dx) - Math.floor(x), Math.floor(y + dy) - Math.floor(y), { fill: c[FATES[it]], alpha: it === "moves" ? 0.2 : 0.42 });
      const group = (seen[it] ??= { x: 0, y: 0, all: [] });
      group.x += x;
      group.y += y;
      group.all.push([x + dx / 2, y + dy / 2]);
    });
    for (const [it, { x, y, all }] of Object.entries(seen)) {
      if (all.length < 40) continue;
      const middle = [x / all.length, y / all.length], near = (p) => (p[0] - middle[0]) ** 2 + (p[1] - middle[1]) ** 2;
      const [px, py] = all.reduce((p, q) => (near(q) < near(p) ? q : p));
      pen.text(W.fates[it], Math.max(LEFT + 50, Math.min(width - 60, px)), py + 4, { anchor: "middle", weight: 650, size: 13, fill: it === "moves" ? c.soft : c.ink, halo: c.paper });
    }
    for (const z of [1e-3, 1e-2, 0.1, 1, 10]) pen.text(say(z), X(z, width), HIGH - 18, { anchor: "middle", size: 12, fill: c.soft });
    for (const z of [0, 0.5, 0.9, 0.99, 0.999]) pen.text(minus(z), LEFT - 6, Y(z) + 4, { anchor: "end", size: 12, fill: c.soft });
    pen.text("γλ", LEFT + long / 2, HIGH - 3, { anchor: "middle", size: 13, weight: 650, fill: c.soft });
    pen.text(KNOBS[DECAY[name]].sign, 2, 44, { size: 13, weight: 650, fill: c.soft });
  };
  const drawRun = (pen, width, height) => {
    const values = made.x.map(Math.abs), [low, high] = limits([values], 1e-30);
    chart(pen, width, height, { name: W.plane_x, low, high, steps: STEPS, right: 40, levels: name === "RMSprop" ? [{ at: 0.2, label: "γ/2", colour: pen.colours.soft }] : [], curves: [{ values, colour: pen.colours[FATES[fateOf(made, u, w)]], width: 2 }] });
  };
  const canvas = el("canvas", { class: "stage-canvas", role: "img" }), ofRun = el("canvas", { class: "stage-canvas", role: "img" });
  canvas.style.height = `${HIGH}px`;
  ofRun.style.height = "180px";
  const hold = el("button", { type: "button", class: "stage-grip" }), field = el("div", { class: "stage-field" }, canvas, hold);
  const says = el("p", { class: "stage-says", "aria-live": "polite" }), [trouble, complain] = complaints(), synced = [];
  const keep = (it) => (synced.push(it), it);
  const draw = (colours) => {
    if (!canvas.clientWidth) return;
    made = runAt(u, w);
    paint(canvas, HIGH, colours, drawPlane);
    paint(ofRun, 180, colours, drawRun);
    hold.style.transform = `translate(${X(u, canvas.clientWidth)}px, ${Y(w)}px)`;
    const what = { u: say(u), w: exact(w), sign: KNOBS[DECAY[name]].sign, fate: W.fates[fateOf(made, u, w)] };
    hold.setAttribute("aria-label", fill(W.plane_grip, what));
    says.textContent = fill(W.plane_says, what);
    canvas.setAttribute("aria-label", `${fill(W.plane, { name: W.rules[name] })}. ${says.textContent}`);
    ofRun.setAttribute("aria-label", `${W.plane_x}. ${says.textContent}`);
    for (const it of synced) it.sync();
  };
  const place = (event) => {
    const r = canvas.getBoundingClientRect(), share = (z) => Math.max(0, Math.min(1, z));
    u = scale.from(share((event.clientX - r.left - LEFT) / (r.width - LEFT - RIGHT)));
    w = decays.from(TOP * (1 - share((event.clientY - r.top - 10) / (HIGH - 46))));
    view.changed();
  };
  for (const it of [canvas, hold]) {
    held(it, hold);
    it.addEventListener("pointerdown", (event) => it === canvas && place(event));
    it.addEventListener("pointermove", (event) => (it.hasPointerCapture(event.pointerId) || (it === canvas && event.pointerType === "mouse" && !hold.matches(":active"))) && place(event));
  }
  arrows(hold, 5, (across, up) => {
    const share = (z) => Math.max(0, Math.min(1, z));
    u = scale.from(share(scale.to(u) + across * 0.02));
    w = decays.from(TOP * share(decays.to(w) / TOP + up * 0.02));
    view.changed();
  });
  const anew = () => {
    view.changed();
    fillCells();
  };
  const live = el("div", { class: "stage-live" },
    keep(choice(W.plane_rule, names.map((it) => [it, W.rules[it]]), () => name, (it) => ((name = it), anew()))),
    field, says, ofRun, trouble,
    keep(knob("eps", () => eps, (z) => ((eps = z), anew()), complain)),
    footOf(() => view.link(), () => picture()),
  );
  const picture = () => {
    const pen = svgPen(DATA.paper);
    pen.box(0, 0, 660, 540, { fill: DATA.paper.paper });
    pen.at(10, 10, () => {
      drawPlane(pen, 640);
      pen.dot(X(u, 640), Y(w), 7, { fill: DATA.paper.paper, stroke: DATA.paper.ink, width: 3 });
    });
    pen.at(10, 320, () => drawRun(pen, 640, 180));
    pen.text(says.textContent, 12, 522);
    return pen.whole(660, 540, says.textContent);
  };
  const view = framed(box, live, complain, {
    draw, picture,
    numbers: { u: ["lr", (z) => (u = z)], decay: ["alpha", (z) => (w = z)], eps: ["eps", (z) => (eps = z)] },
    address: () => new URLSearchParams({ rule: name, u, decay: w, eps }).toString(),
    read: (asked, bad) => {
      if (asked.has("rule")) names.includes(asked.get("rule")) ? (name = asked.get("rule")) : bad("rule");
    },
  });
  new IntersectionObserver((entries, it) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    it.disconnect();
    fillCells();
  }).observe(box);
  box.stage = { get cells() { return cells; }, get made() { return made; }, fate: () => fateOf(made, u, w), draw: view.now, picture };
};
