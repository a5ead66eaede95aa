// What a stage computes: the interpreter of the rules, the landscapes, the noise, a run. Nothing here touches the page.
// The rules are no JavaScript: they are the texts that course/stage.py takes from rmsprop_lib/optimizers.py.

// Products and powers with twice the digits, so that beta**t is the double that C's pow gives Python.
const product = (a, b) => {
  const p = a * b, s = 134217729 * a, t = 134217729 * b;
  const ah = s - (s - a), bh = t - (t - b), al = a - ah, bl = b - bh;
  return [p, ((ah * bh - p) + ah * bl + al * bh) + al * bl];
};
const times = (a, b) => {
  const [p, e] = product(a[0], b[0]), low = e + (a[0] * b[1] + a[1] * b[0]), high = p + low;
  return [high, low - (high - p)];
};
const tables = new Map(); // of the powers of a base, one after the other, for beta**t
const inTable = (a, n) => {
  let table = tables.get(a);
  if (!table) {
    if (tables.size > 50) tables.clear();
    tables.set(a, (table = { found: [1], last: [1, 0] }));
  }
  while (table.found.length <= n) {
    table.last = times(table.last, [a, 0]);
    table.found.push(table.last[0] + table.last[1]);
  }
  return table.found[n];
};
const power = (a, n, fixed) => {
  if (!Number.isInteger(n) || n < 0 || n > 1e5) return Math.pow(a, n);
  if (fixed && Math.abs(a) < 1) return inTable(a, n);
  let made = [1, 0], base = [a, 0];
  for (let k = n; k; k = Math.floor(k / 2)) {
    if (k % 2) made = times(made, base);
    if (k > 1) base = times(base, base);
  }
  const found = made[0] + made[1];
  return Number.isFinite(found) ? found : Math.pow(a, n);
};

// sin and cos to the last digit, by their series in whole numbers of 2⁻¹⁶⁰.
const sine = (angle, cosine) => {
  if (Math.abs(angle) < 1e-9) return cosine ? 1 : angle;
  const one = 1n << 160n, x = BigInt(angle * 2 ** 100) << 60n;
  let term = cosine ? one : x, sum = 0n;
  for (let k = cosine ? 1n : 2n; term; k += 2n) {
    sum += term;
    term = (-term * x * x / (k * (k + 1n))) >> 320n;
  }
  return Number(sum >> 60n) / 2 ** 100;
};

// The rules' language: assignments and expressions, valid Python -----------------------------------------------------------

const LONGEST = 2000, DEEPEST = 80;
const GREEK = { "α": "alpha", "β": "beta", "γ": "lr", "ε": "eps", "β1": "beta1", "β2": "beta2", "β₁": "beta1", "β₂": "beta2" };
const FUNCTIONS = {
  sqrt: Math.sqrt, abs: Math.abs, sign: Math.sign, exp: Math.exp, log: Math.log,
  maximum: Math.max, minimum: Math.min, max: Math.max, min: Math.min,
  clip: (a, low, high) => Math.min(Math.max(a, low), high),
  sum: (values) => values.reduce((a, b) => a + b, 0),
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  norm: (values) => Math.sqrt(values.reduce((a, b) => a + b * b, 0)),
};
const OVER_ALL = new Set(["sum", "mean", "norm"]);
const ARGUMENTS = { maximum: 2, minimum: 2, max: 2, min: 2, clip: 3 };

class Slip extends Error {
  constructor(say, at, what = "") {
    super(say);
    Object.assign(this, { say, line: at.line, column: at.column, what: String(what).slice(0, 40) });
  }
}

