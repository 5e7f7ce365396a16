/* How the two responses stand and scroll: chosen under View, kept by the server, shown by reading.css. Needs the step of
   workbench.js. */
"use strict";

const view = document.getElementById("view");
const texts = () => [...document.querySelectorAll(".side > .text")];
const range = (text) => text.scrollHeight - text.clientHeight;

view.addEventListener("change", ({ target }) => (document.getElementById("reader").dataset[target.name] = target.value));
view.addEventListener("keydown", (event) => {
  if (event.key !== "Enter") return;
  event.preventDefault();
  view.hidePopover(); // every change is kept already
});
/* Opened here and not by the browser alone, so that the next key finds the focus in it, however soon it comes; and once it
   is closed, where it was: the browser gives it back at once, but not to the page as a whole. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("[popovertarget=view]");
  if (!button) return;
  event.preventDefault();
  if (view.matches(":popover-open")) return view.hidePopover();
  if (document.activeElement === document.body) step().focus({ preventScroll: true });
  view.showPopover({ source: button });
  view.querySelector(":checked").focus();
});

/* A long prompt is folded to a few lines, so that the responses are in view; whoever listens has all of it. */
const SPARED = 60; // px, two lines that are not worth folding
let unfolded = null; // the pair whose prompt was asked for whole

function fold() {
  const button = document.querySelector("[data-does=whole]");
  if (!button) return;
  const text = document.getElementById("prompt-whole");
  text.removeAttribute("data-whole");
  button.hidden = text.scrollHeight - text.clientHeight < SPARED;
  button.ariaExpanded = unfolded === step().dataset.pair;
  text.toggleAttribute("data-whole", button.hidden || unfolded === step().dataset.pair);
}
addEventListener("resize", fold);
actions.whole = () => {
  unfolded = unfolded === step().dataset.pair ? null : step().dataset.pair;
  fold();
  measureAbove();
};

/* Texts that scroll by themselves take what room the prompt leaves them, or half the window beside a long one. */
function measureAbove() {
  const pair = document.querySelector(".pair");
  if (!pair) return;
  const above = Math.min(pair.getBoundingClientRect().top + scrollY, innerHeight / 2);
  document.getElementById("reader").style.setProperty("--above", `${above}px`);
}
addEventListener("resize", measureAbove);

/* What is too wide scrolls by itself, by keyboard too; not every browser sees to that. */
function reachWide() {
  for (const box of document.querySelectorAll("#step .text :is(pre, table)")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
addEventListener("resize", reachWide);

/* Where one text is between its beginning and its end, the other one goes too. */
const placed = new WeakMap(); // text → where it was put, so that its own event leads nowhere

document.addEventListener(
  "scroll",
  ({ target }) => {
    if (document.getElementById("reader").dataset.scrolling !== "together" || !texts().includes(target)) return;
    const own = placed.get(target);
    placed.delete(target);
    if (own !== undefined && Math.abs(target.scrollTop - own) < 2) return;
    for (const other of texts().filter((text) => text !== target && range(text) > 0)) {
      other.scrollTop = (target.scrollTop / Math.max(range(target), 1)) * range(other);
      placed.set(other, other.scrollTop);
    }
  },
  true, // scrolling does not bubble
);

/** Those that scroll by themselves; none on a narrow screen, where the page does. */
const ownScrolling = () => texts().filter((text) => getComputedStyle(text).overflowY === "auto" && range(text) > 0);

/** Reads on by keyboard: what scrolls by itself as far as it goes, and then the page. `by` says how far, of a height. */
function readAlong(by) {
  const down = by(1) > 0;
  const left = ownScrolling().filter((text) => (down ? text.scrollTop < range(text) - 1 : text.scrollTop > 0));
  left.sort((one, other) => range(other) - range(one));
  const moving = document.getElementById("reader").dataset.scrolling === "together" ? left.slice(0, 1) : left; // the other follows
  for (const text of moving) text.scrollBy({ top: by(text.clientHeight), behavior: "instant" });
  if (!moving.length) scrollBy({ top: by(innerHeight), behavior: "instant" });
}

/* The same pair, further on: each text stays where its reader is. */
let tops = {};
document.addEventListener("htmx:before:swap", () => {
  tops = Object.fromEntries(texts().map((text) => [text.parentElement.id, text.scrollTop]));
});
document.addEventListener("htmx:after:swap", () => {
  fold();
  measureAbove();
  reachWide();
  for (const text of texts()) if (tops[text.parentElement.id]) text.scrollTop = tops[text.parentElement.id];
});

fold();
measureAbove();
reachWide();
