/* The workbench: what is missing, keys, steps that come and go. Needs tandem.js, clock.js and streaming.js before it.
   The server decides everything; this shows it sooner. #step is replaced whole, so nothing here keeps its elements. */
"use strict";

const step = () => document.getElementById("step");
const judgement = () => document.getElementById("judgement");

/* --- What is missing ------------------------------------------------------------------------------------------- */

/** What keeps a judgement from being submitted: words for the button, and where to go; null when nothing does. */
function missing(form) {
  const picked = (name) => form.elements[name]?.value;
  const first = (name, value) => [...form.elements].find((e) => e.name === name && (!value || e.dataset.side === value));
  const side = form.querySelector("[name=choice]:checked")?.dataset.side;
  for (const letter of ["a", "b"]) {
    const name = `${letter}_label`;
    if (form.elements[name] && !picked(name)) {
      return { words: letter === "a" ? form.dataset.labelA : form.dataset.labelB, field: first(name) };
    }
  }
  if (!side) return { words: form.dataset.choose, field: first("choice") };
  const safer = saferSide(form);
  if (safer && side !== safer) {
    return {
      words: safer === "A" ? form.dataset.chooseA : form.dataset.chooseB,
      why: safer === "A" ? form.dataset.whyA : form.dataset.whyB,
      field: first("choice", safer),
    };
  }
  const reasons = [...form.elements].filter((element) => element.name.endsWith("_reasons"));
  if (form.dataset.reasons && !reasons.some((reason) => reason.checked)) {
    return { words: form.dataset.reasons, field: reasons[0] };
  }
  const comment = form.elements.comment;
  if (comment?.ariaRequired === "true" && !comment.value.trim()) return { words: form.dataset.comment, field: comment };
  return null;
}

/** The side that must be chosen because it alone is safe, or null. */
function saferSide(form) {
  const a = form.elements.a_label?.value;
  const b = form.elements.b_label?.value;
  if (!a || !b || a === b) return null;
  return a === "safe" ? "A" : "B";
}

function showMissing() {
  const form = judgement();
  if (!form?.hasAttribute("action")) return; // the pair is not complete
  const gap = missing(form);
  tandem.say(form, gap ? gap.words : form.dataset.submit);
  form.querySelector(".submit").toggleAttribute("data-gap", Boolean(gap));
  const conflict = document.getElementById("conflict");
  if (conflict.textContent !== (gap?.why ?? "")) conflict.textContent = gap?.why ?? "";
  form.querySelector(".bar-problems")?.toggleAttribute("hidden", Boolean(gap?.why)); // the same is not said twice
}

document.addEventListener("input", ({ target }) => target.name === "comment" && showMissing());
document.addEventListener("tandem:again", showMissing); // after a request that failed, or an answer begun anew
document.addEventListener("change", ({ target }) => {
  if (!target.form || target.form !== judgement()) return;
  target.form.querySelector(".bar-problems")?.remove(); // they were about what has just changed
  showMissing();
});

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form !== judgement()) return;
    const gap = missing(form);
    if (!gap) return clock.fill(form);
    event.preventDefault();
    event.stopPropagation();
    gap.field.focus();
    gap.field.closest("label, details").scrollIntoView({ block: "nearest" });
  },
  true, // before htmx sees it
);

/* --- Agreeing ---------------------------------------------------------------------------------------------------- */

const MOMENT = 1000; // ms in which Enter was still meant for the step before, or for the lines above
let came = 0; // when what is to be agreed to was shown
let moved = 0; // when it was last scrolled by Enter

/** Enter reads on as quickly as somebody presses it, and agrees where the text has been in view to its end for a moment:
    nobody agrees to what they cannot have seen, by a key that is held, or by an Enter that was meant for the step before. */
function readOn(form, held) {
  const now = Date.now();
  if (held || now - came < MOMENT) return;
  const { foot, hidden } = toCome(form);
  if (hidden > 1) {
    moved = now;
    scrollBy({ top: Math.min(hidden + 16, 0.8 * foot), behavior: "instant" });
  } else if (now - moved >= MOMENT) form.requestSubmit();
}