const tokens = (text) => {
  if (text.length > LONGEST) throw new Slip("long", { line: 1, column: 1 }, text.length);
  const found = [], pattern = /([ \t\r\f\u00a0]+|#[^\n]*)|((?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|([A-Za-z_\u0370-\u03ff][\w\u0370-\u03ff₀-₉.]*)|(\*\*=?|[-+*/]=|[-+*/(),=\n;])|([^])/gu;
  let line = 1, begins = 0, open = 0, end = 0;
  for (const [all, space, number, name, sign, odd] of text.matchAll(pattern)) {
    const at = { line, column: end - begins + 1 };
    end += all.length;
    if (odd !== undefined) throw new Slip(odd === "^" ? "caret" : "odd", at, odd);
    if (sign === "(") open++;
    if (sign === ")") open--;
    if (sign === "\n") {
      line++;
      begins = end;
    }
    if (space || (sign === "\n" && open > 0)) continue;
    const bare = name && name.replace(/^(np|numpy|math|torch|self)\.(linalg\.)?/, "");
    const kind = number ? "number" : name ? "name" : sign === "\n" || sign === ";" ? "end" : sign;
    found.push({ ...at, kind, text: all, value: number ? Number(number) : GREEK[bare] || bare });
  }
  found.push({ line, column: end - begins + 1, kind: "end", text: "" });
  return found;
};

// The program of a text: a list of {name, tree, line, column, reads}. Throws a Slip, which says what is wrong and where.
const parse = (text) => {
  const list = tokens(text), program = [];
  let i = 0, depth = 0, reads;
  const next = () => list[i], take = () => list[i++];
  const binary = (signs, part) => () => {
    let left = part();
    while (signs.includes(next().kind)) {
      const at = take();
      left = { op: at.kind, args: [left, part()], at };
    }
    return left;
  };
  const unary = () => {
    if (++depth > DEEPEST) throw new Slip("deep", next());
    const at = next();
    let made;
    if (at.kind === "-" || at.kind === "+") {
      take();
      made = at.kind === "-" ? { op: "neg", args: [unary()], at } : unary();
    } else {
      made = atom();
      if (next().kind === "**") made = { op: "**", at: take(), args: [made, unary()] };
    }
    depth--;
    return made;
  };
  const atom = () => {
    const at = take();
    if (at.kind === "number") return { op: "number", value: at.value, at };
    if (at.kind === "name" && next().kind === "(") {
      const args = [], open = take();
      if (!Object.hasOwn(FUNCTIONS, at.value)) throw new Slip("function", at, at.text);
      if (next().kind !== ")") {
        args.push(sum());
        while (next().kind === ",") args.push((take(), sum()));
      }
      close(open);
      if (args.length !== (ARGUMENTS[at.value] || 1)) throw new Slip("arguments", at, at.text);
      return { op: "call", name: at.value, args, at };
    }
    if (at.kind === "name") {
      reads.set(at.value, at);
      return { op: "name", name: at.value, at };
    }
    if (at.kind === "(") {
      const inside = sum();
      close(at);
      return inside;
    }
    i--;
    throw new Slip(at.kind === "end" ? "ends" : at.kind === ")" ? "closing" : "misplaced", at, at.text);
  };
  const close = (open) => {
    if (next().kind === ")") return take();
    throw next().kind === "end" ? new Slip("opening", open) : new Slip("misplaced", next(), next().text);
  };
  const sum = binary(["+", "-"], binary(["*", "/"], unary));
  while (i < list.length) {
    if (next().kind === "end") {
      i++;
      continue;
    }
    const target = take(), equals = next();
    reads = new Map();
    if (target.kind !== "name" || !/^([-+*/]|\*\*)?=$/.test(equals.kind)) {
      const wrong = target.kind === "name" && equals.kind !== "end" ? equals : target;
      throw new Slip(wrong.kind === ")" ? "closing" : "assignment", wrong, wrong.text);
    }
    take();
    let tree = sum();
    if (equals.kind !== "=") {
      reads.set(target.value, target);
      tree = { op: equals.kind.slice(0, -1), args: [{ op: "name", name: target.value, at: target }, tree], at: equals };
    }
    if (next().kind !== "end") throw new Slip(next().kind === ")" ? "closing" : next().kind === "=" ? "equals" : "misplaced", next(), next().text);
    program.push({ name: target.value, tree, reads, line: target.line, column: target.column });
  }
  if (!program.length) throw new Slip("empty", { line: 1, column: 1 });
  return program;
};

const CONSTANT = 0, SCALAR = 1, ARRAY = 2;

// A machine that executes a program: `slots` holds the values of its names, one a coordinate. Every operation is a closure that
// writes its result, for all coordinates, into an array of its own; a statement is the list of its operations, the innermost first.
// In single precision everything that has coordinates is rounded after every operation, and what has none is not: so does NumPy.
const machine = (program, params, n, single, more = []) => {
  const arrays = ["x", "g", ...more], slots = new Map(), kinds = new Map(arrays.map((name) => [name, ARRAY])), round = single ? Math.fround : (z) => z;
  const assigned = new Set(program.map((it) => it.name));
  for (const { reads } of program) {
    for (const [read, at] of reads) {
      if (!assigned.has(read) && read !== "t" && !arrays.includes(read) && !Object.hasOwn(params, read)) throw new Slip("name", at, at.text);
    }
  }
  for (const name of ["t", ...arrays, ...assigned]) slots.set(name, new Float64Array(n));
  const kindOf = (tree) =>
    tree.op === "number" ? CONSTANT
    : tree.op === "name" ? kinds.get(tree.name) ?? (slots.has(tree.name) ? SCALAR : CONSTANT)
    : OVER_ALL.has(tree.name) ? ARRAY
    : Math.max(...tree.args.map(kindOf));
  for (let again = true; again; ) {
    again = false;
    for (const { name, tree } of program) {
      if (kinds.get(name) !== ARRAY && kindOf(tree) === ARRAY) {
        kinds.set(name, ARRAY);
        again = true;
      }
    }
  }

  // Adds the operations of a tree to `list` and returns the array in which its value will stand.
  const build = (tree, list) => {
    const { op, name, args, at } = tree;
    if (op === "name" && slots.has(name)) return slots.get(name);
    const out = new Float64Array(n), kind = kindOf(tree);
    if (!args) return out.fill(op === "number" ? tree.value : params[name]);
    const from = args.map((arg) => {
      const values = build(arg, list), own = kindOf(arg);
      if (!single || own === kind || kind < ARRAY) return values;
      const copy = values.map(round);
      if (own === SCALAR) list.push({ at: arg.at, from: [], out: copy, go: () => copy.fill(round(values[0])) });
      return copy;
    });
    const go = operation(tree, from, out, kind);
    if (kind === CONSTANT) go();
    else list.push({ at, from, out, go: single && kind === ARRAY ? () => { go(); for (let i = 0; i < n; i++) out[i] = Math.fround(out[i]); } : go });
    return out;
  };
  const operation = ({ op, name, args }, [a, b, c], o, kind) => {
    if (op === "+") return () => { for (let i = 0; i < n; i++) o[i] = a[i] + b[i]; };
    if (op === "-") return () => { for (let i = 0; i < n; i++) o[i] = a[i] - b[i]; };
    if (op === "*") return () => { for (let i = 0; i < n; i++) o[i] = a[i] * b[i]; };
    if (op === "/") return () => { for (let i = 0; i < n; i++) o[i] = a[i] / b[i]; };
    if (op === "neg") return () => { for (let i = 0; i < n; i++) o[i] = -a[i]; };
    const exponent = op === "**" && kindOf(args[1]) === CONSTANT ? b[0] : NaN;
    if (exponent === 2) return () => { for (let i = 0; i < n; i++) o[i] = a[i] * a[i]; };
    if (name === "sqrt" || (exponent === 0.5 && kind === ARRAY)) return () => { for (let i = 0; i < n; i++) o[i] = Math.sqrt(a[i]); };
    if (op === "**") {
      const fixed = kindOf(args[0]) === CONSTANT;
      return kind < ARRAY ? () => o.fill(power(a[0], b[0], fixed)) : () => { for (let i = 0; i < n; i++) o[i] = power(a[i], b[i], fixed); };
    }
    const f = FUNCTIONS[name];
    if (OVER_ALL.has(name)) return () => o.fill(f(a));
    return c ? () => { for (let i = 0; i < n; i++) o[i] = f(a[i], b[i], c[i]); } : b ? () => { for (let i = 0; i < n; i++) o[i] = f(a[i], b[i]); } : () => { for (let i = 0; i < n; i++) o[i] = f(a[i]); };
  };

  const made = program.map(({ name, tree }) => {
    const list = [], from = build(tree, list);
    return { tree, list, go: list.map((it) => it.go), from, to: slots.get(name) };
  });
  const it = { slots, bad: null, steps: 0 };
  it.exec = (k) => {
    const { tree, list, go, from, to } = made[k];
    for (let j = 0; j < go.length; j++) go[j]();
    for (let i = 0; i < n; i++) {
      // A NaN comes from the first operation that makes it of numbers.
      if (from[i] !== from[i] && !it.bad) it.bad = { ...(list.find((one) => Number.isNaN(one.out[i]) && !one.from.some((values) => Number.isNaN(values[i]))) || tree).at, step: it.steps, coordinate: i };
      to[i] = from[i];
    }
  };
  it.step = () => {
    it.steps++;
    if (!assigned.has("t")) slots.get("t").fill(it.steps);
    for (let k = 0; k < made.length; k++) it.exec(k);
  };
  // What it remembers begins at 0, or at what `init` says; a parameter that the program changes begins as it is.
  it.begin = (x0, init = {}) => {
    for (const [name, values] of slots) values.fill(init[name] ?? params[name] ?? 0);
    slots.get("x").set(x0.map(round));
    it.steps = 0;
    it.bad = null;
  };
  return it;
};

// Landscapes, as in rmsprop_lib/objectives.py -------------------------------------------------------------------------------

const PLAIN = {
  valley: ([l1, l2], r) => ({
    value: (a, b) => r(r(0.5) * r(r(r(l1) * r(a * a)) + r(r(l2) * r(b * b)))),
    slope: (a, b) => [r(r(l1) * a), r(r(l2) * b)],
  }),
  saddle: (_, r) => ({ value: (a, b) => r(0.5 * r(r(a * a) - r(b * b))), slope: (a, b) => [a, -b] }),
  rosenbrock: (_, r) => ({
    value: (a, b) => {
      const d = r(1 - a), w = r(b - r(a * a));
      return r(r(d * d) + r(100 * r(w * w)));
    },
    slope: (a, b) => {
      const w = r(b - r(a * a));
      return [r(r(-2 * r(1 - a)) - r(r(400 * a) * w)), r(200 * w)];
    },
  }),
  absolute: (_, r) => ({ value: (a, b) => r(Math.abs(a) + Math.abs(b)), slope: (a, b) => [Math.sign(a), Math.sign(b)] }),
};

const landscape = ({ objective = "valley", lam = [0.2, 4], angle = 0, minimum = [0, 0], float32 = false }) => {
  const r = float32 ? Math.fround : (z) => z;
  const plain = PLAIN[objective](lam, r), radians = angle * (Math.PI / 180);
  const c = sine(radians, true), s = sine(radians, false), [m1, m2] = minimum.map(r), moved = m1 || m2;
  const turn = (a, b, s) => [r(r(r(c) * a) - r(r(s) * b)), r(r(r(s) * a) + r(r(c) * b))];
  const back = (x) => {
    if (!moved && !angle) return x;
    const a = moved ? r(x[0] - m1) : x[0], b = moved ? r(x[1] - m2) : x[1];
    return angle ? turn(a, b, -s) : [a, b];
  };
  return {
    value: (x) => {
      const y = back(x);
      return plain.value(y[0], y[1]);
    },
    slope: (x) => {
      const y = back(x), g = plain.slope(y[0], y[1]);
      return angle ? turn(g[0], g[1], s) : g;
    },
    // From the landscape's own coordinates to the plane's.
    place: ([a, b]) => [c * a - s * b + minimum[0], s * a + c * b + minimum[1]],
    own: ([a, b]) => [c * (a - minimum[0]) + s * (b - minimum[1]), c * (b - minimum[1]) - s * (a - minimum[0])],
    turned: [c, s],
  };
};

// Noise: mulberry32, and of every twelve uniform numbers the sum less 6, of mean 0 and spread 1. Only sums of whole numbers, so
// that the same seed gives the same doubles in any language: course/stage.py has it in Python.
const drawn = new Map();
const noise = (seed, count) => {
  const key = `${seed} ${count}`;
  if (drawn.has(key)) return drawn.get(key);
  const values = new Float64Array(count);
  let state = seed >>> 0;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = 0; k < 12; k++) {
      state = (state + 0x6d2b79f5) >>> 0;
      let z = Math.imul(state ^ (state >>> 15), state | 1);
      z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
      sum += (z ^ (z >>> 14)) >>> 0;
    }
    values[i] = sum / 4294967296 - 6;
  }
  if (drawn.size > 8) drawn.clear();
  drawn.set(key, values);
  return values;
};

