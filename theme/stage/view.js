// What every stage draws with: numbers in words, elements, pens, charts, knobs.

const DATA = stageData, W = DATA.words, slowly = matchMedia("(prefers-reduced-motion: reduce)");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const raised = (n) => (n < 0 ? "⁻" : "") + [...String(Math.abs(n))].map((d) => RAISED[d]).join("");
const minus = (text) => String(text).replace("-", "−");
const say = (z, digits) => {
  if (z !== z) return "NaN";
  if (!Number.isFinite(z)) return z < 0 ? "−∞" : "∞";
  const a = Math.abs(z), d = digits || (a < 1 ? 2 : 3);
  if (!a || (a >= 1e-3 && a < 1e5)) return minus(Number(z.toPrecision(d)));
  const [mantissa, exponent] = z.toExponential(d - 1).split("e");
  return minus(Number(mantissa) === 1 ? "" : `${Number(mantissa)}·`) + "10" + raised(Number(exponent));
};
const exact = (z) => minus(Number(z.toPrecision(12)));

const el = (tag, given = {}, ...children) => {
  const it = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (name.startsWith("on")) it.addEventListener(name.slice(2), value);
    else if (value === true) it.setAttribute(name, "");
    else if (value !== false && value !== undefined && value !== null) it.setAttribute(name, value);
  }
  it.append(...children);
  return it;
};
// Texts and attributes are written only when they change, and texts into the node that is there: a page with :has() in its style
// looks at all of itself again when a node comes or goes.
const write = (it, text) => {
  const node = it.firstChild || it.appendChild(document.createTextNode(""));
  if (node.data !== text) node.data = text;
};
const attribute = (it, name, value) => it.getAttribute(name) !== String(value) && it.setAttribute(name, value);
const button = (text, onclick, given = {}) => el("button", { type: "button", onclick, ...given }, text);
const SIGNS = {
  previous: "M5 4h2v12H5zm11 0v12L8 10z",
  play: "M5 3v14l12-7z",
  pause: "M5 4h4v12H5zm6 0h4v12h-4z",
  next: "M13 4h2v12h-2zM4 4v12l8-6z",
};
const sign = (it, what) => {
  if (it.getAttribute("aria-label") === W[what]) return it;
  const ns = "http://www.w3.org/2000/svg", svg = document.createElementNS(ns, "svg"), path = document.createElementNS(ns, "path");
  for (const [name, value] of [["viewBox", "0 0 20 20"], ["width", 20], ["height", 20], ["aria-hidden", "true"]]) svg.setAttribute(name, value);
  path.setAttribute("d", SIGNS[what]);
  svg.append(path);
  it.setAttribute("aria-label", W[what]);
  it.replaceChildren(svg);
  return it;
};

// Colours: those of the page, or the light ones for paper and files.
const NAMES = ["paper", "tint", "line", "soft", "ink", "muted", "blue", "orange", "green", "purple", "gold"];
const coloursOf = (box) => {
  const style = getComputedStyle(box), found = { font: style.getPropertyValue("--plain") || "sans-serif" };
  for (const name of NAMES) found[name] = style.getPropertyValue(`--${name}`).trim();
  return found;
};

