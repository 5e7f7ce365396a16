/* How a prompt was written: keys pressed, characters typed and pasted; never which. The counts go with the prompt, and
   like its draft they survive a reload of this tab. */
"use strict";

const writing = {
  names: ["keystrokes", "typed_chars", "pasted_chars"],
  key: (form) => `tandem:written:${form.dataset.draft}`,
  kept: (form) => JSON.parse(sessionStorage.getItem(writing.key(form)) ?? "null"),

  add(form, name, count) {
    const counts = writing.kept(form) ?? Object.fromEntries(writing.names.map((each) => [each, 0]));
    counts[name] += count;
    try {
      sessionStorage.setItem(writing.key(form), JSON.stringify(counts));
    } catch (error) {
      console.warn("Nothing is counted:", error); // storage is full or forbidden
    }
  },

  fill(form) {
    const counts = writing.kept(form);
    if (counts) for (const name of writing.names) form.elements[name].value = counts[name];
  },
};

const composer = (target) => (target.id === "prompt-text" ? target.form : null);

const NO_KEYSTROKES = ["Tab", "Shift", "Control", "Alt", "Meta"]; // they lead away, or go with another key

document.addEventListener(
  "keydown",
  ({ target, key, repeat }) => {
    if (composer(target) && !repeat && !NO_KEYSTROKES.includes(key)) writing.add(target.form, "keystrokes", 1);
  },
  true,
);

/* What a prompt grows by says how much was put in, whatever the keyboard, the input method or a selection replaced. */
document.addEventListener("beforeinput", ({ target }) => composer(target) && (target.dataset.before = [...target.value].length), true);
document.addEventListener("input", ({ target, inputType, data }) => {
  if (!composer(target) || !inputType || inputType.startsWith("delete") || inputType.startsWith("history")) return;
  const pasted = inputType === "insertFromPaste" || inputType === "insertFromDrop";
  const grown = [...target.value].length - Number(target.dataset.before);
  const count = Math.max(grown, pasted || !data ? 0 : inputType === "insertText" ? [...data].length : 0);
  if (count > 0) writing.add(target.form, pasted ? "pasted_chars" : "typed_chars", count);
});

document.addEventListener("submit", ({ target }) => target.matches(".composer") && writing.fill(target), true); // before htmx reads it

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (form.matches?.(".composer") && ctx.response.status === 200) sessionStorage.removeItem(writing.key(form));
});
