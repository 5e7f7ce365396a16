/* A part of a test: how much time is left, by the server's clock, and which answers it does not have yet. A clock that
   somebody changes here changes nothing: the time left came with the page and counts down by a clock that nobody sets;
   the server itself takes nothing that is late. Needs tandem.js, session.js and sending.js. */
"use strict";

const GRACE = 5000; // ms that the server takes what was given in time, once the time is up

const exam = {
  words: document.getElementById("exam").dataset,
  clock: document.getElementById("clock"),
  finish: document.getElementById("finish"),
  unsaved: new Map(), // form → how often it has changed since the server had it
  ends: Infinity, // by performance.now()
  over: false,
  said: new Set(),

  set(seconds) {
    exam.ends = performance.now() + seconds * 1000;
  },

  tick() {
    if (exam.over) return; // what is said at the end stays
    const left = Math.max(0, Math.ceil((exam.ends - performance.now()) / 1000));
    const [minutes, seconds] = [Math.floor(left / 60), left % 60].map((part) => String(part).padStart(2, "0"));
    exam.clock.textContent = `${minutes}:${seconds}`;
    exam.clock.toggleAttribute("data-short", left < 60);
    for (const [at, words] of [[60, "last"], [300, "soon"]]) if (left <= at && left > at - 5) exam.say(words);
    if (left === 0) exam.end();
  },

  say(words) {
    if (!exam.said.has(words)) tandem.announce(exam.words[words]);
    exam.said.add(words);
  },

  /** What is still unsaved goes first, for as long as the server takes it. */
  end() {
    exam.over = true;
    exam.clock.textContent = exam.words.up;
    exam.waiting = exam.unsaved.size > 0;
    for (const form of exam.unsaved.keys()) htmx.trigger(form, "change");
    setTimeout(exam.handIn, exam.waiting ? GRACE : 0);
  },

  handIn: () => exam.finish.requestSubmit(),

  state(form, words, late = false) {
    const place = form.querySelector("[data-state]");
    place.textContent = words;
    place.toggleAttribute("data-late", late);
  },

  count() {
    document.getElementById("answered").textContent = document.querySelectorAll(".item[data-answered]").length;
  },
};

const itemOf = (target) => target.closest?.("form.item");

document.addEventListener("input", ({ target }) => {
  const form = itemOf(target);
  if (!form) return;
  exam.unsaved.set(form, (exam.unsaved.get(form) ?? 0) + 1);
  const answered = Boolean(form.querySelector(":checked") || form.querySelector("textarea")?.value.trim());
  form.toggleAttribute("data-answered", answered);
  exam.state(form, exam.words.saving);
  exam.count();
});

/* One after the other, so that the last answer is saved last. What is sent is what the form holds now. */
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches("form.item")) ctx.changes = exam.unsaved.get(ctx.sourceElement);
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (!form.matches("form.item")) return;
  exam.over ||= ctx.response.status === 200; // it came too late, and the answer leads away
  if (ctx.response.status !== 204) return exam.state(form, exam.words.unsaved, true);
  const left = ctx.response.headers.get("Tandem-Left");
  if (left !== null && exam.clock) exam.set(Number(left));
  if (exam.unsaved.get(form) !== ctx.changes) return;
  exam.unsaved.delete(form);
  exam.state(form, form.hasAttribute("data-answered") ? exam.words.saved : "");
  if (exam.waiting && !exam.unsaved.size) exam.handIn();
});

/* Handed in is what the server has: what it does not have yet goes before. */
exam.finish.addEventListener(
  "submit",
  (event) => {
    exam.waiting = exam.unsaved.size > 0 && !exam.over;
    if (!exam.waiting) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    for (const form of exam.unsaved.keys()) htmx.trigger(form, "change");
  },
  true,
);

/* A number chooses in the item one is at. */
document.addEventListener("keydown", (event) => {
  const form = itemOf(event.target);
  if (!form || event.target.matches("textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
  const chosen = form.querySelector(`input[value="${CSS.escape(event.key)}"][type=radio]`);
  chosen?.focus();
  chosen?.click();
});

addEventListener("beforeunload", (event) => exam.unsaved.size && !exam.over && event.preventDefault());

/* Whoever is quick has given an answer before this ran. htmx is there by then: tandem.js starts it a moment earlier. */
document.addEventListener("DOMContentLoaded", () => {
  for (const field of document.querySelectorAll("form.item :is(input, textarea)")) {
    if (field.checked === field.defaultChecked && field.value === field.defaultValue) continue;
    for (const kind of ["input", "change"]) field.dispatchEvent(new Event(kind, { bubbles: true }));
  }
});

if (exam.clock) {
  exam.set(Number(exam.clock.dataset.seconds));
  exam.tick();
  setInterval(exam.tick, 500);
}
