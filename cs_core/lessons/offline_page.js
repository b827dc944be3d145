// One lesson in one page: guess, see, move, understand, answer. Everything said is in DATA.
const DATA = JSON.parse(document.getElementById("lesson").textContent);
const values = Object.fromEntries(DATA.settings.map((s) => [s.name, s.default]));
const state = { seed: 0, guess: undefined, truth: undefined };
const model = (v = values, seed = state.seed) => MODELS[DATA.key](v, seed, DATA.constants);
const at = (id) => document.getElementById(id);

function make(tag, attributes = {}, ...children) {
  const svg = ["svg", "g", "path", "rect", "line", "circle", "text", "title"].includes(tag);
  const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// -- words --------------------------------------------------------------------------------

function number(value, digits) {
  const text = Math.abs(value).toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return (value < 0 && /[1-9]/.test(text) ? "−" : "") + text;
}

function said(value, unit, digits) {
  if (unit === "rate") return `${number(value * 100, digits)}%`;
  if (unit === "points") return DATA.points.replace("1", number(value * 100, digits).replace(/^(?!−)/, "+"));
  if (unit === "months") {
    const text = number(value, digits);
    return DATA.months[text === "1" ? 0 : 1].replace(/\d/, text);
  }
  return number(value, digits);
}

function fields(v, found) {
  const shown = {};
  for (const s of DATA.settings) {
    const value = v[s.name] * (s.unit === "rate" ? 100 : 1);
    shown[s.name] = said(v[s.name], s.unit, Math.abs(value - Math.round(value)) < 1e-9 ? 0 : s.digits);
  }
  for (const [name, value] of Object.entries(found.figures)) {
    const figure = DATA.figures[name];
    shown[name] = said(value, figure.unit, (found.digits || {})[name] ?? figure.digits);
  }
  return shown;
}

const filled = (part, given) => (DATA.texts[part] ?? "").replace(/\{(\w+)\}/g, (_, name) => given[name]);

// Paragraphs, and **bold**.
function write(node, text) {
  node.replaceChildren(...text.trim().split(/\n\n+/).map((part) => {
    const p = make("p");
    part.split("**").forEach((piece, i) => piece && p.append(i % 2 ? make("strong", {}, piece) : piece));
    return p;
  }));
}

// -- charts -------------------------------------------------------------------------------

const name = (key, given) => (key.startsWith("=") ? DATA.parts[key.slice(1)] : filled(`row.${key}`, given));

const wide = () => Math.max(280, at("chart").clientWidth);

function frame(height, label) {
  return make("svg", { viewBox: `0 0 ${wide()} ${height}`, role: "img", "aria-label": label });
}

function drawLines({ lines, band, points }, given) {
  const [left, top, right, bottom] = [46, 14, wide() - 14, 250], svg = frame(284, filled("finding", given).replaceAll("**", ""));
  const most = Math.max(...lines.flatMap((l) => l.values), ...(band || [])), end = most > 0.5 ? 1 : Math.ceil(most * 22) / 20;
  const last = lines[0].values.length - 1, x = (i) => left + ((right - left) * i) / last, y = (v) => bottom - ((bottom - top) * v) / end;
  for (let i = 0; i <= 4; i += 1) {
    svg.append(make("line", { x1: left, x2: right, y1: y((end * i) / 4), y2: y((end * i) / 4), class: "grid" }));
    svg.append(make("text", { x: left - 6, y: y((end * i) / 4) + 4, "text-anchor": "end" }, `${number((end * i * 100) / 4, end < 0.08 ? 1 : 0)}%`));
  }
  const step = last > 20 ? 6 : 3;
  for (let i = 0; i <= last; i += step) svg.append(make("text", { x: x(i), y: bottom + 18, "text-anchor": "middle" }, String(i)));
  svg.append(make("text", { x: right, y: bottom + 32, "text-anchor": "end" }, DATA.parts.months));
  if (band) svg.append(make("rect", { x: left, width: right - left, y: y(band[1]), height: y(band[0]) - y(band[1]), class: "band" }));
  lines.forEach((line, place) => {
    svg.append(make("path", { d: line.values.map((v, i) => `${i ? "L" : "M"}${x(i)},${y(v)}`).join(""), class: `line c${place}` }));
    if (points) line.values.forEach((v, i) => svg.append(make("circle", { cx: x(i), cy: y(v), r: 3.5, class: "dot" }, make("title", {}, said(v, "rate", 1)))));
  });
  const key = make("p", { class: "key" });
  lines.forEach((line, place) => line.name && key.append(make("span", { class: `key c${place}` }, name(line.name, given))));
  return [key, svg];
}

function drawBars({ bars, unit, digits }, given) {
  const row = 52, svg = frame(bars.length * row, filled("finding", given).replaceAll("**", ""));
  const low = Math.min(0, ...bars.map((b) => b.value)), high = Math.max(1e-9, ...bars.map((b) => b.value));
  const left = low < 0 ? 70 : 4, x = (v) => left + ((wide() - 80 - left) * (v - low)) / (high - low);
  bars.forEach((bar, place) => {
    const y = place * row, from = Math.min(x(0), x(bar.value)), to = Math.max(x(0), x(bar.value));
    svg.append(make("text", { x: 4, y: y + 16 }, name(bar.name, given)));
    svg.append(make("rect", { x: from, y: y + 22, width: Math.max(1, to - from), height: 22, class: bar.true ? "bar true" : "bar" }));
    svg.append(make("text", { x: bar.value < 0 ? from - 6 : to + 6, y: y + 38, "text-anchor": bar.value < 0 ? "end" : "start", class: "value" }, said(bar.value, unit, digits)));
  });
  return [svg];
}

function drawRanges({ ranges }, given) {
  const row = 46, svg = frame(ranges.length * row + 26, filled("finding", given).replaceAll("**", ""));
  const most = Math.max(...ranges.map((r) => r.high ?? r.value)) > 0.5 ? 1 : Math.max(0.1, ...ranges.map((r) => (r.high ?? r.value) * 1.1)), x = (v) => 4 + ((wide() - 34) * v) / most;
  ranges.forEach((range, place) => {
    const y = place * row;
    const words = range.own ? said(range.value, "rate", 0) : range.low === range.high ? said(range.low, "rate", 0) : `${said(range.low, "rate", 1)} – ${said(range.high, "rate", 1)}`;
    svg.append(make("text", { x: 4, y: y + 16 }, `${name(range.name, given)}: ${words}`));
    if (range.low !== undefined) svg.append(make("rect", { x: x(range.low), y: y + 26, width: Math.max(3, x(range.high) - x(range.low)), height: 6, class: "bar" }));
    if (range.value !== undefined) svg.append(make("circle", { cx: x(range.value), cy: y + 29, r: 6, class: "dot" }));
  });
  for (let i = 0; i <= 4; i += 1) svg.append(make("text", { x: x((most * i) / 4), y: ranges.length * row + 18, "text-anchor": i ? "middle" : "start" }, `${number((most * i * 100) / 4, 0)}%`));
  return [svg];
}

function drawTriangle({ cohorts }) {
  const head = make("tr", {}, make("th", { scope: "col" }, DATA.parts.cohort), ...cohorts[0].map((_, age) => make("th", { scope: "col" }, String(age))));
  const rows = cohorts.map((counts, place) => make("tr", {}, make("th", { scope: "row" }, String(place + 1)), ...cohorts[0].map((_, age) => {
    if (age >= counts.length) return make("td");
    const share = counts[age] / counts[0];
    return make("td", { class: `h${Math.max(0, Math.min(9, Math.floor((share - 0.5) * 20)))}` }, number(share * 100, 0));
  })));
  return [make("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": DATA.parts.cohort }, make("table", { class: "heat" }, make("thead", {}, head), make("tbody", {}, ...rows)))];
}

