// Nested lists as a tree for the keyboard and for assistive tools. The server sends lists of links,
// which work without this; roles are added here, because a tree without its keys would be a trap.
const TREE = "[data-tree]";
const SETTLED = ["htmx:afterSettle", "htmx:after:swap"];
const parts = (root) => [...root.querySelectorAll("li.node")];
const row = (item) => item.querySelector(":scope > .node-row");
const list = (item) => item.querySelector(":scope > ul");
const isOpen = (item) => item.dataset.branch === "open";
const above = (item) => item.parentElement.closest("li.node");
const isShown = (item) => !above(item) || (isOpen(above(item)) && isShown(above(item)));
const shown = (tree) => parts(tree).filter(isShown);

function describe(tree) {
  tree.setAttribute("role", "tree");
  tree.setAttribute("aria-label", tree.dataset.tree);
  for (const group of tree.querySelectorAll("ul")) group.setAttribute("role", "group");
  for (const item of parts(tree)) describeItem(item);
  if (!tree.querySelector('li[tabindex="0"]')) parts(tree)[0]?.setAttribute("tabindex", "0");
}

function describeItem(item) {
  const siblings = [...item.parentElement.children];
  item.setAttribute("role", "treeitem");
  item.setAttribute("aria-labelledby", row(item).id);
  item.setAttribute("aria-level", item.id.split("-").length - 1);
  item.setAttribute("aria-setsize", item.parentElement.dataset.size || siblings.length);
  item.setAttribute("aria-posinset", siblings.indexOf(item) + 1);
  if (item.dataset.branch) item.setAttribute("aria-expanded", String(isOpen(item)));
  if (!item.hasAttribute("tabindex")) item.tabIndex = -1;
  for (const link of row(item).querySelectorAll("a")) link.tabIndex = -1;
}

function open(item, wanted) {
  if (!item.dataset.branch || isOpen(item) === wanted) return;
  if (wanted && list(item)?.hasAttribute("data-unread")) {
    row(item).querySelector("[data-twist]").click();
    return;
  }
  item.dataset.branch = wanted ? "open" : "closed";
  item.setAttribute("aria-expanded", String(wanted));
}

function focusItem(item) {
  if (!item) return;
  item.closest(TREE).querySelectorAll('li[tabindex="0"]').forEach((other) => (other.tabIndex = -1));
  item.tabIndex = 0;
  item.focus();
}

const byLetter = (items, here, letter) => {
  const order = [...items.slice(here + 1), ...items.slice(0, here + 1)];
  return order.find((item) => row(item).querySelector("[data-go]").textContent.trim().toLowerCase().startsWith(letter));
};

function move(event, item) {
  const items = shown(item.closest(TREE));
  const here = items.indexOf(item);
  const steps = {
    ArrowDown: () => focusItem(items[here + 1]),
    ArrowUp: () => focusItem(items[here - 1]),
    Home: () => focusItem(items[0]),
    End: () => focusItem(items.at(-1)),
    ArrowRight: () => (isOpen(item) ? focusItem(list(item)?.querySelector("li.node")) : open(item, true)),
    ArrowLeft: () => (isOpen(item) ? open(item, false) : focusItem(above(item))),
    Enter: () => row(item).querySelector("[data-go]").click(),
    " ": () => open(item, !isOpen(item)),
  };
  const isLetter = /^\p{L}$/u.test(event.key);
  if (!steps[event.key] && !isLetter) return;
  event.preventDefault();
  event.stopPropagation();
  if (isLetter) focusItem(byLetter(items, here, event.key.toLowerCase()));
  else steps[event.key]();
}

document.addEventListener("keydown", (event) => {
  const item = event.target.closest?.(`${TREE} li.node`);
  if (!item || event.target !== item || event.ctrlKey || event.metaKey || event.altKey) return;
  move(event, item);
}, true);

document.addEventListener("click", (event) => {
  const twist = event.target.closest?.(`${TREE} [data-twist]`);
  if (!twist || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const item = twist.closest("li.node");
  if (!list(item)?.hasAttribute("data-unread")) open(item, !isOpen(item));
});

// What was read becomes part of the tree and opens.
for (const name of SETTLED) {
  document.addEventListener(name, () => {
    const tree = document.querySelector(TREE);
    if (!tree) return;
    for (const item of parts(tree)) {
      const isNew = item.dataset.branch === "closed" && item.hasAttribute("data-asked");
      if (isNew && !list(item).hasAttribute("data-unread")) {
        item.removeAttribute("data-asked");
        item.dataset.branch = "open";
      }
    }
    describe(tree);
  });
}
document.addEventListener("htmx:beforeRequest", (event) =>
  event.target.closest?.("[data-twist]")?.closest("li.node").setAttribute("data-asked", ""));

// "Show more" gives way to what it brings, and the focus goes on with the first of it.
document.addEventListener("htmx:beforeRequest", (event) => {
  const item = event.target.closest?.("[data-more]")?.closest("li.node");
  if (!item) return;
  const siblings = item.parentElement, place = [...siblings.children].indexOf(item);
  const goOn = () => {
    if (item.isConnected) return;
    focusItem(siblings.children[place]);
    for (const name of SETTLED) document.removeEventListener(name, goOn);
  };
  for (const name of SETTLED) document.addEventListener(name, goOn);
});

document.querySelectorAll(TREE).forEach(describe);