// Runs ---------------------------------------------------------------------------------------------------------------------

// setup: {program, params, init, start, steps, sigma, seed, float32, and what `landscape` takes}, or `given`, the gradients of
// one coordinate. `old` is a run that nobody needs any more: its room is used again. Index t of x, f and v is after t steps; g[t] is taken at x[t].
// With `given`, x[t + 1] is the step that g[t] led to, and not where it led.
const run = (setup) => {
  const { program, params, init, start, steps, sigma = 0, seed = 1, float32 = false, given } = setup;
  const n = start.length, m = machine(program, params, n, float32);
  m.begin(start, init);
  const x = m.slots.get("x"), g = m.slots.get("g"), v = m.slots.get("v"), hat = m.slots.get("v_hat");
  const land = given || setup.curve ? null : landscape(setup), round = float32 ? Math.fround : (z) => z;
  const noisy = sigma && !given ? noise(seed, steps * n) : null;
  const room = (key, size = (steps + 1) * n) => (setup.old?.[key]?.length === size ? setup.old[key] : new Float64Array(size));
  const made = { n, steps, x: room("x"), g: room("g"), f: room("f", steps + 1), bad: null };
  if (v) made.v = room("v");
  if (hat) made.hat = room("hat");
  const kept = [[x, made.x], [g, made.g], [v, made.v], [hat, made.hat]].filter(([values]) => values);
  for (let t = 0; ; t++) {
    if (given) g[0] = given[Math.min(t, steps - 1)];
    else if (land) {
      const slope = land.slope(x);
      g[0] = slope[0];
      g[1] = slope[1];
      made.f[t] = land.value(x);
    } else g[0] = setup.curve * x[0];
    if (noisy && t < steps) for (let i = 0; i < n; i++) g[i] = round(g[i] + sigma * noisy[t * n + i]);
    for (let k = 0; k < kept.length; k++) for (let i = 0; i < n; i++) kept[k][1][t * n + i] = kept[k][0][i];
    if (t === steps) break;
    if (t === setup.keep) made.kept = new Map([...m.slots].map(([name, values]) => [name, [...values]]));
    if (given) x.fill(0); // so that x is this step alone, with all its digits
    m.step();
  }
  made.bad = m.bad;
  made.low = 0;
  for (let t = 1; t <= steps; t++) if (made.f[t] < made.f[made.low]) made.low = t;
  return made;
};

