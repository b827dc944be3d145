// The list of the week: moved through, ticked and answered by keyboard; what is decided goes to the
// page as one message. Every text is set as text, never as markup.
const KEYS = { d: "done", s: "snooze", a: "assign", n: "log", u: "undo" };
const ASKS = ["snooze", "assign", "log"];

function made(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".queue");
  root.held ??= { at: 0, ticked: new Set(), asking: "", asked: "", every: false, fresh: true };
  const held = root.held;
  const { rows, words } = data;
  if (!root.childElementCount) root.append(made("div"), made("div"), made("div"));
  const [top, question, body] = root.children;
  const active = root.getRootNode().activeElement;
  const hadFocus = top.contains(active) || body.contains(active);
  const known = new Set(rows.map((row) => row.id));
  held.ticked = new Set([...held.ticked].filter((id) => known.has(id)));
  const shown = () => (held.every ? rows : rows.slice(0, data.first));

  function targets() {
    if (held.ticked.size) return [...held.ticked];
    const row = rows[held.at];
    return row ? [row.id] : [];
  }

  function send(action, more = {}) {
    const accounts = action === "undo" ? [] : targets();
    if (!accounts.length && action !== "undo") return;
    held.asking = "";
    if (action !== "open") held.ticked.clear();
    setTriggerValue("act", { action, accounts, ...more });
    draw(true);
  }

  function start(action) {
    if (action === "undo" && !data.undo) return;
    if (!ASKS.includes(action)) return send(action);
    held.asking = held.asking === action ? "" : action;
    draw(false);
    root.querySelector(".ask :is(button, input, select)")?.focus();
  }

  function button(label, key, act, kind = "") {
    const mark = key ? made("kbd", {}, key) : null;
    return made("button", { type: "button", className: kind, onclick: act }, label, mark);
  }

  function ask() {
    if (held.asking === "snooze") {
      const days = data.snoozes.map(({ days, label }, place) =>
        button(label, String(place + 1), () => root.send("snooze", { days })));
      return made("div", { className: "bar ask" }, ...days);
    }
    if (held.asking === "assign") {
      const field = made("input", {
        type: "text", maxLength: 100, placeholder: words.owner, ariaLabel: words.owner,
      });
      field.setAttribute("list", "owners");
      const options = data.owners.map((name) => made("option", { value: name }));
      const give = () => field.value.trim() && root.send("assign", { owner: field.value.trim() });
      field.onkeydown = (event) => { if (event.key === "Enter") give(); };
      return made("div", { className: "bar ask" }, field,
        made("datalist", { id: "owners" }, ...options), button(words.assign, "↵", give, "first"));
    }
    if (held.asking === "log") {
      const outcome = made("select", { ariaLabel: words.outcome },
        ...data.outcomes.map(({ code, label }) => made("option", { value: code }, label)));
      const note = made("input", {
        type: "text", maxLength: 2000, placeholder: words.note, ariaLabel: words.note,
      });
      const keep = () => note.value.trim() &&
        root.send("log", { outcome: outcome.value, note: note.value.trim() });
      note.onkeydown = (event) => { if (event.key === "Enter" && !event.isComposing) keep(); };
      return made("div", { className: "bar ask" }, outcome, note,
        button(words.save, "↵", keep, "first"));
    }
    return null;
  }

  function line(row, place) {
    const tick = made("input", {
      type: "checkbox", tabIndex: -1, checked: held.ticked.has(row.id), ariaLabel: row.name,
      onchange: () => toggle(row.id),
    });
    const name = made("a", {
      href: row.href, tabIndex: -1,
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        held.at = place;
        held.ticked.clear();
        send("open");
      },
    }, row.name);
    const why = row.why.map(({ kind, text }) =>
      made("div", {}, made("span", { className: "kind" }, kind), text ? ` ${text}` : ""));
    const cell = (kind, ...children) => made("td", { className: kind }, ...children);
    return made("tr", {
      tabIndex: place === held.at ? 0 : -1,
      onfocus: () => { held.at = place; mark(); },
      onmousedown: (event) => { if (event.target.tagName === "TD") focus(place); },
    },
      cell("tick", tick), cell("name", name),
      cell(row.late ? "due late" : "due", row.due), cell("why", ...why),
      cell("n chance", row.chance, made("div", { className: "small" }, row.range)),
      cell("n risk", row.risk, made("div", { className: "small" }, row.mrr)),
      cell("owner", row.owner), cell("spoken", row.spoken));
  }

  const lines = () => [...root.querySelectorAll("tbody tr")];
  function mark() {
    lines().forEach((node, place) => { node.tabIndex = place === held.at ? 0 : -1; });
  }
  function focus(place) {
    held.at = Math.max(0, Math.min(place, shown().length - 1));
    mark();
    lines()[held.at]?.focus({ preventScroll: false });
  }
  function toggle(id) {
    held.ticked.has(id) ? held.ticked.delete(id) : held.ticked.add(id);
    draw(true);
  }

  function press(event) {
    const typing = event.target.matches("input[type=text], select");
    if (event.key === "Escape" && held.asking) {
      held.asking = "";
      draw(true);
      event.stopPropagation();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (held.asking === "snooze" && data.snoozes[Number(event.key) - 1]) {
      send("snooze", { days: data.snoozes[Number(event.key) - 1].days });
    } else if (event.key === "ArrowDown" || event.key === "j") focus(held.at + 1);
    else if (event.key === "ArrowUp" || event.key === "k") focus(held.at - 1);
    else if (event.key === "Home") focus(0);
    else if (event.key === "End") focus(shown().length - 1);
    else if (event.key === "x") rows[held.at] && toggle(rows[held.at].id);
    else if ((event.key === "Enter" || event.key === "o") && event.target.tagName === "TR") {
      held.ticked.clear();
      send("open");
    } else if (KEYS[event.key]) start(KEYS[event.key]);
    else return;
    event.preventDefault();
  }

  function draw(keepFocus) {
    const count = held.ticked.size;
    const bar = made("div", { className: "bar", role: "toolbar", ariaLabel: words.toolbar },
      button(words.done, "d", () => start("done"), "first"),
      button(words.snooze, "s", () => start("snooze")),
      button(words.assign, "a", () => start("assign")),
      button(words.log, "n", () => start("log")),
      data.undo ? button(words.undo, "u", () => start("undo")) : null,
      made("span", { className: "said", role: "status" },
        count ? `${count} ${words.ticked}` : data.said || words.keys));
    const columns = ["tick", "name", "due", "why", "chance", "risk", "owner", "spoken"];
    const table = made("table", {},
      made("colgroup", {}, ...columns.map((name) => made("col", { className: `c-${name}` }))),
      made("thead", {}, made("tr", {}, ...columns.map((name) =>
        made("th", { scope: "col", className: /chance|risk/.test(name) ? "n" : "" },
          name === "tick" ? "" : words[`col_${name}`])))),
      made("tbody", {}, ...shown().map(line)));
    const rest = rows.length - shown().length;
    const more = rest > 0
      ? made("div", { className: "more" }, button(words.more.replace("{n}", rest), "", () => {
          held.every = true;
          draw(true);
        }))
      : null;
    held.at = Math.max(0, Math.min(held.at, shown().length - 1));
    top.replaceChildren(bar);
    body.replaceChildren(...[table, more].filter((part) => part !== null));
    if (held.asked !== held.asking) {  // what is being typed outlives a run of the page
      held.asked = held.asking;
      question.replaceChildren(...[ask()].filter((part) => part !== null));
    }
    if (keepFocus) lines()[held.at]?.focus({ preventScroll: true });
  }

  root.send = send;  // of the newest run, also for a question asked in an earlier one
  root.onkeydown = press;
  // Whoever comes to the page can begin at once.
  draw(hadFocus || (held.fresh && document.activeElement === document.body));
  held.fresh = false;
}
