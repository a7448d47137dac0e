// The due list by keyboard: Enter saves (the form's own), what was saved opens the next one, Page Down
// and Page Up move, and nothing that was typed is lost by moving.
const list = document.querySelector("[data-due-list]");
const parts = () => [...list.querySelectorAll("details")];
const isDone = (part) => !part.querySelector("form");

function open(part) {
  if (!part) return;
  part.open = true;
  part.querySelector(".due-form :is(input:not([type=hidden]), select)")?.focus();
  part.scrollIntoView({ block: "nearest" });
}

function after(part, step) {
  const all = parts();
  const here = all.indexOf(part);
  const order = [...all.slice(here + 1), ...all.slice(0, Math.max(here, 0))];
  return (step < 0 ? order.reverse() : order).find((other) => !isDone(other));
}

list?.addEventListener("click", (event) => {
  const skip = event.target.closest("[data-skip]");
  if (skip) open(after(skip.closest("details"), 1));
});

list?.addEventListener("keydown", (event) => {
  const step = { PageDown: 1, PageUp: -1 }[event.key];
  const part = event.target.closest("details");
  if (!step || !part) return;
  event.preventDefault();
  open(after(part, step));
});

// The answer of a check-in is its line without a form. Who has gone on to another one stays there.
list?.addEventListener("htmx:afterSettle", (event) => {
  const part = event.target.closest("details");
  if (!part || !isDone(part)) return;
  document.querySelector("[data-due-count]").textContent = parts().filter((other) => !isDone(other)).length;
  const current = document.activeElement.closest("[data-due-list] details");
  if (!current || current === part) open(after(part, 1));
});