// What the names of each statement are at step t ≥ 1, read and then assigned; one list of coordinates each.
const trace = (setup, made, t) => {
  const { program, params, init, start, float32 } = setup, n = made.n, m = machine(program, params, n, float32);
  m.begin(start, init);
  const put = (k) => m.slots.get("g").set(made.g.subarray(k * n, (k + 1) * n)), known = setup.keep === t - 1 && made.kept;
  if (known) for (const [name, values] of known) m.slots.get(name).set(values);
  if (known) m.steps = t - 1;
  for (let k = known ? t : 0; k < t - 1; k++) {
    put(k);
    m.step();
  }
  put(t - 1);
  m.steps++;
  if (!program.some((it) => it.name === "t")) m.slots.get("t").fill(m.steps);
  return program.map(({ name, reads }, k) => {
    const value = (it) => (m.slots.has(it) ? [...m.slots.get(it)] : new Array(n).fill(params[it]));
    const read = new Map([...reads.keys()].map((it) => [it, value(it)]));
    m.exec(k);
    return { name, read, made: value(name) };
  });
};

// The γ whose largest f over the last quarter of the run is the smallest, among 97 of them from 10⁻⁴ to 10⁴, and then between.
const bestRate = (setup) => {
  const worst = (lr) => {
    const made = run({ ...setup, params: { ...setup.params, lr } });
    let most = -Infinity;
    for (let t = Math.ceil(0.75 * made.steps); t <= made.steps; t++) {
      if (!(made.f[t] <= most)) most = made.f[t];
      if (made.f[t] !== made.f[t]) return Infinity;
    }
    return most;
  };
  let best = [Infinity, setup.params.lr];
  const look = (lr) => {
    const found = worst((lr = Number(lr.toPrecision(3))));
    if (found < best[0]) best = [found, lr];
  };
  for (let k = 0; k <= 96; k++) look(10 ** (k / 12 - 4));
  const around = best[1];
  for (let k = -12; k <= 12; k++) look(around * 10 ** (k / 150));
  return best[1];
};

