// The race: a map on which rules walk down a landscape, what happens inside one of them, and all that can be changed.

const RULES = Object.keys(DATA.rules);
const SHARED = { lr: 1, alpha: 1, beta: 1, beta1: 1, beta2: 1, eps: 1 };
const ALIAS = { "γ": "lr", gamma: "lr", "α": "alpha", "β": "beta", "β₁": "beta1", "β₂": "beta2", "β1": "beta1", "β2": "beta2", "ε": "eps", "λ": "lam", "θ": "angle", "σ": "sigma", T: "steps" };
const LISTS = { lam: ["lam1", "lam2"], minimum: ["at1", "at2"], start: ["start1", "start2"] };
const WINDOWS = { valley: [-6, 3, -3, 3], saddle: [-2.25, 2.25, -1.5, 1.5], rosenbrock: [-2.5, 2.5, -0.833, 2.5], absolute: [-6, 3, -3, 3] };

const whole = (given) => {
  const params = {};
  for (const name of RULES) params[name] = { ...DATA.rules[name].params, ...given.params?.[name] };
  const made = {
    objective: "valley", lam: [0.2, 4], angle: 0, minimum: [0, 0], sigma: 0, seed: 1, rules: ["RMSprop"], inside: null, root: [], bias: [],
    float32: false, steps: 200, text: null, t: null, ...given, params,
    draft: null, kept: {}, // what stands in the field and cannot be run yet; what the reader has written for the other rules
  };
  made.start = given.start || DATA.starts[made.objective];
  made.inside = made.inside || (made.rules.includes("RMSprop") ? "RMSprop" : made.rules[made.rules.length - 1]);
  return structuredClone(made);
};
const textOf = (s, name) => {
  const texts = DATA.rules[name].texts, wanted = (s.root.includes(name) ? "r" : "") + (s.bias.includes(name) ? "b" : "");
  return texts[wanted] ?? texts[wanted.replace("b", "")] ?? texts[wanted.replace("r", "")] ?? texts[""];
};
const setupOf = (s, name, program) => ({ ...s, program, params: s.params[name] });

// The address: #name=&γ=0.4&α=0.9, or the same behind a question mark. What is wrong in it is said, and left out.
const toAddress = (s, first) => {
  const parts = new URLSearchParams();
  for (const key of ["objective", "lam", "angle", "minimum", "start", "sigma", "seed", "rules", "inside", "root", "bias", "float32", "steps", "t", "text"]) {
    if (JSON.stringify(s[key]) !== JSON.stringify(first[key])) parts.set(key, s[key] === null ? "" : s[key] === true ? 1 : s[key] === false ? 0 : s[key]);
  }
  for (const name of RULES) {
    for (const key of Object.keys(s.params[name])) {
      if (s.params[name][key] !== first.params[name][key]) parts.set(`${key}.${name}`, s.params[name][key]);
    }
  }
  return parts.toString().replaceAll("%2C", ",");
};
const fromAddress = (text, first) => {
  const s = structuredClone(first), wrong = [], say = (what, must) => wrong.push(fill(W.address_bad, { what: what.slice(0, 60), must: must || W.unknown }));
  let seen = 0;
  for (const [raw, given] of new URLSearchParams(text.slice(0, 6000))) {
    const [short, rule] = raw.split("."), key = ALIAS[short] || short, shown = `${short}${rule ? "." + rule : ""} = ${given}`;
    const list = given.split(",").filter(Boolean), value = number(given);
    seen++;
    if (Object.hasOwn(SHARED, key)) {
      const names = RULES.filter((name) => key in s.params[name] && (!rule || rule === name)), must = whatIsWrong(key, value);
      if (must || !names.length) say(shown, must);
      else for (const name of names) s.params[name][key] = value;
    } else if (LISTS[key]) {
      const values = list.map(number), must = values.length === 2 ? whatIsWrong(LISTS[key][0], values[0]) || whatIsWrong(LISTS[key][1], values[1]) : W.two;
      if (must) say(shown, must);
      else s[key] = values;
    } else if (["angle", "sigma", "steps"].includes(key)) {
      const must = whatIsWrong(key, value);
      if (must) say(shown, must);
      else s[key] = value;
    } else if (key === "seed" || key === "t") {
      if (key === "t" && !given) s.t = null;
      else if (!(Number.isInteger(value) && value >= 0 && value < 2 ** 32)) say(shown, W.must_seed);
      else s[key] = value;
    } else if (key === "objective") {
      if (!Object.hasOwn(PLAIN, given)) say(shown);
      else {
        s.objective = given;
        if (first.objective !== given) s.start = DATA.starts[given];
      }
    } else if (["rules", "root", "bias"].includes(key)) {
      if (list.some((name) => !RULES.includes(name)) || (key === "rules" && !list.length)) say(shown);
      else s[key] = RULES.filter((name) => list.includes(name));
    } else if (key === "inside") {
      if (!RULES.includes(given)) say(shown);
      else s.inside = given;
    } else if (key === "float32") s.float32 = given === "1";
    else if (key === "text") s.text = given.replace(/;\s*/g, "\n") || null;
    else {
      seen--;
      if (given || raw.length > 40) say(raw);
    }
  }
  if (!s.rules.includes(s.inside)) s.inside = s.rules.includes("RMSprop") ? "RMSprop" : s.rules[s.rules.length - 1];
  if (s.t !== null) s.t = Math.min(s.t, s.steps);
  return { s, wrong, seen };
};

