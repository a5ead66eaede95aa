// Gradients drawn by hand, and what Adagrad, RMSprop and Adam make of them. And what the smaller views share.

const OF_STRIP = ["Adagrad", "RMSprop", "Adam"], MOST = 4;
const STRIPS = {
  constant: () => 2,
  wall: (t, count) => (t >= count / 4 && t < count / 4 + 3 ? 4 : 0.2),
  shrinking: (t, count, rho) => Number((4 * rho ** t).toPrecision(3)),
  alternating: (t) => (t % 2 ? -2 : 2),
  noise: (t, count, rho, seed) => Number(Math.max(-MOST, Math.min(MOST, 1.3 * noise(seed, count)[t])).toPrecision(3)),
};

// The frame of a view: draws when asked, when the room changes and when the colours do; reads and writes the address.
const framed = (box, live, complain, { draw, address, numbers, read, picture }) => {
  const id = box.closest("figure[id]")?.id;
  let frame = 0, colours = coloursOf(box), resting, handled = "";
  const request = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw(colours);
    });
  };
  const look = () => {
    colours = coloursOf(box);
    request();
  };
  const link = () => `${location.href.replace(/[?#].*/, "")}#${id}=&${address()}`;
  const changed = () => {
    request();
    clearTimeout(resting);
    if (id) {
      resting = setTimeout(() => {
        if (presented()) return;
        history.replaceState(null, "", link());
        handled = location.hash;
      }, 250);
    }
  };
  const fromAddress = () => {
    if (!id || addressed() !== id || location.hash === handled) return;
    handled = location.hash;
    const asked = new URLSearchParams(handled.slice(handled.indexOf("=") + 1)), wrong = [];
    const bad = (key, must) => wrong.push(fill(W.address_bad, { what: `${key} = ${asked.get(key)}`.slice(0, 60), must: must || W.unknown }));
    for (const [key, [knob, put]] of Object.entries(numbers)) {
      if (!asked.has(key)) continue;
      const z = number(asked.get(key)), must = whatIsWrong(knob, z);
      if (must) bad(key, must);
      else put(z);
    }
    read(asked, bad);
    complain(wrong.join(" "));
    request();
  };
  box.append(live);
  watched(live, look);
  const first = address();
  printed(box, picture, () => address() !== first);
  addEventListener("hashchange", fromAddress);
  fromAddress();
  request();
  return { request, changed, link, now: () => draw(coloursOf(box)) };
};
const strip = (box, given) => {
  const count = given.setting.steps || 60, params = {};
  for (const name of OF_STRIP) params[name] = { ...DATA.rules[name].params, ...given.setting.params?.[name], lr: 1 };
  let kind = given.preset && Object.hasOwn(STRIPS, given.preset) ? given.preset : "wall", rho = 0.9, seed = given.setting.seed || 1, at = Math.round(count / 4), g = [], runs = [], charts = {};
  const fillWith = (name) => {
    kind = name;
    g = Array.from({ length: count }, (_, t) => STRIPS[name](t, count, rho, seed));
  };
  fillWith(kind);
  const programs = Object.fromEntries(OF_STRIP.map((name) => [name, parse(DATA.rules[name].texts[""])]));
  const compute = () => {
    runs = OF_STRIP.map((name) => {
      const made = run({ program: programs[name], params: params[name], start: [0], steps: count, given: g, curve: 0 });
      return {
        name, colour: DATA.looks[name][0], dash: DATA.looks[name][1],
        v: Float64Array.from({ length: count }, (_, t) => Math.sqrt((made.hat || made.v)[t + 1])), step: Float64Array.from({ length: count }, (_, t) => Math.abs(made.x[t + 1])),
      };
    });
  };
  const H = 170, LEFT = 48, RIGHT = 78;
  const X = (t, width) => LEFT + ((width - LEFT - RIGHT) * t) / (count - 1), Y = (z) => 14 + ((H - 28) * (MOST - z)) / (2 * MOST);
  const drawG = (pen, width) => {
    const c = pen.colours, w = (width - LEFT - RIGHT) / count;
    pen.box(LEFT - w / 2, 8, width - LEFT - RIGHT + w, H - 16, { fill: c.tint });
    for (const z of [-4, -2, 0, 2, 4]) {
      pen.line([LEFT - w / 2, Y(z), width - RIGHT + w / 2, Y(z)], { stroke: c.line, width: z ? 1 : 1.6 });
      pen.text(minus(z), LEFT - 10, Y(z) + 4, { anchor: "end", size: 12, fill: c.soft });
    }
    g.forEach((z, t) => pen.box(X(t, width) - w * 0.35, Math.min(Y(0), Y(z)), w * 0.7, Math.max(1.5, Math.abs(Y(z) - Y(0))), { fill: c.ink, alpha: t === at ? 1 : 0.55 }));
    pen.text("g", 2, 14, { size: 13, weight: 650, fill: c.soft });
  };
  const curves = (pen, key) => runs.map((it) => ({ values: it[key], from: 1, colour: pen.colours[it.colour], dash: it.dash, label: W.short[it.name] }));
  const size = () => Float64Array.from(g, Math.abs);
  const drawV = (pen, width, height) => {
    const [low, high] = limits([...runs.map((it) => it.v), size()], 1e-8);
    charts.v = chart(pen, width, height, { name: W.strip_v, low, high, first: 1, steps: count, t: at + 1, curves: [{ values: size(), from: 1, colour: pen.colours.ink, dash: [2, 3], label: "∣g∣", width: 1.5 }, ...curves(pen, "v")] });
  };
  const drawStep = (pen, width, height) => {
    const [low, high] = limits(runs.map((it) => it.step), 1e-8);
    charts.step = chart(pen, width, height, { name: W.strip_step, low: Math.min(low, 0.1), high: Math.max(high, 10), first: 1, steps: count, t: at + 1, levels: [{ at: 1, label: "γ", colour: pen.colours.soft }], curves: curves(pen, "step") });
  };
  const canvas = el("canvas", { class: "stage-canvas stage-draw", role: "img" }), ofV = el("canvas", { class: "stage-canvas stage-f stage-v", role: "img" }), ofStep = el("canvas", { class: "stage-canvas stage-f", role: "img" });
  canvas.style.height = `${H}px`;
  ofV.style.height = ofStep.style.height = "180px";
  const hold = el("button", { type: "button", class: "stage-grip" }), field = el("div", { class: "stage-field" }, canvas, hold);
  const says = el("p", { class: "stage-says", "aria-live": "polite" }), [trouble, complain] = complaints();
  const draw = (colours) => {
    compute();
    if (!canvas.clientWidth) return;
    paint(canvas, H, colours, drawG);
    paint(ofV, 180, colours, drawV);
    paint(ofStep, 180, colours, drawStep);
    hold.style.transform = `translate(${X(at, canvas.clientWidth)}px, ${Y(g[at])}px)`;
    hold.setAttribute("aria-label", fill(W.strip_grip, { t: at + 1, g: say(g[at]) }));
    const values = runs.map((it) => fill(W.strip_rule, { name: W.rules[it.name], v: say(it.v[at]), step: say(it.step[at]) })).join(" ");
    says.textContent = fill(W.strip_says, { t: at + 1, g: say(g[at]), values });
    canvas.setAttribute("aria-label", fill(W.strip_alt, { t: count, low: say(Math.min(...g)), high: say(Math.max(...g)) }));
    ofV.setAttribute("aria-label", `${W.strip_v}. ${says.textContent}`);
    ofStep.setAttribute("aria-label", `${W.strip_step}. ${says.textContent}`);
    for (const it of synced) it.sync();
  };
  const put = (t, z) => {
    g[t] = Number(Math.max(-MOST, Math.min(MOST, z)).toFixed(2));
    kind = null;
  };
  let last = null;
  const place = (event) => {
    const r = canvas.getBoundingClientRect(), t = Math.max(0, Math.min(count - 1, Math.round(((event.clientX - r.left - LEFT) / (r.width - LEFT - RIGHT)) * (count - 1))));
    const z = MOST - ((event.clientY - r.top - 14) / (H - 28)) * 2 * MOST;
    for (let k = last ? Math.min(last[0], t) : t; k <= (last ? Math.max(last[0], t) : t); k++) put(k, last && last[0] !== t ? last[1] + ((z - last[1]) * (k - last[0])) / (t - last[0]) : z);
    last = [t, z];
    at = t;
    view.changed();
  };
  for (const it of [canvas, hold]) {
    held(it, hold);
    it.addEventListener("pointerdown", (event) => {
      last = null;
      if (it === canvas) place(event);
    });
    it.addEventListener("pointermove", (event) => it.hasPointerCapture(event.pointerId) && place(event));
  }
  arrows(hold, 10, (across, up) => {
    at = Math.max(0, Math.min(count - 1, at + across));
    if (up) put(at, g[at] + up * 0.1);
    view.changed();
  });
  for (const [it, name] of [[ofV, "v"], [ofStep, "step"]]) {
    it.addEventListener("pointermove", (event) => {
      at = charts[name].time(event.clientX - it.getBoundingClientRect().left) - 1;
      view.request();
    });
  }
  const synced = [];
  const keep = (it) => (synced.push(it), it);
  const set = (name, key) => [() => params[name][key], (z) => ((params[name][key] = z), view.changed())];
  const ofRho = knob("rho", () => rho, (z) => ((rho = z), fillWith("shrinking"), view.changed()), complain);
  const live = el("div", { class: "stage-live" },
    keep(choice(W.presets, Object.keys(STRIPS).map((name) => [name, W.preset[name]]), () => kind, (name) => {
      if (name === "noise" && kind === "noise") seed++;
      fillWith(name);
      view.changed();
    })),
    field, ofV, ofStep, says, trouble,
    given.show.includes("knobs") ? el("div", { class: "stage-grid" }, keep(knob("alpha", ...set("RMSprop", "alpha"), complain, "RMSprop")), keep(knob("beta1", ...set("Adam", "beta1"), complain, "Adam")), keep(knob("beta2", ...set("Adam", "beta2"), complain, "Adam")), keep(ofRho)) : "",
    given.show.includes("foot") ? footOf(() => view.link(), () => picture()) : "",
  );
  const picture = () => {
    const pen = svgPen(DATA.paper);
    pen.box(0, 0, 660, 600, { fill: DATA.paper.paper });
    pen.at(10, 10, () => drawG(pen, 640));
    pen.at(10, 190, () => drawV(pen, 640, 180));
    pen.at(10, 380, () => drawStep(pen, 640, 180));
    return pen.whole(660, 570, says.textContent);
  };
  const view = framed(box, live, complain, {
    draw, picture,
    numbers: { alpha: ["alpha", (z) => (params.RMSprop.alpha = z)], beta1: ["beta1", (z) => (params.Adam.beta1 = z)], beta2: ["beta2", (z) => (params.Adam.beta2 = z)], rho: ["rho", (z) => (rho = z)] },
    address: () => new URLSearchParams({ ...(kind ? { preset: kind, rho, seed } : { g: g.join(",") }), alpha: params.RMSprop.alpha, beta1: params.Adam.beta1, beta2: params.Adam.beta2, t: at + 1 }).toString().replaceAll("%2C", ","),
    read: (asked, bad) => {
      if (/^\d{1,9}$/.test(asked.get("seed"))) seed = Number(asked.get("seed"));
      if (asked.has("preset")) Object.hasOwn(STRIPS, asked.get("preset")) ? fillWith(asked.get("preset")) : bad("preset");
      if (asked.has("g")) {
        const values = asked.get("g").split(",").map(number);
        if (values.length !== count || !values.every((z) => Math.abs(z) <= MOST)) bad("g");
        else {
          g = values;
          kind = null;
        }
      }
      if (/^\d{1,4}$/.test(asked.get("t"))) at = Math.max(1, Math.min(count, Number(asked.get("t")))) - 1;
    },
  });
  box.stage = { get runs() { return runs; }, get g() { return g; }, draw: view.now, picture };
};
