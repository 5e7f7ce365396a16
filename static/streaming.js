/* What the stream of a pair tells: how far each side is, and that it is lost or silent. Needs tandem.js and the step of
   workbench.js. */
"use strict";

const SILENT_AFTER = 20_000; // ms without new text after which a waiting side says so
const SSE = "[hx-sse\\:connect]";

const heard = new WeakMap(); // side → when its text last grew

function say(side, state) {
  const line = side.querySelector(".side-state");
  if (line && line.textContent !== line.dataset[state]) line.textContent = line.dataset[state];
}

function turn(side, state) {
  heard.set(side, Date.now());
  side.dataset.state = state;
  say(side, state);
}

const growth = new MutationObserver((changes) => {
  for (const { target } of changes) {
    const side = target.closest(".side");
    if (side.dataset.state === "queued" || side.dataset.state === "running") {
      turn(side, target.hasChildNodes() ? "running" : "queued");
    }
  }
});

const waiting = () => document.querySelectorAll('.side:is([data-state="queued"], [data-state="running"])');

function watchStream() {
  growth.disconnect();
  for (const text of document.querySelectorAll(".text-streaming")) growth.observe(text, { childList: true });
}

for (const [event, words] of [["done", "saidComplete"], ["failed", "saidFailed"], ["withdrawn", "saidWithdrawn"]]) {
  document.addEventListener(event, ({ target, detail }) => {
    if (!target.matches?.(SSE)) return;
    const side = document.getElementById(`side-${detail.data.trim()}`);
    if (!side) return;
    turn(side, event);
    side.querySelector(".text-streaming")?.removeAttribute("aria-busy");
    tandem.announce(step().dataset[words].replace("%", side.dataset.letter));
  });
}

document.addEventListener("htmx:sse:error", () => waiting().forEach((side) => say(side, "lost")));
document.addEventListener("htmx:after:sse:connection", () => waiting().forEach((side) => say(side, side.dataset.state)));

/* A stream that cannot even be opened: ask for the step instead, every few seconds. */
for (const kind of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(kind, ({ detail: { ctx } }) => {
    if (!ctx?.sourceElement.matches(SSE)) return;
    waiting().forEach((side) => say(side, "lost"));
    setTimeout(() => ctx.sourceElement.isConnected && htmx.trigger(ctx.sourceElement, "ready", { data: "" }), 3000);
  });
}

setInterval(() => {
  for (const side of waiting()) {
    if (!heard.has(side)) heard.set(side, Date.now());
    else if (Date.now() - heard.get(side) > SILENT_AFTER) say(side, "silent");
  }
}, 1000);