// A pen for a canvas's context, or for one that writes SVG. Points are flat lists; what is not finite lifts the pen.
const seen = (x, y) => Math.abs(x) < 1e5 && Math.abs(y) < 1e5;
const penOf = (c, colours) => {
  let font = "";
  const paint = (o, path) => {
    c.beginPath();
    path();
    c.globalAlpha = o.alpha ?? 1;
    if (o.fill) {
      c.fillStyle = o.fill;
      c.fill();
    }
    if (o.stroke) {
      c.globalAlpha = o.strokeAlpha ?? o.alpha ?? 1;
      c.strokeStyle = o.stroke;
      c.lineWidth = o.width || 1;
      c.setLineDash(o.dash || []);
      c.stroke();
    }
    c.globalAlpha = 1;
  };
  return {
    colours,
    line: (points, o) =>
      paint(o, () => {
        let down = false;
        for (let i = 0; i < points.length; i += 2) {
          const x = points[i], y = points[i + 1];
          if (!seen(x, y)) {
            const far = Math.max(Math.abs(x), Math.abs(y));
            if (down && Number.isFinite(far)) c.lineTo((9e4 * x) / far, (9e4 * y) / far); // the step that leads out of sight
            down = false;
          }
          else if (down) c.lineTo(x, y);
          else {
            c.moveTo(x, y);
            down = true;
          }
        }
        if (o.close) c.closePath();
      }),
    dots: (points, r, o) =>
      paint(o, () => {
        for (let i = 0; i < points.length; i += 2) {
          if (!seen(points[i], points[i + 1])) continue;
          c.moveTo(points[i] + r, points[i + 1]);
          c.arc(points[i], points[i + 1], r, 0, 7);
        }
      }),
    dot(x, y, r, o) {
      this.dots([x, y], r, o);
    },
    box: (x, y, w, h, o) => paint(o, () => c.rect(x, y, w, h)),
    text: (text, x, y, o = {}) => {
      const wanted = `${o.weight || 400} ${o.size || 13}px ${colours.font}`;
      c.globalAlpha = o.alpha ?? 1;
      if (font !== wanted) c.font = font = wanted;
      c.textAlign = o.anchor === "middle" ? "center" : o.anchor || "start";
      if (o.halo) {
        c.lineWidth = 4;
        c.setLineDash([]);
        c.strokeStyle = o.halo;
        c.strokeText(text, x, y);
      }
      c.fillStyle = o.fill || colours.ink;
      c.fillText(text, x, y);
      c.globalAlpha = 1;
    },
    within: (x, y, w, h, draw) => {
      c.save();
      c.beginPath();
      c.rect(x, y, w, h);
      c.clip();
      draw();
      c.restore();
    },
  };
};
const canvasPen = (canvas, width, height, colours) => {
  const ratio = Math.min(3, devicePixelRatio || 1), c = canvas.getContext("2d"), wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
  }
  c.setTransform(ratio, 0, 0, ratio, 0, 0);
  c.clearRect(0, 0, width, height);
  c.lineJoin = "round";
  return penOf(c, colours);
};