// What becomes of a run of one coordinate: "rests", "cycles", "bursts", "waits", "diverges" or "moves" (none of these yet). A run that
// crosses the minimum is near it for a moment, so what counts is the largest of 25 steps; it waits when it has begun to rise, unseen yet.
const fate = (made) => {
  const { x, steps } = made, size = Math.abs(x[0]) || 1;
  const most = (from, to) => {
    let found = 0;
    for (let t = from; t <= to; t++) {
      const a = Math.abs(x[t]);
      if (!(a <= found)) found = a;
    }
    return found;
  };
  const end = most(Math.ceil(0.875 * steps), steps), middle = most(Math.ceil(0.75 * steps), 0.875 * steps);
  if (!(end < 1e6 * size)) return "diverges";
  let low = Infinity, rise = 1, top = 0;
  for (let t = 0; t <= steps; t += 25) {
    const a = most(t, Math.min(steps, t + 24));
    if (a < low) low = a;
    else if (low > 0 && a / low > rise) [rise, top] = [a / low, a];
  }
  if (end <= 1e-6 * size && end <= middle) return "rests";
  let same = true;
  for (let t = Math.ceil(0.9 * steps); t + 2 <= steps; t++) same &&= Math.abs(x[t + 2] - x[t]) <= 0.01 * end && x[t] * x[t + 1] < 0;
  if (same) return "cycles";
  if (rise > 1e3) return top > 1e-6 * size ? "bursts" : "waits";
  return end < 0.9 * middle ? "rests" : "moves";
};

