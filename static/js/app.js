// The behaviour of every page, as one module. Everything works on htmx 2 and on the events of 4.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (names, handle, root = document) =>
  names.split(" ").forEach((name) => root.addEventListener(name, handle));
const click = (selector, handle) =>
  on("click", (event) => {
    const found = event.target.closest?.(selector);
    if (found) handle(found, event);
  });

// --- Requests -----------------------------------------------------------------------------------
// Read when the request leaves: signing in rotates the token, also from another tab.
const csrfToken = () =>
  /(?:^|; )(?:__Host-|flotilla_)csrf=([^;]+)/.exec(document.cookie)?.[1] ??
  $('meta[name="csrf-token"]')?.content ??
  "";

// A filter that is not set stays out of the address, so that what people share is short.
on("formdata", (event) => {
  if (event.target.method !== "get") return;
  const empty = [...event.formData].filter(([, value]) => value === "");
  empty.forEach(([name]) => event.formData.delete(name));
});

// Polls tell what they have, and what stays as it is is not sent again.
const entityTags = new Map();
const asker = (event) => event.detail.requestConfig?.elt ?? event.target;
const isPoll = (event) => asker(event).matches?.("[data-poll]") ?? false;

on("htmx:configRequest htmx:config:request", (event) => {
  const request = event.detail.ctx?.request ?? event.detail;
  request.headers["X-CSRFToken"] = csrfToken();
  const tag = event.target.matches?.("[data-poll]") && entityTags.get(event.target.id);
  if (tag) request.headers["If-None-Match"] = tag;
});

// What is shown has the tag, not what was asked for: an answer may be turned away.
on("htmx:afterSwap htmx:after:swap", (event) => {
  const tag = event.detail.xhr?.getResponseHeader("ETag") ?? event.detail.ctx?.response?.headers?.get("ETag");
  if (tag && event.target.matches?.("[data-poll]")) entityTags.set(event.target.id, tag);
});

// A poll must not take away what somebody is typing into, has opened, presses or has just sent. A
// plain button with an id does not hold it up: htmx gives the focus back by the id.
function isHeld(part) {
  const focused = document.activeElement;
  const isFocused = part.contains(focused) && !focused.matches("button[id]:not([popovertarget])");
  const isInUse = $(":active, :popover-open, dialog[open], details[open] textarea, .htmx-request", part);
  return document.hidden || isFocused || Boolean(isInUse);
}

// Asked again when the answer comes: a slow one finds somebody at work who had not begun before.
on("htmx:beforeRequest htmx:before:request htmx:beforeSwap htmx:before:swap", (event) => {
  if (isPoll(event) && isHeld(asker(event))) event.preventDefault();
});

const failure = (status) =>
  ({
    0: "No answer from the server. Check your connection and try again.",
    403: "You may not do this, or you were signed out. Reload the page.",
    404: "This is no longer there. Reload the page.",
    429: "Too many requests at once. Wait a moment and try again.",
  })[status] ?? `The server could not do this (${status}). Try again.`;

on("htmx:responseError htmx:response:error", (event) => {
  const status = event.detail.xhr?.status ?? event.detail.ctx?.response?.status ?? 500;
  if (!isPoll(event)) toast({ text: failure(status), kind: "bad" });
});
on("htmx:sendError htmx:timeout htmx:error", (event) => {
  // htmx 2 repeats every other error under this name, with errorInfo; in 4 it is the network's.
  const isRepeated = event.type === "htmx:error" && event.detail.errorInfo;
  if (!isRepeated && !isPoll(event)) toast({ text: failure(0), kind: "bad" });
});

// --- Toasts -------------------------------------------------------------------------------------
const TOAST_MS = 8000;

// Emptied first, so that the same sentence is read out a second time.
function announce(text, urgent = false) {
  const region = $(urgent ? "#alert" : "#announce");
  region.textContent = "";
  setTimeout(() => (region.textContent = text), 60);
}

function toast({ text, kind = "ok", undo_url: undoUrl = null }) {
  const box = $("#toast-template").content.firstElementChild.cloneNode(true);
  box.classList.add(`toast-${kind}`);
  $(".toast-text", box).textContent = text;
  const undo = $("[data-undo]", box);
  undo.hidden = !undoUrl;
  undo.addEventListener("click", () => {
    box.remove();
    window.htmx.ajax("POST", undoUrl, { target: "#main", swap: "none" });
  });
  $("#toasts").append(box);
  expire(box);
  announce(undoUrl ? `${text} Undo is available.` : text, kind === "bad");
}

