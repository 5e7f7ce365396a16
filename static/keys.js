/* The keys of the workbench, never while somebody types. Needs workbench.js and reading.js. */
"use strict";

const LINE = 60; // px, two lines
const WINDOW = 0.8; // of what is in view, so that a line or two are seen again
const WHOLE = 1e7; // px, more than any text has

/** How far each key reads on, of a window so high. */
const READS = {
  ArrowUp: () => -LINE,
  ArrowDown: () => LINE,
  PageUp: (height) => -WINDOW * height,
  PageDown: (height) => WINDOW * height,
  Home: () => -WHOLE,
  End: () => WHOLE,
};

const typing = (target) => target.closest('textarea, select, [contenteditable], input:not([type="radio"], [type="checkbox"])');
const composed = () => document.getElementById("prompt-text");
const written = () => composed()?.value.trim();

/** Where that would throw away what one has entered, it is gone to instead: no key does so alone. */
function use(control) {
  if (control.matches("[data-forgets]") && written()) composed().focus();
  else if (control.matches("[data-leaves]") && drafts.known.has(judgement().dataset.draft)) control.focus();
  else control.click();
}

function pressed(key) {
  const field = /^[a-z1-8]$/.test(key) && document.querySelector(`input:enabled[aria-keyshortcuts="${key}"]`);
  if (field) {
    field.click();
    field.focus({ preventScroll: true });
  } else if (/^[a-z]$/.test(key) && document.querySelector(`[data-press="${key}"]:not([hidden])`)) {
    use(document.querySelector(`[data-press="${key}"]:not([hidden])`));
  } else if (key === "g") toggleGuideline();
  else if (key === "?") actions.keys();
  else if (key === "w" && composed()) composed().focus();
  else if (key === "c" && document.getElementById("comment")) {
    document.getElementById("comment").open = true;
    document.querySelector("#comment textarea").focus({ preventScroll: true }); // it comes to where one reads
  } else if (key === "d" || key === "l") nextReason(key === "d" ? "a" : "b");
  else return false;
  return true;
}

/** Each press goes to the next reason of a side, and from its last one to its first; the space bar ticks it. */
function nextReason(letter) {
  const reasons = [...document.querySelectorAll(`input:enabled[name="${letter}_reasons"]`)];
  const next = reasons[(reasons.indexOf(document.activeElement) + 1) % reasons.length];
  next?.focus({ preventScroll: true });
  next?.closest(".labels").scrollIntoView({ block: "nearest" });
}

/** Such keys and the space bar read on, also where a key has just chosen: a choice moves with left and right alone. Says
    how far; null where the browser does it by itself. */
function reads({ key, shiftKey, target }) {
  const chosen = target.matches("[type=radio]") && target.form === judgement();
  if (!chosen && !(target.matches("#step, body") && ownScrolling().length)) return null;
  if (key !== " ") return READS[key] ?? null;
  return !chosen || target.checked ? READS[shiftKey ? "PageUp" : "PageDown"] : null;
}

const PAUSE = 700; // ms, longer than between two letters of a word
let wrote = 0; // when the last letter went into a field that nobody has left since

/** Whoever types on while the next step takes the field's place means none of its keys. */
function typesOn({ key, target, ctrlKey, metaKey }) {
  const letter = key.length === 1 && !ctrlKey && !metaKey;
  const on = letter && !typing(target) && Date.now() - wrote < PAUSE;
  wrote = on || (letter && typing(target)) ? Date.now() : 0;
  return on;
}
addEventListener("pointerdown", () => (wrote = 0));

document.addEventListener("keydown", (event) => {
  const { target } = event;
  if (typesOn(event)) return event.preventDefault();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !document.querySelector("dialog:modal")) {
    const form = target.matches("textarea, select") ? target.form : written() ? composed().form : judgement();
    if (!form?.hasAttribute("action")) return;
    event.preventDefault();
    return form.requestSubmit();
  }
  if (event.key === "?" && document.querySelector("#keys[open]")) return document.getElementById("keys").close();
  if (event.key === "Escape" && document.querySelector("dialog.drawer[open]")) {
    return document.querySelector("dialog:modal") ? undefined : toggleGuideline();
  }
  if (event.key === "Escape" && target.matches("#comment textarea, #prompt-text")) return step().focus({ preventScroll: true });
  if (event.key === "Escape" && target.closest(".end-question")) return askToEnd(false);
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(target) || document.querySelector("dialog:modal")) return;
  const by = reads(event);
  if (by) {
    event.preventDefault();
    return readAlong(by);
  }
  if (event.key === "Enter" && !target.closest("a, button, summary, input")) {
    const agrees = document.querySelector("form[data-agrees]");
    if (!agrees && !judgement()?.hasAttribute("action")) return;
    if (target.closest("dialog")) return; // they read the guideline
    event.preventDefault();
    if (written()) return composed().focus(); // it is not the prompt above that they mean
    return agrees ? readOn(agrees, event.repeat) : judgement().requestSubmit();
  }
  const digit = event.code.match(/^(?:Digit|Numpad)([1-8])$/)?.[1]; // also where digits need Shift
  if (pressed(digit && !/^[a-z?]$/i.test(event.key) ? digit : event.key.toLowerCase())) event.preventDefault();
});