const race = (box, given) => {
  const first = whole(given.setting), show = new Set(given.show), offer = RULES.filter((name) => given.offer.includes(name));
  const id = box.closest("figure[id]")?.id || "";
  let s = structuredClone(first), runs = [], land, programs = {}, peek = null, lit = null, coordinate = 1, passed = given.gate === null, playing = null, waiting = null, colours, frame = 0, handled = null;
  if (s.t === null) s.t = given.gate ?? s.steps;

  // What is computed ----------------------------------------------------------------------------------------------------
  const program = (name) => {
    const text = name === s.inside && s.text !== null ? s.text : textOf(s, name);
    return (programs[text] ??= parse(text));
  };
  const compute = () => {
    land = landscape(s);
    const old = runs;
    runs = s.rules.map((name, k) => {
      const setup = { ...setupOf(s, name, program(name)), keep: s.t - 1 }, made = run({ ...setup, old: old[k]?.made });
      return { name, setup, made, own: name === s.inside && s.text !== null, look: DATA.looks[name] };
    });
    const own = runs.find((it) => it.own);
    if (own) {
      const text = textOf(s, s.inside);
      runs.unshift({ ...own, ghost: true, own: false, made: run({ ...own.setup, program: (programs[text] ??= parse(text)) }) });
    }
    for (const it of runs) Object.assign(it, { label: it.own ? W.yours : W.rules[it.name], short: it.own ? W.yours : W.short[it.name], colour: it.own ? "ink" : it.look[0], dash: it.own ? [] : it.look[1] });
  };
  const focus = () => runs.find((it) => it.own) || runs.find((it) => it.name === s.inside) || runs[0];
  const summary = (it) => {
    const { f, low, steps, bad } = it.made, name = it.label[0].toUpperCase() + it.label.slice(1);
    if (bad) return fill(W.sum_nan, { name, t: bad.step });
    return fill(W.sum, { name, low: say(f[low]), t: low, end: say(f[steps]), steps });
  };
  const told = () => !passed ? fill(W.at, { t: s.t, f: say(focus().made.f[s.t]) }) : runs.filter((it) => !it.ghost).map(summary).join(" ");
  const until = () => (passed ? s.steps : given.gate);
  const now = () => peek ?? s.t;

  // The map ---------------------------------------------------------------------------------------------------------------
  const view = (width) => {
    let [l, r, b, t] = WINDOWS[s.objective];
    const seen = [s.start, s.minimum];
    for (const [x, y] of seen) {
      l = Math.min(l, x - 0.4);
      r = Math.max(r, x + 0.4);
      b = Math.min(b, y - 0.4);
      t = Math.max(t, y + 0.4);
    }
    const height = width * tall, unit = Math.max((r - l) / width, (t - b) / height), cx = (l + r) / 2, cy = (b + t) / 2;
    return { width, height, unit, X: (x) => width / 2 + (x - cx) / unit, Y: (y) => height / 2 - (y - cy) / unit, back: (x, y) => [cx + (x - width / 2) * unit, cy - (y - height / 2) * unit] };
  };
  const around = (radius) => {
    const points = [];
    for (let k = 0; k < 90; k++) points.push(radius((k / 45) * Math.PI));
    return [points];
  };
  // The places where f ≤ c, as polygons in the landscape's own coordinates.
  const below = (c) => {
    const [l1, l2] = s.lam.map((l) => Math.max(l, 1e-6));
    if (s.objective === "valley") return around((q) => [Math.sqrt((2 * c) / l1) * Math.cos(q), Math.sqrt((2 * c) / l2) * Math.sin(q)]);
    if (s.objective === "absolute") return [[[c, 0], [0, c], [-c, 0], [0, -c]]];
    if (s.objective === "rosenbrock") {
      return around((q) => {
        const a = 1 + Math.sqrt(c) * Math.cos(q);
        return [a, a * a + Math.sqrt(c / 100) * Math.sin(q)];
      });
    }
    const far = [-9, -6, -4, -3, -2.5, -2, -1.75, -1.5, -1.25, -1, -0.75, -0.5, -0.25, -0.1, 0], side = [...far, ...far.slice(0, -1).map((z) => -z).reverse()];
    if (c >= 0) return [[...side.map((y) => [Math.sqrt(y * y + 2 * c), y]), ...side.map((y) => [-Math.sqrt(y * y + 2 * c), -y])]];
    return [1, -1].map((k) => [...side.map((x) => [x, k * Math.sqrt(x * x - 2 * c)]), [20, 20 * k], [-20, 20 * k]]);
  };
  const drawLand = (pen, width) => {
    const v = view(width), c = pen.colours;
    pen.box(0, 0, width, v.height, { fill: c.tint });
    let high = -Infinity, least = s.objective === "saddle" ? Infinity : 0;
    for (let i = 0; i <= 8; i++) {
      for (let j = 0; j <= 8; j++) {
        const f = land.value(v.back((i / 8) * width, (j / 8) * v.height));
        high = Math.max(high, f);
        if (s.objective === "saddle") least = Math.min(least, f);
      }
    }
    const levels = 9;
    pen.within(0, 0, width, v.height, () => {
      for (let k = levels - 1; k >= 1; k--) {
        const share = s.objective === "saddle" ? k / levels : s.objective === "rosenbrock" ? (k / levels) ** 4 : (k / levels) ** 2;
        for (const polygon of below(least + (high - least) * share)) {
          const points = polygon.flatMap((p) => {
            const [x, y] = land.place(p);
            return [Math.max(-9e4, Math.min(9e4, v.X(x))), Math.max(-9e4, Math.min(9e4, v.Y(y)))];
          });
          pen.line(points, { close: true, fill: c.blue, alpha: 0.055, stroke: c.blue, strokeAlpha: 0.16, width: 0.8 });
        }
      }
      if (s.objective !== "saddle") {
        const [x, y] = land.place(s.objective === "rosenbrock" ? [1, 1] : [0, 0]), X = v.X(x), Y = v.Y(y);
        pen.line([X - 6, Y, X + 6, Y, NaN, NaN, X, Y - 6, X, Y + 6], { stroke: c.ink, width: 1.4 });
      }
    });
  };
  // A path from step to step, without what it has drawn already: a run that cycles draws the same line many times.
  const trail = (x, v, from, to) => {
    const points = [], drawn = new Set();
    let a, b, before, prior, lifted = true;
    for (let t = from; t <= to; t++) {
      const X = v.X(x[2 * t]), Y = v.Y(x[2 * t + 1]), place = Math.round(2 * X) * 65536 + Math.round(2 * Y);
      if (place === before) continue;
      const part = seen(X, Y) && t > from ? Math.min(place, before) * 4294967296 + Math.max(place, before) : t + 0.5;
      if (place === prior || drawn.has(part)) lifted = true;
      else {
        drawn.add(part);
        if (lifted && t > from) points.push(NaN, NaN, a, b);
        points.push(X, Y);
        lifted = false;
      }
      [a, b, prior, before] = [X, Y, before, place];
    }
    return points;
  };
  const drawPaths = (pen, width) => {
    const v = view(width), c = pen.colours, inside = focus(), heads = [];
    pen.within(0, 0, width, v.height, () => {
      if (show.has("band") && inside.made.v && s.objective === "valley") {
        const half = s.params[s.inside].lr / 2 / v.unit, [x, y] = land.place([0, 0]);
        if (half > 4) {
          pen.box(v.X(x) - half, v.Y(y) - half, 2 * half, 2 * half, { stroke: c.soft, dash: [2, 3], width: 1.2 });
          pen.text("±γ/2", v.X(x) + half + 4, v.Y(y) + half + 14, { size: 12, fill: c.soft, halo: c.tint });
        }
      }
      for (const it of [...runs].sort((p, q) => (p === inside) - (q === inside))) {
        const { x, steps } = it.made, colour = c[it.colour], last = Math.min(s.t, steps), strong = it === inside, done = trail(x, v, 0, last);
        if (last < steps && passed && !it.ghost) pen.line(trail(x, v, last, steps), { stroke: colour, width: 1, alpha: 0.28 });
        if (it.ghost) pen.line(done, { stroke: colour, width: 1.2, alpha: 0.6, dash: [2, 3] });
        else {
          pen.line(done, { stroke: colour, width: strong ? 2.4 : 1.8, dash: it.dash });
          if (last <= 400) pen.dots(done, strong ? 2.6 : 1.8, { fill: colour });
          const at = [v.X(x[2 * last]), v.Y(x[2 * last + 1])];
          pen.dot(at[0], at[1], strong ? 7 : 5.5, { fill: colour, stroke: c.paper, width: 2 });
          if (peek !== null) pen.dot(v.X(x[2 * Math.min(peek, steps)]), v.Y(x[2 * Math.min(peek, steps) + 1]), 6, { stroke: colour, width: 2.5 });
          const names = it.made.bad && last >= it.made.bad.step ? `${it.label}: NaN` : it.label;
          if (runs.length > 1) heads.push({ text: names, colour, x: at[0], y: at[1] });
        }
      }
      heads.filter((it) => it.x > -20 && it.x < width + 20 && it.y > -20 && it.y < v.height + 20).sort((p, q) => p.y - q.y).forEach((it, i, all) => {
        const turned = it.x > width * 0.62, wide = 8 * it.text.length;
        it.from = it.x + (turned ? -10 - wide : 10);
        it.to = it.from + wide;
        it.y = Math.max(14, Math.min(v.height - 6, it.y - 9));
        for (const other of all.slice(0, i)) if (Math.abs(other.y - it.y) < 15 && other.from < it.to && it.from < other.to) it.y = other.y + 15;
        pen.text(it.text, it.x + (turned ? -10 : 10), it.y, { fill: it.colour, size: 13, weight: 600, anchor: turned ? "end" : "start", halo: c.tint });
      });
    });
  };

  // Beside the map -----------------------------------------------------------------------------------------------------------
  const charts = {}, when = () => ({ steps: s.steps, t: Math.min(s.t, until()), until: Math.min(s.t, until()), peek, hide: !passed });
  // The textbook plotted one run: the gate names its end only where that run is on the stage.
  const isGiven = () => !toAddress({ ...s, t: first.t }, first);
  const drawF = (pen, width, height) => {
    const curves = runs.map((it) => ({ values: it.made.f, colour: pen.colours[it.colour], dash: it.dash, label: runs.length > 1 && !it.ghost ? it.short : it.ghost ? "" : say(it.made.f[passed ? s.steps : s.t]), alpha: it.ghost ? 0.5 : 1, width: it === focus() ? 2.4 : 1.7 }));
    // On a saddle f goes below 0, where a logarithmic axis has no place for it.
    const lists = runs.map((it) => it.made.f), flat = s.objective === "saddle", [low, high] = flat ? ends(lists) : limits(lists);
    charts.f = chart(pen, width, height, { name: "f", low, high, log: !flat, curves, ...when(), gate: given.gate ?? undefined, gateSays: given.gate !== null && isGiven() ? W.gate : "", right: runs.length > 1 ? 112 : 78 });
  };
  // γ/√v, or whatever the rule multiplies g by: the step over g. With momentum the two have not the same direction: then by v.
  const rates = () => {
    const { made, setup: { params } } = focus(), { x, g, v, hat, steps } = made, ruled = programs[s.text ?? textOf(s, s.inside)].some((it) => it.name === "m" || it.name === "b");
    return [0, 1].map((i) => {
      const found = new Float64Array(steps);
      for (let t = 1; t <= steps; t++) {
        const root = Math.sqrt((hat || v || [])[2 * t + i]);
        found[t - 1] = ruled ? (v ? params.lr / (root + (params.eps || 0)) : params.lr) : Math.abs((x[2 * t + i] - x[2 * t - 2 + i]) / g[2 * t - 2 + i]);
      }
      return found;
    });
  };
  const TWO_COLOURS = ["purple", "green"], SUB = ["₁", "₂"];
  const drawRate = (pen, width, height) => {
    const found = rates(), levels = s.objective === "valley" && !s.angle ? s.lam.map((l, i) => ({ at: 2 / l, label: `2/λ${SUB[i]}`, colour: pen.colours[TWO_COLOURS[i]] })).filter((it) => Number.isFinite(it.at)) : [];
    const clean = found.map((list) => list.filter((p) => p > 0 && Number.isFinite(p)));
    const [low, high] = limits([...clean, levels.map((it) => it.at)], 1e-12);
    charts.rate = chart(pen, width, height, {
      name: fill(W.rate, { name: focus().label }), low, high: Math.min(high, 1e14), levels, ...when(),
      curves: found.map((values, i) => ({ values, from: 1, colour: pen.colours[TWO_COLOURS[i]], dash: i ? [6, 3] : [], label: `x${SUB[i]}`, alpha: lit === "g" ? 0.35 : 1, width: lit === "v" ? 3 : 2 })),
    });
  };
  // For each coordinate |g|, √v and the step as lengths on one ruler, and v as a square with |g| as the side of another.
  const drawInside = (pen, width, height) => {
    const { made } = focus(), c = pen.colours, t = Math.max(1, Math.min(now(), s.steps)), { x, g, v, hat } = made, half = height / 2;
    const values = [0, 1].map((i) => {
      const one = { g: Math.abs(g[2 * t - 2 + i]), step: Math.abs(x[2 * t + i] - x[2 * t - 2 + i]) };
      if (v) one.v = Math.sqrt((hat || v)[2 * t + i]);
      return one;
    });
    const all = values.flatMap((it) => Object.values(it)), [low, high] = limits([all, [s.params[s.inside].lr]], 1e-12);
    const tint = { g: c.orange, v: c.blue, step: c.ink }, names = { g: "∣g∣", v: hat ? "√v̂" : "√v", step: W.step };
    values.forEach((one, i) => {
      const top = i * half, side = Math.min(half - 22, 92, width * 0.22), left = 26, big = Math.max(one.g, one.v || 0);
      pen.text(`x${SUB[i]}`, 2, top + 16, { weight: 650, size: 13, fill: c[TWO_COLOURS[i]] });
      if (v && big > 0 && Number.isFinite(big)) {
        const a = (side * one.v) / big, b = (side * one.g) / big, y = top + 8 + side;
        pen.box(left, y - a, a, a, { fill: c.blue, alpha: lit && lit !== "v" ? 0.12 : 0.3, stroke: c.blue, width: 1.5, strokeAlpha: 1 });
        pen.box(left, y - b, b, b, { stroke: c.orange, width: 2, dash: [4, 3], alpha: lit && lit !== "g" ? 0.35 : 1 });
        if (a > 16) pen.text("v", left + a / 2, y - a / 2 + 4, { anchor: "middle", size: 12.5, fill: c.blue, weight: 600 });
      }
      const from = v ? left + side + 54 : 60, long = width - from - 84;
      Object.keys(tint).filter((key) => key in one).forEach((key, k) => {
        const z = one[key], y = top + 16 + (k * (half - 26)) / 3, alpha = lit && lit !== key ? 0.3 : 1;
        const share = z > 0 ? Math.max(0.004, (Math.log10(z) - Math.log10(low)) / (Math.log10(high) - Math.log10(low))) : 0;
        pen.box(from, y - 5, long, 10, { fill: c.line, alpha: 0.35 });
        pen.box(from, y - 5, long * Math.min(1, share), 10, { fill: tint[key], alpha });
        pen.text(names[key], from - 6, y + 4, { anchor: "end", size: 12.5, fill: tint[key], alpha, weight: 600 });
        pen.text(say(z), from + long + 6, y + 4, { size: 12.5, fill: c.ink, alpha });
      });
      const gamma = from + (long * (Math.log10(s.params[s.inside].lr) - Math.log10(low))) / (Math.log10(high) - Math.log10(low));
      pen.line([gamma, top + 8, gamma, top + half - 12], { stroke: c.soft, dash: [2, 3], width: 1.2 });
      pen.text("γ", gamma, top + half - 1, { size: 12, fill: c.soft, anchor: "middle" });
    });
  };

  // The page's part ----------------------------------------------------------------------------------------------------------
  const canvas = (name, described) => el("canvas", { class: `stage-canvas stage-${name}`, ...(described ? { role: "img" } : { "aria-hidden": "true" }) });
  const base = canvas("land"), top = canvas("paths", true), heights = { f: 160, rate: 150, inside: 190 };
  const map = el("div", { class: "stage-map" }, base, top), side = el("div", { class: "stage-side" }), panels = {};
  const PANELS = [["f", drawF], ["rate", drawRate], ["inside", drawInside]];
  for (const [name] of PANELS) {
    if (!show.has(name)) continue;
    panels[name] = canvas(name, true);
    panels[name].style.height = `${heights[name]}px`;
    side.append(panels[name]);
  }
  const [troubles, complain] = complaints(), says = el("p", { class: "stage-says" }), spoken = el("p", { class: "visually-hidden", "aria-live": "polite" });
  const synced = [];
  const keep = (it) => {
    synced.push(it);
    return it;
  };

  let resting, speaking, waits;
  const address = () => toAddress({ ...s, t: s.t === s.steps ? null : s.t }, { ...first, t: first.t ?? given.gate });
  const changed = (patch = {}) => {
    const t = s.t === s.steps;
    Object.assign(s, patch);
    if (t || s.t > s.steps) s.t = s.steps;
    if (!passed) s.t = Math.min(s.t, given.gate);
    request(true);
    clearTimeout(resting);
    resting = setTimeout(() => {
      if (presented()) return;
      const rest = address();
      if (id) history.replaceState(null, "", rest ? `#${id}=&${rest}` : location.pathname + location.search);
      handled = location.hash;
    }, 250);
    clearTimeout(speaking);
    speaking = setTimeout(() => write(spoken, told()), 900);
  };
  const param = (name, key) => (z) => {
    s.params[name][key] = z;
    changed();
  };
  let stale = true, late = true, wide = 0, tall = 2 / 3, landShown = "", widths = {}, spent = 0, asked = 0, last = 0;
  // A frame that shows everything may take a slow machine longer than a hand waits. Then, while a pointer drags, what is asked for in
  // quick succession is shown on the map at once, and beside it when the hand rests.
  let dragging = false;
  for (const type of ["pointerdown", "pointerup", "pointercancel"]) addEventListener(type, (event) => (dragging = type === "pointerdown" && box.contains(event.target)), true);
  const request = (anew) => {
    if (anew) {
      stale = true;
      last = asked;
      asked = performance.now();
    }
    frame ||= requestAnimationFrame(() => {
      const begun = performance.now(), quick = stale && dragging && spent > 8 && asked - last < 300;
      frame = 0;
      draw(quick);
      clearTimeout(waits);
      if (quick) waits = setTimeout(() => request(false), 120);
      else setTimeout(() => (spent = performance.now() - begun)); // once it is painted
    });
  };
  const draw = (quick) => {
    if (!wide) return;
    // First the canvases and then the page: text on a canvas makes the browser look at the page's style when that has changed.
    if (stale) compute();
    late ||= stale;
    const { X, Y, unit } = view(wide), shown = JSON.stringify([X(0), Y(0), unit, s.objective, s.lam, s.angle, s.minimum, colours]);
    if (shown !== landShown) drawLand(canvasPen(base, wide, wide * tall, colours), wide);
    landShown = shown;
    drawPaths(canvasPen(top, wide, wide * tall, colours), wide);
    if (!quick) {
      for (const [name, paint] of PANELS) {
        if (panels[name]) paint(canvasPen(panels[name], widths[name], heights[name], colours), widths[name], heights[name]);
      }
    }
    stale = false;
    placeGrips(quick);
    if (quick) return;
    if (late) {
      for (const it of synced) it.sync();
      write(says, passed ? told() : "");
      attribute(top, "aria-label", `${fill(W.map_alt, { what: W.objectives[s.objective] })} ${told()}`);
      if (panels.f) attribute(panels.f, "aria-label", `${W.f_alt} ${told()}`);
      if (panels.inside) attribute(panels.inside, "aria-label", W.inside_alt);
      if (panels.rate) attribute(panels.rate, "aria-label", fill(W.rate_alt, { name: focus().label }));
    }
    late = false;
    showTime();
    showNumbers();
  };

  // Handles on the map
  const grip = (name, move, press) => {
    const it = el("button", { type: "button", class: `stage-grip stage-grip-${name}` });
    held(it, it);
    it.addEventListener("pointermove", (event) => {
      if (!it.hasPointerCapture(event.pointerId)) return;
      const r = map.getBoundingClientRect();
      move(view(wide).back(event.clientX - r.left, event.clientY - r.top));
    });
    arrows(it, 5, press);
    map.append(it);
    return it;
  };
  const near = (z) => Math.round(Math.max(-1000, Math.min(1000, z)) * 100) / 100;
  const toStart = ([x, y]) => {
    stop();
    changed({ start: [near(x), near(y)] });
  };
  const startGrip = grip("start", toStart, (x, y) => toStart([s.start[0] + 0.1 * x, s.start[1] + 0.1 * y]));
  const LEVEL = 0.73;
  const shape = (i) => grip(
    "shape",
    ([x, y]) => {
      const dx = x - s.minimum[0], dy = y - s.minimum[1], distance = Math.max(0.1, Math.hypot(dx, dy));
      let angle = Math.round((Math.atan2(dy, dx) * 180) / Math.PI - 90 * i);
      angle = ((((angle + 90) % 180) + 180) % 180) - 90;
      const lam = [...s.lam];
      lam[i] = Math.min(100, Math.max(0.01, rounded((2 * LEVEL) / distance ** 2)));
      changed({ lam, angle: angle === -90 ? 90 : angle });
    },
    (x, y) => {
      const lam = [...s.lam];
      lam[i] = Math.min(100, Math.max(0.01, rounded(lam[i] * 1.1 ** -y)));
      changed({ lam, angle: Math.max(-90, Math.min(90, s.angle - x)) });
    },
  );
  const shapes = show.has("shape") ? [shape(0), shape(1)] : [];
  const placeGrips = (quick) => {
    const v = view(wide);
    const put = (it, [x, y]) => (it.style.transform = `translate(${Math.max(8, Math.min(wide - 8, v.X(x)))}px, ${Math.max(8, Math.min(v.height - 8, v.Y(y)))}px)`);
    put(startGrip, s.start);
    if (!quick) attribute(startGrip, "aria-label", fill(W.start_grip, { x: exact(s.start[0]), y: exact(s.start[1]) }));
    shapes.forEach((it, i) => {
      it.hidden = s.objective !== "valley";
      const distance = Math.max(Math.sqrt((2 * LEVEL) / s.lam[i]), 20 * v.unit);
      put(it, land.place(i ? [0, distance] : [distance, 0]));
      if (!quick) attribute(it, "aria-label", fill(W.shape_grip, { name: `λ${SUB[i]}`, value: exact(s.lam[i]), angle: exact(s.angle) }));
    });
  };
  // What the pointer touches: on the map the nearest point of a path, in a chart the time below it.
  const touch = (t) => {
    if (peek === t) return;
    peek = t;
    request(false);
  };
  map.addEventListener("pointermove", (event) => {
    if (event.target !== top) return;
    const r = map.getBoundingClientRect(), v = view(wide), px = event.clientX - r.left, py = event.clientY - r.top;
    let best = 14 ** 2, found = null;
    for (const it of runs) {
      const { x, steps } = it.made;
      for (let t = 0; t <= Math.min(steps, until(), 3000); t++) {
        const d = (v.X(x[2 * t]) - px) ** 2 + (v.Y(x[2 * t + 1]) - py) ** 2;
        if (d < best) [best, found] = [d, t];
      }
    }
    touch(found);
  });
  map.addEventListener("pointerleave", () => touch(null));
  top.addEventListener("click", (event) => {
    const r = map.getBoundingClientRect();
    toStart(view(wide).back(event.clientX - r.left, event.clientY - r.top));
  });
  for (const name of ["f", "rate"]) {
    const it = panels[name];
    if (!it) continue;
    const time = (event) => Math.min(until(), charts[name].time(event.clientX - it.getBoundingClientRect().left));
    it.addEventListener("pointermove", (event) => (event.buttons ? go(time(event)) : touch(time(event))));
    it.addEventListener("pointerdown", (event) => go(time(event)));
    it.addEventListener("pointerleave", () => touch(null));
  }
  panels.inside?.addEventListener("pointermove", (event) => {
    const r = panels.inside.getBoundingClientRect(), y = (event.clientY - r.top) % (heights.inside / 2);
    light(focus().made.v ? (y < 32 ? "g" : y < 60 ? "v" : "step") : y < 32 ? "g" : "step");
  });
  panels.inside?.addEventListener("pointerleave", () => light(null));
  const light = (name) => {
    if (lit === name) return;
    lit = name;
    box.dataset.lit = name || "";
    request(false);
  };

  // Time
  const stop = () => {
    cancelAnimationFrame(playing);
    clearTimeout(waiting);
    playing = waiting = null;
    sign(playButton, "play");
  };
  const go = (t) => {
    stop();
    s.t = Math.max(0, Math.min(until(), t));
    changed();
  };
  const play = () => {
    if (playing) return stop();
    if (s.t >= until()) s.t = 0;
    peek = null;
    sign(playButton, "pause");
    let before, exactly = s.t;
    const pace = (t) => (s.steps <= 30 ? 5 : t < 20 ? 10 : t < 60 ? 16 : Math.max(40, (s.steps - 60) / 1.8));
    const tick = (stamp) => {
      before ??= stamp;
      const seconds = Math.min(0.1, (stamp - before) / 1000);
      exactly = slowly.matches ? Math.min(until(), exactly + Math.ceil(until() / 4)) : Math.min(until(), exactly + seconds * pace(exactly));
      before = stamp;
      if (Math.floor(exactly) !== s.t) {
        s.t = Math.floor(exactly);
        draw();
      }
      if (s.t >= until()) {
        stop();
        changed();
      } else if (slowly.matches) waiting = setTimeout(() => tick(performance.now()), 1000);
      else playing = requestAnimationFrame(tick);
    };
    playing = requestAnimationFrame(tick);
  };
  const time = el("input", { type: "range", min: 0, "aria-label": W.time }), timeSays = el("output", { class: "stage-t", "aria-live": "off" });
  time.addEventListener("input", () => go(Number(time.value)));
  const playButton = sign(button("", play), "play");
  const gate = el("div", { class: "stage-gate", hidden: true }, el("p", {}, W.gate), button(W.go_on, () => {
    passed = true;
    gate.hidden = true;
    stale = true;
    playButton.focus({ preventScroll: true });
    play();
  }));
  map.append(gate);
  const showTime = () => {
    attribute(time, "max", until());
    if (Number(time.value) !== s.t) time.value = s.t;
    const f = focus().made.f[Math.min(now(), s.steps)], text = fill(W.at, { t: now(), f: say(f) });
    attribute(time, "aria-valuetext", text);
    write(timeSays, text);
    gate.hidden = passed || s.t < given.gate || Boolean(playing);
    if (!gate.hidden) gate.firstChild.hidden = !isGiven();
  };

  const written = () => s.draft ?? s.text; // by the reader, in place of the library's lines

  // Rules and knobs
  const chips = el("div", { class: "stage-chips", role: "group", "aria-label": W.the_rules });
  for (const name of offer) {
    const chip = button(W.rules[name], () => {
      const on = s.rules.includes(name);
      if (on && s.rules.length === 1) return;
      s.rules = RULES.filter((it) => (it === name ? !on : s.rules.includes(it)));
      // A rule that the reader has written stays in the field while others are added beside it.
      if (on ? s.inside === name : written() === null) inside(on ? s.rules[s.rules.length - 1] : name);
      changed();
    }, { class: "stage-chip", style: `--own: var(--${DATA.looks[name][0]})` });
    keep(chip).sync = () => chip.setAttribute("aria-pressed", s.rules.includes(name));
    chips.append(chip);
  }
  const inside = (name) => {
    if (name === s.inside) return;
    s.kept[s.inside] = [s.text, s.draft];
    [s.text, s.draft] = s.kept[name] ?? [null, null];
    s.inside = name;
  };
  const best = keep(button(W.best, () => {
    for (const name of s.rules) {
      s.params[name].lr = bestRate(setupOf({ ...s, steps: Math.min(s.steps, 500) }, name, program(name)));
    }
    changed();
    write(spoken, W.best_said);
  }, { class: "stage-plain", title: W.best_said }));
  best.sync = () => (best.hidden = s.objective === "saddle"); // where f has no least value
  chips.append(best);

  const rows = el("div", { class: "stage-rows" });
  let rowsFor = "", rowKnobs = [];
  const knobKeys = given.knobs;
  keep(rows).sync = () => {
    const wanted = s.rules.join() + s.inside;
    if (wanted !== rowsFor) {
      rowsFor = wanted;
      const held = document.activeElement?.closest?.(".stage-rows") && document.activeElement.name;
      rowKnobs = [];
      rows.replaceChildren();
      const group = `stage-inside-${++ids}`;
      const many = s.rules.length > 1;
      for (const name of s.rules) {
        const row = el("div", { class: many ? "stage-row stage-many" : "stage-row", style: `--own: var(--${DATA.looks[name][0]})` });
        if (many) {
          const radio = el("input", { type: "radio", name: group, value: name, onchange: () => { inside(name); changed(); } });
          radio.checked = name === s.inside;
          row.append(el("label", { class: "stage-look", title: W.look_inside }, radio, el("span", {}, W.rules[name])));
        }
        const keys = Object.keys(s.params[name]).filter((key) => (key === "lr" || name === s.inside) && (!knobKeys || knobKeys.includes(key)));
        for (const key of keys) {
          const it = knob(key, () => s.params[name][key], param(name, key), complain, W.rules[name]);
          it.addEventListener("focusin", () => name === s.inside && light({ lr: "step", beta: "g", beta1: "g" }[key] || "v"));
          it.addEventListener("focusout", () => light(null));
          rowKnobs.push(it);
          row.append(it);
        }
        if (name === s.inside && !knobKeys) {
          const texts = DATA.rules[name].texts, line = el("div", { class: "stage-checks" });
          const flip = (key) => (on) => changed({ [key]: RULES.filter((it) => (it === name ? on : s[key].includes(it))) });
          // They choose among the library's lines, and say nothing of lines that the reader has written.
          const ofLibrary = (it) => {
            const { sync } = it;
            it.sync = () => {
              sync();
              it.querySelector("input").disabled = written() !== null;
            };
            rowKnobs.push(it);
            line.append(it);
          };
          if ("r" in texts) ofLibrary(check(W.root, () => s.root.includes(name), flip("root")));
          if ("b" in texts) ofLibrary(check(W.bias, () => s.bias.includes(name) !== (name === "Adam"), (on) => flip("bias")(on !== (name === "Adam"))));
          line.append(rowKnobs[rowKnobs.push(check(W.float32, () => s.float32, (on) => changed({ float32: on }))) - 1]);
          row.append(line);
        }
        rows.append(row);
      }
      if (held) rows.querySelector(`input[value="${s.inside}"]`)?.focus();
    }
    for (const it of rowKnobs) it.sync();
  };

  // The rule as text
  const typed = el("textarea", { class: "stage-text", spellcheck: "false", autocapitalize: "off", autocomplete: "off", autocorrect: "off", "aria-label": W.text, rows: 2, maxlength: 4000 });
  const verdictSays = el("p", { class: "stage-verdict", role: "status" }), worked = el("div", { class: "stage-worked", "aria-hidden": "true" });
  const back = button(W.put_back, () => {
    typed.value = textOf(s, s.inside);
    judge("");
    changed({ text: null, draft: null });
  }, { class: "stage-plain" });
  const judge = (text, kind = "") => {
    write(verdictSays, text);
    verdictSays.dataset.kind = kind;
  };
  // Says what a text is. Returns whether it can be run.
  const judged = (text) => {
    try {
      const program = parse(text);
      machine(program, { ...s.params[s.inside] }, 2, false);
      programs[text] = program;
      const notes = [];
      if (!program.some((it) => it.name === "x")) notes.push(W.no_x);
      const made = run({ ...setupOf(s, s.inside, program), steps: Math.min(s.steps, 2000) });
      if (made.bad) notes.push(fill(W.nan, { line: made.bad.line, column: made.bad.column, t: made.bad.step, name: `x${SUB[made.bad.coordinate]}` }));
      if (s.inside === "RMSprop" || program.some((it) => it.name === "v")) {
        try {
          const found = verdict(program, DATA.table), names = ["lr", "alpha", "eps"];
          if (s.inside !== "Adam" || found.ok) notes.push(...found.sentences);
          if (found.order) {
            const mixed = [0, 1, 2].filter((i) => found.order[i] !== i), list = (indices) => indices.map((i) => names[i]).join(", ");
            notes.push(fill(W.mixed, { names: list(mixed), meant: list(mixed.map((i) => found.order[i])) }));
          }
          if (found.ok) return judge(notes.join(" "), "right"), true;
        } catch (slip) {
          if (!slip.say) throw slip; // it has names that a step of RMSprop has not
        }
      }
      judge(notes.join(" ") || W.own_rule, notes.length ? "wrong" : "");
      return true;
    } catch (slip) {
      if (!slip.say) throw slip;
      const known = [...new Set(["x", "g", "t", ...Object.keys(s.params[s.inside])])].join(", ");
      judge(fill(W.slips[slip.say], { what: slip.what, line: slip.line, column: slip.column, known, most: LONGEST }), "wrong");
      return false;
    }
  };
  typed.addEventListener("input", () => {
    stop();
    const text = typed.value, plain = (it) => it.replace(/[ \t]+/g, "").trim();
    typed.rows = Math.max(2, Math.min(10, text.split("\n").length));
    s.draft = null;
    if (plain(text) === plain(textOf(s, s.inside))) {
      judge(W.as_library, "right");
      changed({ text: null });
    } else changed(judged(text) ? { text } : { draft: text });
  });
  keep(typed).sync = () => {
    const text = written() ?? textOf(s, s.inside);
    back.hidden = written() === null && document.activeElement !== typed;
    if (document.activeElement === typed || typed.value === text) return;
    typed.value = text;
    typed.rows = Math.max(2, Math.min(10, text.split("\n").length));
    if (written() === null) judge("");
  };
  // The same lines once more with the numbers of step t beneath the names.
  let workedFor = "", places = [];
  const showNumbers = () => {
    if (!show.has("text")) return;
    const text = s.text ?? textOf(s, s.inside), it = focus();
    if (workedFor !== text) {
      workedFor = text;
      places = [];
      worked.replaceChildren();
      for (const [k, one] of programs[text].entries()) {
        const line = el("div", { class: "stage-line" });
        let left = true, word = null;
        const source = tokens(text).filter((token) => token.line === one.line && token.kind !== "end" && token.column >= one.column);
        for (const [i, token] of source.entries()) {
          const name = token.kind === "name" && source[i + 1]?.kind !== "(";
          if (name) {
            const value = el("i", {}), kind = { g: "g", v: "v", v_hat: "v", x: "step", lr: "step" }[token.value] || "";
            places.push({ k, name: token.value, left, value });
            word = el("span", { class: "stage-name", "data-of": kind }, token.text, value);
            if (kind) {
              word.addEventListener("pointerenter", () => light(kind));
              word.addEventListener("pointerleave", () => light(null));
            }
            line.append(word);
          } else line.append(el("span", {}, token.text));
          if (token.kind === "=") left = false;
        }
        worked.append(line);
      }
    }
    const t = Math.min(now(), s.steps);
    if (t > 3000 || !it.setup) return;
    const seen = t >= 1 ? trace(it.setup, it.made, t) : null;
    for (const { k, name, left, value } of places) {
      const found = seen && (left ? seen[k].made : seen[k].read.get(name));
      write(value, found ? say(found[coordinate], 3) : "·");
    }
    write(stepSays, t >= 1 ? fill(W.step_t, { t }) : W.step_none);
  };
  const stepSays = el("span", { class: "stage-step" });
  const which = keep(choice(W.numbers_of, [[0, "x₁"], [1, "x₂"]], () => coordinate, (i) => {
    coordinate = i;
    request(false);
  }));
  const typing = el("div", { class: "stage-type" }, el("div", { class: "stage-typed" }, typed, back, verdictSays), el("div", { class: "stage-numbers" }, el("div", { class: "stage-which" }, stepSays, which), worked));

  // The landscape
  const pair = (key, i) => [() => s[key][i], (z) => changed({ [key]: s[key].map((old, k) => (k === i ? z : old)) })];
  const ofLand = el("details", { class: "stage-landscape" }, el("summary", {}, W.landscape));
  ofLand.append(
    keep(choice(W.landscape, Object.keys(PLAIN).map((name) => [name, W.objectives[name]]), () => s.objective, (name) => changed({ objective: name, start: [...DATA.starts[name]] }))),
    el("div", { class: "stage-grid" },
      ...[["lam1", "lam", 0], ["lam2", "lam", 1]].map(([name, key, i]) => {
        const it = knob(name, ...pair(key, i), complain), sync = it.sync;
        it.sync = () => {
          it.hidden = s.objective !== "valley";
          sync();
        };
        return keep(it);
      }),
      keep(knob("angle", () => s.angle, (angle) => changed({ angle }), complain)),
      keep(knob("sigma", () => s.sigma, (sigma) => changed({ sigma }), complain)),
      keep(knob("at1", ...pair("minimum", 0), complain)),
      keep(knob("at2", ...pair("minimum", 1), complain)),
      keep(knob("start1", ...pair("start", 0), complain)),
      keep(knob("start2", ...pair("start", 1), complain)),
      keep(knob("steps", () => s.steps, (steps) => changed({ steps }), complain)),
      button(W.seed, () => changed({ seed: s.seed + 1 }), { class: "stage-plain" }),
    ),
  );

  // Settings that the author offers
  const choices = el("div", { class: "stage-chips", role: "group", "aria-label": W.settings });
  for (const { name, address } of given.choices) {
    const it = button(name, () => {
      stop();
      s = { ...fromAddress(address, first).s };
      if (s.t === null) s.t = s.steps;
      if (s.text !== null) judged(s.text);
      changed();
    }, { class: "stage-chip" });
    const same = { t: null, start: null }, short = (it) => toAddress({ ...it, ...same }, { ...first, ...same });
    keep(it).sync = () => it.setAttribute("aria-pressed", short(s) === short(fromAddress(address, first).s));
    choices.append(it);
  }

  // Below
  const link = () => {
    clearTimeout(resting);
    return `${location.href.replace(/[?#].*/, "")}#${id}=&${address()}`;
  };
  const picture = () => {
    const pen = svgPen(DATA.paper), wideMap = 640;
    let y = wideMap * tall + 14;
    pen.box(0, 0, 660, 4000, { fill: DATA.paper.paper });
    pen.at(10, 10, () => {
      drawLand(pen, wideMap);
      drawPaths(pen, wideMap);
      const v = view(wideMap);
      pen.dot(v.X(s.start[0]), v.Y(s.start[1]), 7, { stroke: DATA.paper.ink, width: 2 });
    });
    for (const [name, paint] of PANELS) {
      if (!panels[name]) continue;
      const at = y + 6;
      pen.at(10, at, () => paint(pen, wideMap, heights[name]));
      y = at + heights[name] + 8;
    }
    const lines = [...(show.has("text") || s.text !== null ? (s.text ?? textOf(s, s.inside)).split("\n").slice(0, 12) : []), ...runs.filter((it) => !it.ghost).map(summary)];
    for (const line of lines) pen.text(line, 12, (y += 19), { size: 13 });
    return pen.whole(660, y + 14, told());
  };
  const foot = footOf(link, picture, () => {
    stop();
    s = structuredClone(first);
    s.t ??= given.gate ?? s.steps;
    passed = given.gate === null;
    complain("");
    judge("");
    changed();
  });

  const step = (by) => () => go(s.t + by);
  const live = el("div", { class: `stage-live${side.children.length ? "" : " stage-alone"}` },
    given.choices.length ? choices : "",
    el("div", { class: "stage-board" }, el("div", { class: "stage-main" }, map,
      show.has("time") ? el("div", { class: "stage-time" }, sign(button("", step(-1)), "previous"), playButton, sign(button("", step(1)), "next"), time, timeSays) : ""), side),
    says, troubles,
    show.has("rules") ? chips : "",
    show.has("knobs") ? rows : "",
    show.has("text") ? typing : "",
    show.has("land") ? ofLand : "",
    show.has("foot") ? foot : "",
    spoken,
  );
  if (!show.has("says")) says.hidden = true;
  box.append(live);

  const look = () => {
    colours = coloursOf(box);
    wide = map.clientWidth;
    tall = map.clientHeight / wide || 2 / 3;
    if (given.tall && panels.f) panels.f.style.height = `${(heights.f = box.clientWidth > 700 ? 320 : 200)}px`;
    for (const name in panels) widths[name] = panels[name].clientWidth;
    stale = true;
    request(true);
  };
  const read = () => {
    if (location.hash === handled) return;
    const mine = id && addressed() === id;
    let text = mine ? location.hash.slice(location.hash.indexOf("=") + 1) : "";
    const only = document.querySelector(".stage[data-view=race]") === box, bare = /^#[^=&]*(=[^&=]+)(&|$)/.test(location.hash) && !document.getElementById(addressed());
    if (!mine && only && bare) text = location.hash.slice(1);
    if (!text && only) text = location.search.slice(1);
    if (!text) return;
    handled = location.hash;
    const found = fromAddress(text, first);
    if (!found.seen && !found.wrong.length) return;
    stop();
    s = found.s;
    passed = true;
    if (s.t === null) s.t = s.steps;
    typed.value = s.text ?? textOf(s, s.inside);
    judge("");
    if (s.text !== null && !judged(s.text)) {
      found.wrong.push(fill(W.address_bad, { what: `text = ${s.text.slice(0, 40)}`, must: verdictSays.textContent }));
      s.text = null;
    }
    complain(found.wrong.join(" "));
    ofLand.open ||= show.has("open-land");
    request(true);
    clearTimeout(speaking);
    speaking = setTimeout(() => write(spoken, told()), 900);
  };
  read();
  addEventListener("hashchange", read);
  watched(map, look);
  printed(box, picture, () => toAddress({ ...s, t: null }, { ...first, t: null }));
  if (given.autoplay && !slowly.matches) {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      if (passed || s.t < given.gate) return;
      s.t = 0;
      play();
    }, { threshold: 0.6 });
    seen.observe(map);
  }
  box.stage = { set: (patch) => changed(patch), get setting() { return s; }, get runs() { return runs; }, draw: () => { stale = true; draw(); }, picture };
};