const DRAWN = { lines: drawLines, bars: drawBars, ranges: drawRanges, triangle: drawTriangle };

function table(rows, given) {
  const head = make("tr", {}, ...["customer", "before", "after"].map((c) => make("th", { scope: "col" }, filled(`column.${c}`, given))));
  return make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows.map(([who, ...paid]) => make("tr", {}, make("th", { scope: "row" }, filled(`row.${who}`, given)), ...paid.map((n) => make("td", {}, String(n)))))));
}

// -- the lesson ---------------------------------------------------------------------------

function show() {
  const found = model(), given = fields(values, found);
  write(at("belief"), DATA.words.believed.replace("{belief}", () => filled("belief", given)));
  write(at("question"), filled("question", given));
  at("table").replaceChildren(...(found.table ? [table(found.table, given)] : []));
  if (state.guess === undefined) return;
  at("chart").replaceChildren(...DRAWN[found.picture.kind](found.picture, given));
  write(at("finding"), filled("finding", given));
  write(at("explain"), filled("explain", given));
  for (const s of DATA.settings) at(`said-${s.name}`).textContent = given[s.name];
}

function answer(guess) {
  const found = model(), given = fields(values, found);
  state.guess = guess;
  const digits = (found.digits || {})[DATA.answer] ?? (DATA.figures[DATA.answer] || {}).digits, unit = (DATA.figures[DATA.answer] || {}).unit;
  const words = (what) => (DATA.choices.length ? filled(`choice.${what}`, given) : said(what, unit, digits));
  const truth = words(DATA.choices.length ? found.choice : found.figures[DATA.answer]);
  const lines = [DATA.words.it_is.replace("{answer}", () => truth)];
  if (guess !== null) lines.unshift(DATA.words.you_said.replace("{guess}", () => words(guess)));
  write(at("gap"), lines.join("\n\n"));
  at("after").hidden = false;
  at("ask").hidden = true;
  show();
  at("gap").focus();
}

