/* Panels: small questions above the bar of a pair, one open at a time. Keys go to the open one: digits choose, Enter
   sends, Escape closes, a letter begins its words. Needs workbench.js. */
"use strict";

const openPanel = () => document.querySelector("form.panel:not([hidden])");
const opener = (panel) => document.querySelector(`[data-does=panel][aria-controls="${panel.id}"]`);

let cameFrom = null; // what had the focus before a panel was opened

function showPanel(panel) {
  if (!panel.contains(document.activeElement)) cameFrom = document.activeElement;
  const other = openPanel();
  if (other && other !== panel) hidePanel(other);
  panel.hidden = false;
  opener(panel)?.setAttribute("aria-expanded", "true");
  asksForWords(panel);
  (panel.querySelector("[name=reason]:checked") ?? panel.querySelector("[name=reason]")).focus();
}

/** Focus goes back to where it was before, so that Enter submits there; to the button, if that was what was pressed. */
function hidePanel(panel) {
  const had = panel.contains(document.activeElement);
  panel.hidden = true;
  opener(panel)?.setAttribute("aria-expanded", "false");
  if (had) goBack();
}

function goBack() {
  const back = cameFrom?.isConnected && cameFrom !== document.body ? cameFrom : step();
  back.focus({ preventScroll: true });
}

/** A reason that explains nothing by itself asks for words. */
function asksForWords(panel) {
  panel.elements.comment.required = Boolean(panel.querySelector("[data-needs-words]:checked"));
}

Object.assign(actions, {
  panel: (button) => {
    const panel = document.getElementById(button.getAttribute("aria-controls"));
    panel.hidden ? showPanel(panel) : hidePanel(panel);
  },
  unpanel: (button) => hidePanel(button.form),
});

/** Says in its place what is missing, and goes there. */
function tellMissing(panel, field) {
  panel.querySelector(".problem").textContent = panel.dataset[field.name === "reason" ? "noReason" : "noWords"];
  field.closest(".options, textarea").setAttribute("aria-invalid", "true");
  field.focus();
}

function calmPanel(panel) {
  panel.querySelector(".problem").textContent = "";
  panel.querySelector("[aria-invalid]")?.removeAttribute("aria-invalid");
}

document.addEventListener("change", ({ target }) => target.form?.matches(".panel") && asksForWords(target.form));
document.addEventListener("input", ({ target }) => target.form?.matches(".panel") && calmPanel(target.form));

document.addEventListener(
  "submit",
  (event) => {
    const panel = event.target;
    if (!panel.matches(".panel")) return;
    const lacking = [...panel.elements].find((field) => field.validity.valueMissing || (field.required && !field.value.trim()));
    if (!lacking) return clock.fill(panel);
    event.preventDefault();
    event.stopPropagation();
    tellMissing(panel, lacking);
  },
  true, // before htmx sees it
);

document.addEventListener(
  "keydown",
  (event) => {
    const panel = openPanel();
    if (!panel || document.querySelector("dialog:modal")) return;
    const writes = event.target.matches("textarea");
    if (event.key === "Escape") hidePanel(panel);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) panel.requestSubmit();
    else if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || writes) return;
    else if (event.key === "Enter" && !event.target.closest("a, button, summary")) panel.requestSubmit();
    else if (/^[1-9]$/.test(event.code.match(/^(?:Digit|Numpad)(\d)$/)?.[1])) choose(panel, event.code.at(-1));
    else if (/^\p{L}$/u.test(event.key)) panel.elements.comment.focus(); // where the letter then goes
    else return;
    event.stopImmediatePropagation(); // no key of the pair behind it
    if (!/^\p{L}$/u.test(event.key)) event.preventDefault();
  },
  true, // before the keys of the workbench
);

function choose(panel, digit) {
  const option = panel.querySelector(`[data-digit="${digit}"]`);
  if (!option) return;
  option.click();
  (option.matches("[data-needs-words]") ? panel.elements.comment : option).focus();
}

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches?.(".panel:not([data-sent])") && ctx.response.status === 200) clock.stop();
});

/* A panel that leaves the pair as it is comes back alone: closed when it was sent, open where something is missing. */
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const { sent } = ctx.sourceElement.dataset ?? {};
  if (!sent) return;
  const panel = document.getElementById(ctx.sourceElement.id);
  if (!panel.hidden) return panel.querySelector("[data-focus]").focus();
  opener(panel).setAttribute("aria-expanded", "false");
  goBack();
  showSaved(sent);
});