// What a step of RMSprop that the reader wrote is, in the sentences of rmsprop_lib/check.py, by its inputs and its tables.
const known = new Map(); // what the formulas of the tables are at the inputs
const verdict = (program, table) => {
  const same = (a, b) => a === b || (a !== a && b !== b) || Math.abs(a - b) <= 1e-9 + 1e-6 * Math.abs(b);
  const remembered = program.find((it) => it.name === "v")?.name || program.find((it) => !["x", "t", "lr", "alpha", "eps"].includes(it.name))?.name;
  // The reader's step at every input; `order` says which of γ, α and ε each of their names means.
  const tried = (order) => table.inputs.map(([x, v, g, ...rates], i) => {
    const [lr, alpha, eps] = order.map((k) => rates[k]), m = machine(program, { lr, alpha, eps, beta: alpha, beta1: alpha, beta2: alpha, t: i + 1 }, x.length, false);
    m.begin(x);
    m.slots.get(remembered)?.set(v);
    m.slots.get("g").set(g);
    m.step();
    return { i, x: [...m.slots.get("x")], v: [...(m.slots.get(remembered) || v)] };
  });
  const value = (text, { i, x: made }, v) => {
    const key = `${i} ${text} ${v || ""}`, [x, old, g, lr, alpha, eps, w] = table.inputs[i];
    if (known.has(key) && !text.includes("made")) return known.get(key);
    const m = machine(parse(`result = ${text}`), { lr, alpha, eps }, x.length, false, ["v", "w", "made"]);
    m.begin(x);
    const names = { v: old, g, w: v ? value(v, { i }) : w, made };
    for (const name in names) if (names[name]) m.slots.get(name).set(names[name]);
    m.slots.get("t").fill(i + 1);
    m.exec(0);
    const found = [...m.slots.get("result")];
    known.set(key, found);
    return found;
  };
  const fits = (tries, part, text, v) => tries.every((one) => value(text, one, v).every((z, k) => same(one[part][k], z)));
  const first = (tries, list, part, v) => list.find(([, formulas]) => formulas.some((text) => fits(tries, part, text, v)));
  // The names of the mistakes in the line for x, behind this line for v: one, or two where undoing one of them leaves another.
  const inStep = (tries, v) => {
    const one = first(tries, [...table.right, ...table.x], "x", v);
    if (one) return [one[0]];
    for (const [sentence, [undo]] of table.undone) {
      const more = first(tries.map((it) => ({ ...it, x: value(undo, it) })), table.x, "x", v);
      if (more) return [sentence, more[0]];
    }
    return [];
  };
  const tries = tried([0, 1, 2]);
  if (fits(tries, "v", "w")) {
    const found = inStep(tries);
    if (found.length) return { ok: table.right.some(([sentence]) => sentence === found[0]), sentences: found };
  }
  const wrong = first(tries, table.v, "v");
  if (wrong) {
    // The step may divide by the root of the wrong v or of the right one. An average of |g| needs no root.
    const [sentence, formulas] = wrong, roads = [formulas.find((text) => fits(tries, "v", text)), undefined], right = sentence === table.unrooted[0] ? [...table.right, table.unrooted] : table.right;
    const more = roads.some((v) => first(tries, right, "x", v)) ? [] : roads.map((v) => inStep(tries, v)).find((it) => it.length) || [];
    return { ok: false, sentences: [...new Set([sentence, ...more])] };
  }
  const order = [[1, 0, 2], [2, 1, 0], [0, 2, 1], [1, 2, 0], [2, 0, 1]].find((it) => {
    const again = tried(it);
    return fits(again, "v", "w") && first(again, table.right, "x");
  });
  return { ok: false, sentences: [], order };
};