/** Where the window's part for reading ends, and how much of the text is below it. */
function toCome(form) {
  const foot = form.matches(".bar") ? form.getBoundingClientRect().top : innerHeight;
  return { foot, hidden: step().querySelector(".text-document, .suggestion .text").getBoundingClientRect().bottom - foot };
}

/** The key stands at what it does. */
function showReadsOn() {
  const form = document.querySelector("form[data-agrees]");
  form?.toggleAttribute("data-reads-on", toCome(form).hidden > 1);
}
addEventListener("scroll", showReadsOn, { passive: true });
addEventListener("resize", showReadsOn);

/* --- What buttons do --------------------------------------------------------------------------------------------- */

let beside = false; // whether the guideline is to stand beside each pair
let readFrom = null; // what had the focus before it was opened, where Enter submits

function toggleGuideline() {
  const drawer = document.querySelector("dialog.drawer");
  if (!drawer) return;
  const had = drawer.contains(document.activeElement);
  if (!drawer.open) readFrom = document.activeElement;
  drawer[drawer.open ? "close" : "show"]();
  beside = drawer.open;
  if (drawer.open) htmx.trigger(drawer, "opens"); // beside a prompt it is fetched when it is asked for
  showGuidelineState();
  if (drawer.open) drawer.querySelector("h2").focus();
  else if (had) (readFrom?.isConnected && readFrom !== document.body ? readFrom : step()).focus({ preventScroll: true });
}

/** Whoever reads it beside a pair need not open it again for the next one; where it covers the pair it stays closed. */
function keepGuideline() {
  const drawer = document.querySelector("dialog.drawer");
  if (drawer?.matches(":not([hx-get])") && beside && matchMedia("(min-width: 80rem)").matches) drawer.open = true;
  showGuidelineState();
}

function showGuidelineState() {
  const open = Boolean(document.querySelector("dialog.drawer[open]"));
  document.querySelector("#place [data-does=guideline]")?.setAttribute("aria-expanded", open);
}

/** Takes the offered prompt over into one's own, with its tags. What stood there comes back with the browser's undo. */
function editSuggestion() {
  const field = document.getElementById("prompt-text");
  const suggestion = document.querySelector(".suggestion");
  const text = suggestion.elements.text.value;
  if (field.value.trim() && field.value !== text) {
    const unheard = (event) => event.stopPropagation(); // it is not typed
    field.select();
    field.addEventListener("input", unheard);
    document.execCommand("insertText", false, text);
    field.removeEventListener("input", unheard);
    showSaved(field.dataset.replaced);
  }
  field.value = text;
  for (const name of ["language", "risk", "attack"]) {
    const select = field.form.elements[name];
    if (select && [...select.options].some(({ value }) => value === suggestion.dataset[name])) select.value = suggestion.dataset[name];
  }
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

/** Ending throws an unjudged pair away and cannot be undone, so it is asked about first, in place. */
function askToEnd(asking) {
  const form = document.querySelector("form.end");
  const [link, question] = [form.querySelector("[data-does=end]"), form.querySelector(".end-question")];
  link.hidden = asking;
  question.hidden = !asking;
  (asking ? question.querySelector("[data-does=keep]") : link).focus();
}

const actions = {
  guideline: toggleGuideline,
  keys: () => document.getElementById("keys").showModal(),
  edit: editSuggestion,
  end: () => askToEnd(true),
  keep: () => askToEnd(false),
};
document.addEventListener("click", (event) => {
  const { target, detail } = event;
  if (detail > 1 && target.closest(".end-question, form[data-agrees]")) return event.preventDefault(); // it double-clicked what was there
  const does = target.closest("[data-does]");
  actions[does?.dataset.does]?.(does);
});

/** Says how many characters of a prompt are left, once that matters. */
function countLeft() {
  const field = document.querySelector("textarea[data-limit]");
  if (!field) return;
  const limit = Number(field.dataset.limit);
  const left = limit - [...field.value].length;
  const words = left < 0 ? field.dataset.over : left < limit / 10 ? field.dataset.left : "";
  const counter = document.getElementById("prompt-left");
  counter.textContent = words.replace("%", Math.abs(left).toLocaleString());
  counter.classList.toggle("problem", left < 0);
}
document.addEventListener("input", ({ target }) => target.dataset.limit && countLeft());

/* --- A step comes and goes --------------------------------------------------------------------------------------- */

/* How much of the window stays covered at its foot: by the whole bar, or by the scale alone where the window is low. */
const bar = new ResizeObserver(([entry]) => {
  document.documentElement.style.setProperty("--bar", `${entry.borderBoxSize[0].blockSize}px`);
});

function watchFoot() {
  const stays = (part) => getComputedStyle(part).position === "sticky";
  const foot = [...document.querySelectorAll("#step .bar, #step .instrument")].find(stays);
  bar.disconnect();
  if (foot) bar.observe(foot);
  else document.documentElement.style.setProperty("--bar", "0px");
}
addEventListener("resize", watchFoot);

function arrive() {
  watchFoot();
  came = Date.now();
  drafts.restoreAll();
  clock.start(step()?.dataset.clock ?? null);
  watchStream();
  showMissing();
  keepGuideline();
  showReadsOn();
  countLeft();
  if (/Mac|iPhone|iPad/.test(navigator.platform)) {
    document.querySelectorAll("[data-mac]").forEach((kbd) => (kbd.textContent = kbd.dataset.mac));
  }
}

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.id === "judgement" && ctx.response.status === 200) clock.stop();
});

