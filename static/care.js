/* Care: texts that are blurred until somebody asks for them. Blurred is what the eye sees: a screen reader reads on. Needs
   workbench.js and panels.js. What is shown stays so while the same pair is on the page, however often it comes anew. */
"use strict";

const veil = document.getElementById("veil");
const veiled = () => [...document.querySelectorAll("#step .text:not(.text-document)")];
let pairShown = null; // whose texts `unveiled` numbers
const unveiled = new Set();

function remember(text, on) {
  const place = veiled().indexOf(text);
  on ? unveiled.add(place) : unveiled.delete(place);
  text.toggleAttribute("data-shown", on);
}

function veilAnew() {
  const pair = step()?.dataset.pair ?? null;
  if (pair === null || pair !== pairShown) unveiled.clear();
  pairShown = pair;
  veiled().forEach((text, place) => text.toggleAttribute("data-shown", unveiled.has(place)));
}

/** All of them; once all are shown, none. */
function unveil() {
  const texts = veiled();
  const on = !texts.every((text) => text.hasAttribute("data-shown"));
  texts.forEach((text) => remember(text, on));
}

/** A preference of the person, on every machine: it shows at once, and the server is told. */
async function toggleBlur() {
  veil.hidden = !veil.hidden;
  unveiled.clear();
  veilAnew();
  tandem.announce(veil.hidden ? veil.dataset.off : veil.dataset.on);
  const { value } = document.querySelector("[name=csrfmiddlewaretoken]");
  const body = new URLSearchParams({ csrfmiddlewaretoken: value, ...(veil.hidden ? {} : { on: "1" }) });
  const answer = await fetch(veil.dataset.url, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) tandem.complain(!answer ? "offline" : answer.status === 401 ? "signedOut" : "broken");
}

Object.assign(actions, { unveil, blur: toggleBlur });

document.addEventListener(
  "click",
  (event) => {
    const text = event.target.closest("#step .text:not(.text-document, [data-shown])");
    if (veil.hidden || !text) return;
    event.preventDefault(); // a link in it is followed once it can be read
    event.stopPropagation();
    remember(text, true);
  },
  true,
);

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => ctx.target?.id === "step" && veilAnew());
veilAnew();

/* A submit that would choose an unsafe response over a safe one is stopped by workbench.js, and told to the server with
   the judgement: where it happens often, the guideline needs mending. */
document.addEventListener(
  "submit",
  ({ target }) => {
    if (target !== judgement() || !missing(target)?.why) return;
    target.elements.refused.value = Number(target.elements.refused.value) + 1;
  },
  true,
);