function guessed() {
  let guess;
  if (DATA.choices.length) guess = (document.querySelector("input[name=guess]:checked") || {}).value;
  else if (at("number").value !== "") guess = Number(at("number").value) / (["rate", "points"].includes(DATA.figures[DATA.answer].unit) ? 100 : 1);
  if (guess === undefined || Number.isNaN(guess)) at("missing").hidden = false;
  else answer(guess);
}

function choices(group, list, label, then) {
  return list.map((key) => {
    const input = make("input", { type: "radio", name: group, value: key });
    if (then) input.addEventListener("change", () => then(key));
    return make("label", { class: "choice" }, input, " ", label(key));
  });
}

function build() {
  const usual = fields(values, model());
  if (DATA.choices.length) at("guess").append(...choices("guess", DATA.choices, (key) => filled(`choice.${key}`, usual)));
  else at("guess").append(make("label", { for: "number" }, DATA.words.your_guess), make("input", { id: "number", type: "number", step: "any", min: "0" }));
  for (const s of DATA.settings) {
    const slider = make("input", { type: "range", id: `set-${s.name}`, min: 0, max: Math.round((s.high - s.low) / s.step), value: Math.round((s.default - s.low) / s.step) });
    slider.addEventListener("input", () => {
      values[s.name] = Number((s.low + Number(slider.value) * s.step).toFixed(6));
      show();
      slider.setAttribute("aria-valuetext", at(`said-${s.name}`).textContent);
    });
    at("settings").append(make("label", { for: slider.id }, `${s.label} `, make("output", { id: `said-${s.name}` })), slider);
  }
  const told = (key) => {
    const right = key === DATA.right;
    write(at("verdict"), `**${right ? DATA.words.right : DATA.words.wrong}** ${filled(`why.${key}`, usual)}`);
    at("verdict").className = right ? "right" : "wrong";
  };
  at("checks").append(make("legend", {}, filled("check.question", usual)), ...choices("check", DATA.checks, (key) => filled(`check.${key}`, usual), told));
  at("show").addEventListener("click", guessed);
  at("skip").addEventListener("click", () => answer(null));
  at("number")?.addEventListener("keydown", (event) => event.key === "Enter" && guessed());
  if (DATA.chance) at("another").addEventListener("click", () => { state.seed = (state.seed + 1) % 10000; show(); });
  else at("another").remove();
  at("restart").addEventListener("click", () => {
    for (const s of DATA.settings) {
      values[s.name] = s.default;
      at(`set-${s.name}`).value = Math.round((s.default - s.low) / s.step);
    }
    state.seed = 0;
    show();
  });
  addEventListener("resize", show);
  show();
}
build();