let scrolled = 0;
let pairBefore = null; // that was on the page
document.addEventListener("htmx:before:swap", (event) => {
  // The step it was for has been replaced; htmx would still take what is kept (hx-preserve) out of the new one.
  if (event.detail.ctx.target?.isConnected === false) return event.preventDefault();
  scrolled = scrollY;
  pairBefore = step()?.dataset.clock ?? null;
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "step") return;
  arrive();
  if (ctx.sourceElement === ctx.target || (ctx.sourceElement.matches(".side form") && pairBefore === step().dataset.clock)) {
    // The same pair, further on: the reader's place stays.
    scrollTo({ top: scrolled, behavior: "instant" });
    const side = document.getElementById(ctx.sourceElement.closest(".side")?.id ?? ""); // of which it asked something
    if (step().dataset.ready === "true") tandem.announce(step().dataset.saidReady);
    else if (side) tandem.announce(side.querySelector(".side-state, .problem")?.textContent ?? "");
    if (document.activeElement === document.body) step().focus({ preventScroll: true });
    return;
  }
  if (ctx.response.status >= 400) {
    (step().querySelector("[aria-invalid=true]") ?? step().querySelector("[data-focus]") ?? step()).focus({ preventScroll: true });
    return step().querySelector("[role=alert]")?.scrollIntoView({ block: "nearest" });
  }
  if (ctx.sourceElement.matches("#judgement, .panel")) showSaved();
  tandem.announce(step().querySelector(".step-notice")?.textContent ?? "");
  if (compose() || (document.activeElement !== step() && step().contains(document.activeElement))) return;
  scrollTo({ top: 0, behavior: "instant" });
  step().focus({ preventScroll: true });
});

/** Puts the caret where one writes, with what it answers in view: from the heading on if everything fits, else from the
    last response on, else as much of its end as there is room for. */
function compose() {
  const field = step()?.querySelector("[data-focus]");
  if (!field) return false;
  field.focus({ preventScroll: true });
  const at = (element, edge) => element.getBoundingClientRect()[edge] + scrollY;
  const end = at(step().querySelector(":scope > :nth-last-child(1 of :not(dialog))"), "bottom") + 16 - innerHeight;
  const last = [...step().querySelectorAll(".message")].at(-1);
  const starts = [0, ...(last ? [at(last, "top") - 16] : [])];
  const top = starts.find((start) => start >= end) ?? Math.min(end, at(field.form, "top"));
  scrollTo({ top, behavior: "instant" });
  return true;
}

let fades = 0; // the timer by which what was shown last goes

function showSaved(words) {
  const saved = document.getElementById("saved");
  saved.textContent = words ?? saved.dataset.text;
  requestAnimationFrame(() => saved.toggleAttribute("data-afloat", scrollY > 0)); // its place in the head is out of view
  clearTimeout(fades);
  fades = setTimeout(() => (saved.textContent = ""), 2500);
}

/* While nobody looks nothing is renewed: whoever comes back learns at once whether the pair is still theirs. */
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.getElementById("renews")?.dispatchEvent(new Event("back"));
});

arrive();
compose();