// The clock stands still while the toast is read or focused.
function expire(box) {
  let timer = setTimeout(() => box.remove(), TOAST_MS);
  on("mouseenter focusin", () => clearTimeout(timer), box);
  on("mouseleave focusout", () => {
    clearTimeout(timer);
    timer = setTimeout(() => box.remove(), TOAST_MS);
  }, box);
}

on("toast", (event) => toast(event.detail));
click("[data-dismiss]", (button) => button.closest("[data-toast], .banner").remove());

// --- Focus --------------------------------------------------------------------------------------
// The server marks what comes next with data-focus: a field, a row or the summary of errors.
function focusMarked(root) {
  const marked = root.matches?.("[data-focus]") ? root : $("[data-focus]", root);
  if (!marked) return;
  if (!marked.matches("a, button, input, select, textarea, [tabindex]")) marked.tabIndex = -1;
  marked.focus();
}

on("htmx:afterSettle htmx:after:swap", (event) => {
  const root = event.detail.elt ?? event.detail.target ?? event.target;
  if (root.closest?.("[data-poll]")) return;
  focusMarked(root);
  showShortcuts();
});

click(".error-summary a", (link, event) => {
  const wanted = document.getElementById(link.hash.slice(1));
  if (!wanted) return;
  event.preventDefault();
  wanted.focus();
  wanted.scrollIntoView({ block: "center" });
});

// Where a row is taken away under the focus, the next one gets it.
on("htmx:beforeSwap htmx:before:swap", () => {
  const row = document.activeElement?.closest?.('[hx-swap="delete"]')?.closest("tr");
  if (!row) return;
  const next = row.nextElementSibling ?? row.previousElementSibling;
  const heir = $("a, button", next ?? row.closest(".card")?.querySelector(".card-foot") ?? row);
  setTimeout(() => row.isConnected || heir?.focus());
});

// --- Dialogs ------------------------------------------------------------------------------------
click("[data-opens]", (button) => {
  button.closest("[popover]")?.hidePopover();
  document.getElementById(button.dataset.opens)?.showModal();
});
click("dialog", (dialog, event) => {
  if (event.target === dialog) dialog.close(); // the backdrop belongs to the dialog
});
click("[data-print]", () => window.print());
click("[data-copies]", async (button) => {
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).innerText);
  toast({ text: "Copied.", kind: "ok" });
});

// --- Menus --------------------------------------------------------------------------------------
const KEEPS_POSITION = CSS.supports("position-area", "block-end");

function placeBelow(menu) {
  const button = $(`[popovertarget="${menu.id}"]`);
  if (!button) return;
  const { bottom, top, right } = button.getBoundingClientRect();
  const fits = bottom + menu.offsetHeight < innerHeight;
  menu.style.top = `${fits ? bottom : top - menu.offsetHeight - 8}px`;
  menu.style.left = `${Math.max(8, right - menu.offsetWidth)}px`;
}

document.addEventListener("toggle", (event) => {
  const menu = event.target;
  if (!menu.matches?.(".menu-panel") || event.newState !== "open") return;
  if (!KEEPS_POSITION) placeBelow(menu);
}, true);

