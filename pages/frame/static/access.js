// What the screen's own markup leaves unsaid, for who hears it and for who sees it.
const MENU = '[data-testid="stSidebarNavItems"]';

const UPLOAD = '[data-testid="stFileUploaderDropzone"] button[kind="secondary"]';

function mend() {
  // The word on the button for files is English in any language; style.css shows `data-said`.
  for (const button of document.querySelectorAll(UPLOAD)) {
    button.setAttribute("aria-label", window.keizokuChoose);
    button.querySelector("p")?.setAttribute("data-said", window.keizokuChoose);
  }
  // The menu's sections stand between its list and its items: neither is a list then.
  for (const node of document.querySelectorAll(`${MENU}:not([role]), ${MENU} li:not([role])`)) {
    node.setAttribute("role", "none");
  }
  // Marks of a chart that have no name, those of a tile's line among them, are decoration.
  for (const mark of document.querySelectorAll('g[role="graphics-symbol"]:not([aria-label])')) {
    mark.removeAttribute("role");
    mark.removeAttribute("aria-roledescription");
    mark.setAttribute("aria-hidden", "true");
  }
}

// One watcher a window, whichever run of the script started it.
function watch() {
  let waiting = 0;
  const changes = new MutationObserver(() => {
    waiting ||= setTimeout(() => {
      waiting = 0;
      mend();
    }, 150);
  });
  changes.observe(document.body, { childList: true, subtree: true, attributeFilter: ["role"] });
  return changes;
}

// An upload that was refused is shown in red and starts no run, in which the page could say why.
let refused = () => {};

function watchUploads() {
  const uploads = new PerformanceObserver((list) => {
    const found = list.getEntries().filter(({ name }) => name.includes("/_stcore/upload_file/"));
    if (found.some(({ responseStatus }) => responseStatus === 413)) refused();
  });
  uploads.observe({ type: "resource" });
  return uploads;
}

export default function ({ data, setTriggerValue }) {
  refused = () => setTriggerValue("refused", true);
  window.keizokuUploads ??= watchUploads();
  document.documentElement.lang = data.language;
  window.keizokuChoose = data.choose;
  window.keizokuAccess ??= watch();
  // What was just kept is read from its beginning, wherever the button stood.
  if (data.top !== (window.keizokuTop ?? "0")) {
    document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  }
  window.keizokuTop = data.top;
  mend();
}
