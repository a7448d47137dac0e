// Names behind an @ while a comment is typed: a list below the field, worked by the keyboard.
// Without a script the name is typed in full; the server finds it either way.
const BEFORE_CARET = /(?:^|[^\p{L}\p{N}_])@([\p{L}\p{N}][\p{L}\p{N}.'’ -]{0,40}|)$/u;
const WAIT_MS = 120;
let field = null; // the textarea that is typed into
let list = null; // the open list below it
let timer = 0;
let asked = 0;

const options = () => (list ? [...list.children] : []);
const selected = () => options().find((option) => option.getAttribute("aria-selected") === "true");

function typedName(area) {
  const match = BEFORE_CARET.exec(area.value.slice(0, area.selectionStart));
  return match ? match[1] : null;
}

function close() {
  clearTimeout(timer);
  asked += 1;
  list?.remove();
  list = null;
  field?.removeAttribute("aria-activedescendant");
  field?.removeAttribute("aria-controls");
}

function select(option) {
  options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
  if (option) field.setAttribute("aria-activedescendant", option.id);
  option?.scrollIntoView({ block: "nearest" });
}

function insert(option) {
  const caret = field.selectionStart;
  const start = caret - typedName(field).length;
  const name = `${option.dataset.insert} `;
  field.setRangeText(name, start, caret, "end");
  close();
  field.focus();
}

async function offer(area) {
  const words = typedName(area);
  close();
  field = area;
  if (words === null) return;
  const turn = asked;
  const response = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(words)}`, { headers: { "HX-Request": "true" } });
  if (!response.ok || turn !== asked) return;
  const found = document.createElement("ul");
  found.innerHTML = await response.text();
  if (turn !== asked || !found.children.length || document.activeElement !== area) return;
  open(area, found);
}

function open(area, found) {
  list = found;
  list.className = "mention-options";
  list.id = `${area.id}-people`;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "People to mention");
  options().forEach((option, index) => (option.id = `${list.id}-${index}`));
  area.closest(".mentionable").append(list);
  area.setAttribute("aria-controls", list.id);
  select(options()[0]);
  const people = options().length === 1 ? "One person" : `${options().length} people`;
  document.getElementById("announce").textContent = `${people}. Arrow keys choose, Enter takes.`;
}

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("textarea[data-mentions]")) return;
  clearTimeout(timer);
  timer = setTimeout(() => offer(event.target), WAIT_MS);
});

document.addEventListener("keydown", (event) => {
  if (!list || event.target !== field) return;
  const all = options();
  const here = all.indexOf(selected());
  const keys = {
    ArrowDown: () => select(all[(here + 1) % all.length]),
    ArrowUp: () => select(all.at(here - 1)),
    Enter: () => insert(all[here]),
    Tab: () => insert(all[here]),
    Escape: close,
  };
  if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  event.stopPropagation();
  keys[event.key]();
});

document.addEventListener("mousedown", (event) => {
  const option = event.target.closest?.(".mention-option");
  if (!option) return;
  event.preventDefault(); // the field keeps the focus
  insert(option);
});
document.addEventListener("focusout", (event) => {
  if (event.target === field) close();
});
