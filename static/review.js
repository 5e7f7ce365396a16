/* The keys of a review: a letter or an arrow presses what names it, Ctrl Enter sends what is typed (where nothing else can be
   meant, Enter does), Escape closes it. */
"use strict";

const review = () => document.getElementById("review");
const opened = () => review().querySelector(".review-reject[open]");
const typed = (target) => target.closest("textarea, select, input:not([type=radio])");

function close(details) {
  details.open = false;
  review().focus({ preventScroll: true });
}

function ready() {
  review().querySelectorAll("[data-closes]").forEach((button) => (button.hidden = false));
  (review().querySelector("[aria-invalid]") ?? review()).focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const open = opened();
  if (open && key === "Escape") return close(open);
  const sends = (open ?? review().querySelector("form[data-enter]"))?.querySelector("button:not([type=button])");
  const typing = open?.querySelector("textarea") || target.closest("a, button, summary, textarea");
  if (sends && key === "Enter" && (event.ctrlKey || event.metaKey || !typing)) {
    event.preventDefault();
    return sends.form.requestSubmit(sends);
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat || typed(target)) return;
  if (open) return; // arrows choose there
  const pressed = review().querySelector(`[data-press="${CSS.escape(key.toLowerCase())}"]`);
  if (!pressed) return;
  event.preventDefault();
  pressed.click();
});

/* `toggle` does not bubble. */
document.addEventListener(
  "toggle",
  ({ target }) => target.matches(".review-reject") && target.open && target.querySelector("textarea, input[type=radio]").focus(),
  true,
);

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-closes]");
  if (button) close(document.getElementById(button.dataset.closes));
});

document.addEventListener("htmx:after:swap", () => {
  ready();
  review().scrollIntoView({ block: "start" }); // the next text begins where the one before did
});

ready();
