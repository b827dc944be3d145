// One search, as a dialog over the page. What is found comes from the page; every text is set as
// text, never as markup.
const WAIT = 90; // milliseconds after a key
const LENS = "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 1 0 0-13M20 20l-4.6-4.6";

function made(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name in node) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function lens() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", LENS);
  svg.append(path);
  return svg;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".search");
  const held = (root.held ??= { at: 0, found: [], waiting: 0 });
  held.send = setTriggerValue;
  const { words } = data;

  if (!held.dialog) {
    held.label = made("span", {});
    const mac = navigator.platform.startsWith("Mac");
    held.button = made("button", { type: "button", className: "field", onclick: open },
      lens(), held.label, made("kbd", {}, mac ? "⌘K" : "Ctrl K"));
    held.input = made("input", { type: "text", autocomplete: "off", spellcheck: false,
      maxLength: 100, role: "combobox", oninput: type, onkeydown: press });
    held.input.setAttribute("aria-expanded", "true");
    held.input.setAttribute("aria-controls", "found");
    held.list = made("ul", { id: "found", role: "listbox" });
    held.foot = made("div", { className: "foot" });
    held.dialog = made("dialog", {}, held.input, held.list, held.foot);
    held.dialog.onclick = (event) => { if (event.target === held.dialog) held.dialog.close(); };
    root.append(held.button, held.dialog);
    // One listener a window; the newest field answers.
    if (!window.keizokuSearch) {
      document.addEventListener("keydown", (event) => {
        if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
          event.preventDefault();
          event.stopPropagation();
          window.keizokuSearch();
        }
      }, true);
    }
    window.keizokuSearch = open;
  }
  held.label.textContent = words.label;
  held.button.setAttribute("aria-label", words.label);
  held.input.placeholder = words.hint;
  held.input.setAttribute("aria-label", words.hint);
  held.foot.textContent = words.keys;
  held.none = words.none;
  if (data.text === held.input.value.trim()) show(data.found);

  function open() {
    if (held.dialog.open) return;
    held.input.value = "";
    held.dialog.showModal();
    held.input.focus();
    held.send("ask", "");
  }

  function type() {
    clearTimeout(held.waiting);
    held.waiting = setTimeout(() => held.send("ask", held.input.value.trim()), WAIT);
  }

  function show(found) {
    held.found = found;
    held.at = 0;
    const rows = [];
    found.forEach((one, place) => {
      if (!place || found[place - 1].group !== one.group) {
        rows.push(made("li", { className: "group", role: "presentation" }, one.group));
      }
      const link = made("a", { tabIndex: -1, onclick: (event) => {
        if (event.ctrlKey || event.metaKey) return;
        event.preventDefault();
        choose(place);
      } }, made("span", {}, one.label), made("span", { className: "note" }, one.note));
      if (one.href) link.href = one.href;
      rows.push(made("li", { role: "option", id: `found-${place}` }, link));
    });
    if (!found.length) rows.push(made("li", { className: "group" }, held.none));
    held.list.replaceChildren(...rows);
    mark();
  }

  function mark() {
    for (const node of held.list.querySelectorAll("[role=option]")) {
      const chosen = node.id === `found-${held.at}`;
      node.setAttribute("aria-selected", String(chosen));
      if (chosen) node.scrollIntoView({ block: "nearest" });
    }
    held.input.setAttribute("aria-activedescendant", `found-${held.at}`);
  }

  function choose(place) {
    const one = held.found[place];
    if (!one) return;
    held.dialog.close();
    held.send("go", { kind: one.kind, key: one.key });
  }

  function press(event) {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && held.found.length) {
      held.at = (held.at + step + held.found.length) % held.found.length;
      mark();
    } else if (event.key === "Enter") choose(held.at);
    else return;
    event.preventDefault();
  }
}