let clips = 0;
const svgPen = (colours) => {
  const out = [], n = (z) => Math.round(z * 10) / 10, safe = (text) => String(text).replace(/[&<>"]/g, (it) => `&#${it.charCodeAt()};`);
  let d = "", dash = [];
  const add = (x) => (d += x), path = (style) => d && out.push(`<path d="${d}" ${style}/>`);
  const lined = () => `stroke="${c.strokeStyle}" stroke-width="${c.lineWidth}" stroke-opacity="${c.globalAlpha}" stroke-linejoin="round"`;
  const written = (text, x, y, style) => {
    const [, weight, size] = /(\d+) ([\d.]+)px/.exec(c.font), anchor = c.textAlign === "center" ? "middle" : c.textAlign;
    out.push(`<text x="${n(x)}" y="${n(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" ${style}>${safe(text)}</text>`);
  };
  const c = {
    beginPath: () => (d = ""),
    moveTo: (x, y) => add(`M${n(x)} ${n(y)}`),
    lineTo: (x, y) => add(`L${n(x)} ${n(y)}`),
    closePath: () => add("Z"),
    rect: (x, y, w, h) => add(`M${n(x)} ${n(y)}h${n(w)}v${n(h)}h${n(-w)}Z`),
    arc: (x, y, r) => add(`a${r} ${r} 0 1 0 ${-2 * r} 0a${r} ${r} 0 1 0 ${2 * r} 0`), // the pen is at x + r already
    setLineDash: (it) => (dash = it),
    fill: () => path(`fill="${c.fillStyle}" fill-opacity="${c.globalAlpha}"`),
    stroke: () => path(`fill="none" ${lined()}${dash.length ? ` stroke-dasharray="${dash}"` : ""}`),
    fillText: (text, x, y) => written(text, x, y, `fill="${c.fillStyle}" fill-opacity="${c.globalAlpha}"`),
    strokeText: (text, x, y) => written(text, x, y, `fill="none" ${lined()}`),
    save: () => {},
    clip: () => out.push(`<clipPath id="stage-clip-${++clips}"><path d="${d}"/></clipPath><g clip-path="url(#stage-clip-${clips})">`),
    restore: () => out.push("</g>"),
  };
  return Object.assign(penOf(c, colours), {
    at: (x, y, draw) => {
      out.push(`<g transform="translate(${n(x)} ${n(y)})">`);
      draw();
      out.push("</g>");
    },
    whole: (width, height, title) =>
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${n(width)} ${n(height)}" width="${n(width)}" height="${n(height)}" font-family="system-ui, sans-serif" role="img"><title>${safe(title)}</title>${out.join("")}</svg>`,
  });
};

// The points of a line through many values: of each pixel's width the least and the most, in their order, and the last of all. What
// lies on a level line is left out.
const thinned = (values, X, Y) => {
  const points = [], count = values.length;
  let level, held = null;
  const add = (k) => {
    const x = X(k), y = Y(values[k]), at = Math.round(2 * y);
    if (at === level) held = [x, y];
    else {
      if (held) points.push(...held);
      held = null;
      points.push(x, y);
    }
    level = at;
  };
  for (let t = 0; t < count; ) {
    const column = Math.floor(X(t));
    let low = t, high = t++;
    for (; t < count && Math.floor(X(t)) === column; t++) {
      if (values[t] < values[low]) low = t;
      if (values[t] > values[high]) high = t;
    }
    add(Math.min(low, high));
    if (low !== high) add(Math.max(low, high));
  }
  if (held) points.push(...held);
  if (count) points.push(X(count - 1), Y(values[count - 1]));
  return points;
};

// A chart against time, from step `first` on: `curves` are {values, colour, dash, label, alpha, width, from}; returns where t and y lie.
// A name that reaches over the ticks stands above them.
const chart = (pen, width, height, o) => {
  const c = pen.colours, left = 48, right = o.right ?? 78, top = o.name.length > 4 ? 26 : 20, bottom = 24, w = width - left - right, h = height - top - bottom;
  const { low, high, steps, first = 0 } = o, log = o.log !== false, scale = log ? Math.log10 : (z) => z, a = scale(low), b = scale(high);
  const X = (t) => left + (w * (t - first)) / (steps - first || 1), Y = (y) => top + h * (1 - (scale(y) - a) / (b - a || 1));
  const ticks = [];
  if (log) {
    const gap = Math.max(1, Math.ceil((b - a) / Math.max(2, h / 26)));
    for (let e = Math.ceil(a / gap - 1e-9) * gap; e <= b + 1e-9; e += gap) ticks.push([10 ** e, "10" + raised(e)]);
  } else for (const y of [low, (low + high) / 2, high]) ticks.push([y, say(y)]);
  for (const [y, text] of ticks) {
    pen.line([left, Y(y), left + w, Y(y)], { stroke: c.line, width: 1, alpha: 0.7 });
    pen.text(text, left - 6, Y(y) + 4, { anchor: "end", fill: c.soft, size: 12 });
  }
  const about = steps / Math.max(2, w / 70), unit = 10 ** Math.floor(Math.log10(about || 1)), gap = Math.max(1, unit * [1, 2, 5, 10].find((k) => unit * k >= about));
  for (let t = 0; t <= steps; t += gap) pen.text(minus(Math.max(t, first)), X(Math.max(t, first)), height - 6, { anchor: "middle", fill: c.soft, size: 12 });
  pen.text("t", left + w + 22, height - 6, { fill: c.soft, size: 12 });
  pen.text(o.name, 2, 12, { fill: c.soft, size: 12.5, weight: 600 });
  for (const line of o.levels || []) {
    if (!(line.at >= low && line.at <= high)) continue;
    pen.line([left, Y(line.at), left + w, Y(line.at)], { stroke: line.colour, dash: [3, 4], width: 1.4 });
  }
  const until = o.until ?? steps, labels = [];
  pen.within(left - 4, top - 6, w + 8, h + 12, () => {
    for (const { values, from = 0, colour, dash, alpha = 1, width: stroke = 2 } of o.curves) {
      const last = Math.max(0, until - from), place = (y) => (log ? y === 0 : y < low) ? top + h + 3 : Y(y); // a logarithmic axis has no 0
      if (last + 1 < values.length && !o.hide) pen.line(thinned(values.subarray(last), (t) => X(t + last + from), place), { stroke: colour, width: 1, alpha: 0.3 * alpha, dash });
      pen.line(thinned(values.subarray(0, last + 1), (t) => X(t + from), place), { stroke: colour, width: stroke, alpha, dash });
    }
  });
  for (const { values, from = 0, colour, label, alpha = 1 } of o.curves) {
    const t = Math.min(o.hide ? until : steps, values.length - 1 + from), y = values[t - from];
    if (label && right > 20) labels.push({ text: label, colour, x: X(t) + 8, y: Math.min(top + h, Math.max(top, y > 0 || !log ? Y(y) : top + h)), alpha });
  }
  for (const line of o.levels || []) {
    if (line.at >= low && line.at <= high) labels.push({ text: line.label, colour: line.colour, x: left + w + 8, y: Y(line.at) });
  }
  labels.sort((p, q) => p.y - q.y).forEach((it, i) => i && (it.y = Math.max(it.y, labels[i - 1].y + 14)));
  const over = labels.length ? Math.max(0, labels[labels.length - 1].y - (top + h + 4)) : 0;
  if (o.gate !== undefined && o.gate <= steps) {
    pen.line([X(o.gate), top - 6, X(o.gate), top + h], { stroke: c.orange, width: 1.5 });
    if (o.gateSays) pen.text(o.gateSays, X(o.gate) + 6, top + 2, { fill: c.orange, size: 12.5, weight: 600, halo: c.paper });
  }
  for (const it of labels) pen.text(it.text, it.x, it.y - over + 4, { fill: it.colour, size: 12.5, weight: 600, halo: c.paper, alpha: it.alpha });
  for (const t of [o.t, o.peek]) {
    if (t === undefined || t === null) continue;
    pen.line([X(t), top - 6, X(t), top + h], { stroke: c.ink, width: 1, alpha: t === o.t ? 0.7 : 0.35 });
    for (const { values, from = 0, colour, alpha = 1 } of o.curves) {
      const y = values[t - from];
      if (y >= low || !log) pen.dot(X(t), Y(Math.max(low, y)), 4, { fill: colour, stroke: c.paper, width: 1.5, alpha });
    }
  }
  return { X, time: (x) => Math.max(first, Math.min(steps, Math.round(first + ((x - left) / w) * (steps - first)))) };
};

// The least and the largest finite number of several lists, and 0.
const ends = (lists) => {
  let low = 0, high = 0;
  for (const list of lists) {
    for (const y of list) {
      if (y < low && Number.isFinite(y)) low = y;
      if (y > high && Number.isFinite(y)) high = y;
    }
  }
  return [low, high];
};
const limits = (lists, least = 1e-30) => {
  let low = Infinity, high = 0;
  for (const list of lists) {
    for (const y of list) {
      if (y > 0 && y < low) low = y;
      if (y > high && Number.isFinite(y)) high = y;
    }
  }
  if (!high) return [0.1, 10];
  low = Math.max(low, least, high * 1e-40);
  return [10 ** Math.floor(Math.log10(low) - 0.15), 10 ** Math.ceil(Math.log10(Math.min(high, 1e30)) + 0.15)];
};

// Knobs: a slider and the value beside it, which can be typed. `scales` map a slider's 0…1000 to values and back.
const rounded = (z) => Number(z.toPrecision(z && Math.abs(z) < 1e-3 ? 2 : 3));
const SCALES = {
  log: (low, high) => ({ from: (u) => rounded(low * (high / low) ** u), to: (z) => Math.log(z / low) / Math.log(high / low) }),
  log0: (low, high) => ({
    from: (u) => (u <= 0 ? 0 : rounded(low * (high / low) ** u)),
    to: (z) => (z > 0 ? Math.log(z / low) / Math.log(high / low) : 0),
  }),
  // Evenly in the number of gradients remembered, 1/(1−α).
  memory: () => ({ from: (u) => Number((1 - Number((10 ** (-4 * u)).toPrecision(2))).toPrecision(6)), to: (z) => -Math.log10(1 - z) / 4 }),
  plain: (low, high, unit = 0.01) => ({ from: (u) => Number((Math.round((low + u * (high - low)) / unit) * unit).toPrecision(6)), to: (z) => (z - low) / (high - low) }),
};
const KNOBS = {
  lr: { sign: "γ", scale: SCALES.log(1e-4, 100), range: [0, 1e6], open: true, say: "lr" },
  alpha: { sign: "α", scale: SCALES.memory(), range: [0, 1], below: true, say: "alpha" },
  beta: { sign: "β", scale: SCALES.memory(), range: [0, 1], below: true, say: "beta" },
  beta1: { sign: "β₁", scale: SCALES.memory(), range: [0, 1], below: true, say: "beta" },
  beta2: { sign: "β₂", scale: SCALES.memory(), range: [0, 1], below: true, say: "alpha" },
  eps: { sign: "ε", scale: SCALES.log0(1e-12, 100), range: [0, 1e6], say: "eps" },
  lam1: { sign: "λ₁", scale: SCALES.log(0.01, 100), range: [0, 1e6], open: true, say: "lam" },
  lam2: { sign: "λ₂", scale: SCALES.log(0.01, 100), range: [0, 1e6], open: true, say: "lam" },
  angle: { sign: "θ", scale: SCALES.plain(-90, 90, 1), range: [-360, 360], unit: "°", say: "angle" },
  at1: { sign: "x₁*", scale: SCALES.plain(-5, 5, 0.05), range: [-100, 100], say: "minimum" },
  at2: { sign: "x₂*", scale: SCALES.plain(-5, 5, 0.05), range: [-100, 100], say: "minimum" },
  start1: { sign: "x₁", scale: SCALES.plain(-6, 6, 0.05), range: [-1000, 1000], say: "start" },
  start2: { sign: "x₂", scale: SCALES.plain(-6, 6, 0.05), range: [-1000, 1000], say: "start" },
  sigma: { sign: "σ", scale: SCALES.log0(0.001, 10), range: [0, 1000], say: "noise" },
  steps: { sign: "T", scale: SCALES.log(10, 5000), range: [1, 1e5], whole: true, say: "steps" },
  rho: { sign: "ρ", scale: SCALES.plain(0.5, 1, 0.005), range: [0, 2], say: "rho" },
};
const whatIsWrong = (key, z) => {
  const { range: [low, high], open, below, whole } = KNOBS[key];
  const ok = Number.isFinite(z) && (open ? z > low : z >= low) && (below ? z < high : z <= high) && (!whole || Number.isInteger(z));
  const symbol = KNOBS[key].sign, high10 = say(high);
  return ok ? "" : fill(W[whole ? "must_whole" : "must"], { range: `${minus(low)} ${open ? "<" : "≤"} ${symbol} ${below ? "<" : "≤"} ${high10}` });
};
const number = (text) => {
  const plain = String(text).trim().replace(/[−–]/g, "-").replace(",", ".").replace(/(^|·)10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)/, (_, dot, e) => (dot ? "e" : "1e") + [...e].map((d) => (d === "⁻" ? "-" : RAISED.indexOf(d))).join(""));
  return plain ? Number(plain.replace(/°$/, "")) : NaN;
};

let ids = 0;
const knob = (key, get, set, complain, title = "") => {
  const { sign: symbol, scale, unit = "", whole } = KNOBS[key], id = `stage-knob-${++ids}`, name = W.knobs[KNOBS[key].say];
  let shown;
  const slide = el("input", { type: "range", id, min: 0, max: 1000, step: key === "angle" ? 1000 / 180 : 1 });
  const field = el("input", { type: "text", inputmode: "decimal", class: "stage-number", "aria-label": `${symbol}, ${name}${title && `, ${title}`}`, title: title || name, autocomplete: "off", size: 7 });
  slide.addEventListener("input", () => {
    const z = scale.from(slide.value / 1000);
    set(whole ? Math.round(z) : z);
    sync();
  });
  const typed = () => {
    const z = number(field.value), wrong = whatIsWrong(key, z);
    if (wrong) {
      complain(fill(W.typed_bad, { what: `${symbol} = ${field.value.slice(0, 20)}`, must: wrong, value: exact(get()) }));
    } else {
      complain("");
      set(z);
    }
    show();
  };
  const show = () => {
    const z = get();
    field.value = Math.abs(z) > 0 && (Math.abs(z) < 1e-3 || Math.abs(z) >= 1e5) ? say(z, 6) : exact(z) + unit;
  };
  field.addEventListener("change", typed);
  const sync = () => {
    const z = get();
    if (z === shown) return;
    shown = z;
    slide.value = Math.max(0, Math.min(1000, 1000 * scale.to(z)));
    slide.setAttribute("aria-valuetext", `${symbol} = ${exact(z)}${unit}`);
    if (document.activeElement !== field) show();
  };
  const row = el("div", { class: "stage-knob" }, el("label", { for: id }, el("b", {}, symbol), el("span", {}, ` ${name}`)), slide, field);
  if (title) slide.setAttribute("aria-label", `${symbol}, ${name}, ${title}`);
  sync();
  return Object.assign(row, { sync });
};

const check = (text, get, set) => {
  const box = el("input", { type: "checkbox" }), row = el("label", { class: "stage-check" }, box, ` ${text}`);
  box.addEventListener("change", () => set(box.checked));
  return Object.assign(row, { sync: () => (box.checked = get()), box });
};

// A list of few: radio buttons that look like chips.
const choice = (name, options, get, set) => {
  const group = `stage-choice-${++ids}`, inputs = [];
  const row = el("fieldset", { class: "stage-choice" }, el("legend", {}, name));
  for (const [value, text] of options) {
    const input = el("input", { type: "radio", name: group, onchange: () => set(value) });
    inputs.push([input, value]);
    row.append(el("label", {}, input, el("span", {}, text)));
  }
  return Object.assign(row, { sync: () => inputs.forEach(([input, value]) => (input.checked = value === get())) });
};

const download = (name, text) => {
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "image/svg+xml" })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};
const footOf = (link, picture, again) => {
  const copied = el("span", { class: "stage-copied", role: "status" });
  return el("div", { class: "stage-foot" },
    button(W.copy, async () => {
      const text = link();
      try {
        await navigator.clipboard.writeText(text);
        copied.textContent = W.copied;
        setTimeout(() => (copied.textContent = ""), 2500);
      } catch {
        copied.replaceChildren(el("input", { type: "text", readonly: true, value: text, "aria-label": W.copy }));
        copied.firstChild.select();
      }
    }, { class: "stage-plain" }),
    button(W.svg, () => download("rmsprop-stage.svg", picture()), { class: "stage-plain" }), again ? button(W.reset, again, { class: "stage-plain" }) : "", copied);
};
// What the page looks like has changed: its room, its mode, its colours.
const watched = (it, look) => {
  new ResizeObserver(look).observe(it);
  new MutationObserver(look).observe(document.documentElement, { attributes: true, attributeFilter: ["data-mode"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", look);
};
// A handle that the arrow keys move: by one to a side, and by `far` with the shift key.
const arrows = (it, far, press) => it.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!by) return;
  event.preventDefault();
  press(...by.map((z) => z * (event.shiftKey ? far : 1)));
});
// One that a finger holds until it lets go.
const held = (it, focus) => it.addEventListener("pointerdown", (event) => {
  it.setPointerCapture(event.pointerId);
  focus.focus({ preventScroll: true });
  event.preventDefault();
});
// On paper stands what the reader has set, unless the drawn figure shows that already.
const printed = (box, picture, changed) => {
  const still = box.querySelector(".stage-still"), drawn = [...still.childNodes];
  addEventListener("beforeprint", () => {
    still.replaceChildren(...(changed() ? [document.importNode(new DOMParser().parseFromString(picture(), "image/svg+xml").documentElement, true)] : drawn));
  });
};
// Whose the address is: the name before its first =. What cannot be decoded is nobody's.
const addressed = () => {
  try {
    return decodeURIComponent(location.hash.slice(1).split("=")[0]);
  } catch {
    return "";
  }
};
const presented = () => document.body.classList.contains("presents"); // then the address is the slide's
const begin = (views) => {
  for (const box of document.querySelectorAll(".stage[data-set]")) {
    const given = JSON.parse(box.dataset.set);
    if (!views[given.view]) continue;
    views[given.view](box, given);
    box.classList.add("stage-on");
  }
};
const paint = (canvas, height, colours, draw) => canvas.clientWidth && draw(canvasPen(canvas, canvas.clientWidth, height, colours), canvas.clientWidth, height);
const complaints = () => {
  const it = el("p", { class: "stage-trouble", role: "status", hidden: true });
  return [it, (text) => {
    write(it, text);
    it.hidden = !text;
  }];
};