on("keydown", (event) => {
  const menu = event.target.closest?.(".menu-panel, [popovertarget]");
  if (!menu || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const panel = menu.popoverTargetElement ?? menu;
  if (!panel.matches(".menu-panel:popover-open")) return;
  event.preventDefault();
  const items = $$("a, button", panel);
  const step = event.key === "ArrowDown" ? 1 : -1;
  const start = items.indexOf(document.activeElement);
  items.at(start < 0 ? (step > 0 ? 0 : -1) : (start + step) % items.length)?.focus();
});
click(".menu-panel a, .menu-panel [hx-post], .menu-panel [hx-get]", (item) =>
  item.closest("[popover]").hidePopover());

// --- Colours ------------------------------------------------------------------------------------
const YEAR = 31536000;

function showTheme() {
  const chosen = document.documentElement.dataset.theme;
  for (const button of $$("[data-theme-switch] button")) {
    button.setAttribute("aria-pressed", String(button.value === chosen));
  }
}

click("[data-theme-switch] button", (button) => {
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `theme=${button.value}; path=/; max-age=${YEAR}; samesite=lax${secure}`;
  document.documentElement.dataset.theme = button.value;
  showTheme();
});

// --- Command palette ----------------------------------------------------------------------------
const palette = $("#palette");
const paletteInput = $("#palette-input");
const options = () => $$("[role=option]", palette);
const chosen = () => options().find((option) => option.getAttribute("aria-selected") === "true");
let asked; // the words that options were asked for last
let answered; // the words whose options are shown
let isAwaited = false; // Enter was pressed before they were

function openPalette() {
  if (!palette || palette.open) return;
  $$(":popover-open").forEach((menu) => menu.hidePopover());
  palette.showModal();
  paletteInput.select();
  window.htmx.trigger(paletteInput, "palette-open");
}

function selectOption(option) {
  options().forEach((other, index) => {
    other.id ||= `palette-option-${index}`;
    other.setAttribute("aria-selected", String(other === option));
  });
  if (option) paletteInput.setAttribute("aria-activedescendant", option.id);
  else paletteInput.removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

// Enter means the words in the field, never what was found for those before.
function takeOption() {
  isAwaited = answered !== paletteInput.value;
  if (!isAwaited) (chosen() ?? options()[0])?.click();
}

function showAnswer() {
  answered = asked;
  selectOption(options()[0]);
  if (isAwaited) takeOption();
}

function moveInPalette(event) {
  const all = options();
  const here = all.indexOf(chosen());
  if (event.key === "Enter") takeOption();
  if (event.key === "ArrowDown") selectOption(all[(here + 1) % all.length]);
  if (event.key === "ArrowUp") selectOption(all.at(here - 1));
  if (["Enter", "ArrowDown", "ArrowUp"].includes(event.key)) event.preventDefault();
}

if (palette) {
  on("keydown", moveInPalette, paletteInput);
  on("input", () => (isAwaited = false), paletteInput);
  on("close", () => (isAwaited = false), palette);
  on("htmx:configRequest htmx:config:request", () => (asked = paletteInput.value), palette);
  on("htmx:afterSettle htmx:after:swap", showAnswer, palette);
}
click("[data-palette]", openPalette);

// --- Shortcuts ----------------------------------------------------------------------------------
const SWITCH = "flotilla-shortcuts";
const SECOND_KEY_MS = 900;
let pressed = "";
let forget;

const isTyping = (target) =>
  target.isContentEditable || target.matches?.("input:not([type=checkbox], [type=radio]), select, textarea");
const areOn = () => localStorage.getItem(SWITCH) !== "off";

function runShortcut(key) {
  clearTimeout(forget);
  pressed = pressed ? `${pressed} ${key}` : key;
  const wanted = $$("[data-key]").find((element) => element.dataset.key === pressed);
  const couldGoOn = $$("[data-key]").some((element) => element.dataset.key.startsWith(`${pressed} `));
  if (wanted) wanted.click();
  if (wanted || !couldGoOn) pressed = "";
  else forget = setTimeout(() => (pressed = ""), SECOND_KEY_MS);
}

on("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1;
  if (!isPlain || !areOn() || isTyping(event.target) || $("dialog[open]")) return;
  if (event.key === "?") $("#shortcuts")?.showModal();
  else if (event.key === "/" && palette) {
    event.preventDefault();
    openPalette();
  } else runShortcut(event.key.toLowerCase());
});

function shortcutRow(words, shortcut) {
  const term = document.createElement("dt");
  const keys = document.createElement("dd");
  term.textContent = words;
  for (const key of shortcut.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = key;
    keys.append(cap, " ");
  }
  return [term, keys];
}

function showShortcuts() {
  const own = $$("[data-key]").map((element) => [
    element.dataset.keyLabel ?? element.getAttribute("aria-label") ?? element.textContent.trim(),
    element.dataset.key,
  ]);
  const rows = [["Search or jump to", "Ctrl K"], ["This list", "?"], ...own];
  $("#shortcut-list")?.replaceChildren(...rows.flatMap((row) => shortcutRow(...row)));
}

const shortcutSwitch = $("[data-shortcuts-switch]");
if (shortcutSwitch) {
  shortcutSwitch.checked = areOn();
  shortcutSwitch.addEventListener("change", () =>
    localStorage.setItem(SWITCH, shortcutSwitch.checked ? "on" : "off"));
}

// --- Where we are ---------------------------------------------------------------------------------
// The current entry of a navigation or of tabs that do not fit comes into sight; the page stays.
const entry = $(".sidebar [aria-current=page]");
if (entry) {
  const foot = $(".sidebar-foot").getBoundingClientRect();
  const hidden = entry.getBoundingClientRect().bottom - foot.top;
  if (hidden > 0) entry.closest(".sidebar").scrollTop += hidden;
}
for (const tab of $$(".tabs [aria-current]")) {
  const strip = tab.closest(".tabs");
  const past = tab.getBoundingClientRect().left - strip.getBoundingClientRect().left;
  strip.scrollLeft += past - (strip.clientWidth - tab.offsetWidth) / 2;
}

// --- When the page is there ---------------------------------------------------------------------
$$("[data-toast]", $("#toasts") ?? document).forEach((box) => {
  expire(box);
  announce($(".toast-text", box).textContent);
});
focusMarked($("#main") ?? document.body);
showTheme();
showShortcuts();
