/* What the stream of a pair tells: how far each side is, and that it is lost, silent or stalled. Needs tandem.js and the
   step of workbench.js. */
"use strict";

const SILENT_AFTER = 20_000; // ms without new text after which a waiting side says so
const STALLED_AFTER = 15_000; // ms without text or heartbeat, of which one comes every 5 to 10 s
const TROUBLES = ["silent", "stalled", "lost"]; // told aloud too: whoever listens would only hear nothing
const SSE = "[hx-sse\\:connect]";
const WAITING = '.side:is([data-state="queued"], [data-state="running"])';

const heard = new WeakMap(); // side → when its text last grew
const ended = new Map(); // id of a side → how it was last said to have ended; each new stream says so again
let alive = Date.now(); // when the server last said anything
let askedAt = 0; // when what is waited for was asked for, by this machine's clock

function say(side, state) {
  const line = side.querySelector(".side-state");
  if (!line?.dataset[state] || line.textContent === line.dataset[state]) return; // one that was stopped says nothing else
  line.textContent = line.dataset[state];
  if (TROUBLES.includes(state)) tandem.announce(line.textContent);
}

function turn(side, state) {
  alive = Date.now();
  heard.set(side, alive);
  side.dataset.state = state;
  const stop = side.querySelector(".stop button");
  if (stop) stop.hidden = !side.matches(WAITING);
  say(side, state);
}

const growth = new MutationObserver((changes) => {
  for (const { target } of changes) {
    const side = target.closest(".side");
    if (side.matches(WAITING)) {
      turn(side, target.hasChildNodes() ? "running" : "queued");
      ended.delete(side.id);
    }
  }
});

const waiting = () => document.querySelectorAll(WAITING);

/** How long it takes, beside a text that has not begun; it is no more than a look at a clock, so nobody is told aloud. */
function showWaited(now) {
  const seconds = Math.round((now - askedAt) / 1000);
  const { seconds: few, minutes: many } = step()?.dataset ?? {};
  const words = seconds < 120 ? few?.replace("%", seconds) : many?.replace("%", Math.floor(seconds / 60));
  for (const side of waiting()) side.querySelector(".side-waited")?.replaceChildren(words);
}

function watchStream() {
  alive = Date.now();
  askedAt = alive - 1000 * Number(step()?.dataset.waited ?? 0);
  showWaited(alive);
  growth.disconnect();
  for (const { id } of waiting()) if (ended.get(id) !== "done") ended.delete(id); // it was asked for again
  for (const text of document.querySelectorAll(".text-streaming")) growth.observe(text, { childList: true });
}

for (const [event, words] of [["done", "saidComplete"], ["failed", "saidFailed"], ["withdrawn", "saidWithdrawn"]]) {
  document.addEventListener(event, ({ target, detail }) => {
    if (!target.matches?.(SSE)) return;
    const side = document.getElementById(`side-${detail.data.trim()}`);
    if (!side) return;
    turn(side, event);
    side.querySelector(".text-streaming")?.removeAttribute("aria-busy");
    if (ended.get(side.id) === event) return;
    ended.set(side.id, event);
    if (event === "done" && !waiting().length && !document.querySelector('.side:not([data-state="done"])')) return; // both are, which is said next
    tandem.announce(step().dataset[words].replace("%", side.dataset.letter));
  });
}

document.addEventListener("beat", () => (alive = Date.now()));
document.addEventListener("htmx:sse:error", () => waiting().forEach((side) => say(side, "lost")));
document.addEventListener("htmx:after:sse:connection", () => {
  alive = Date.now();
  waiting().forEach((side) => say(side, side.dataset.state));
});

/** The pair as the server has it, and with it a new stream. */
const askForPair = (stream) => stream?.isConnected && htmx.trigger(stream, "ready", { data: "" });

/* A stream that cannot even be opened: ask for the step instead, every few seconds. */
for (const kind of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(kind, ({ detail: { ctx } }) => {
    if (!ctx?.sourceElement.matches(SSE)) return;
    waiting().forEach((side) => say(side, "lost"));
    setTimeout(() => askForPair(ctx.sourceElement), 3000);
  });
}

setInterval(() => {
  const now = Date.now();
  showWaited(now);
  for (const side of waiting()) {
    if (!heard.has(side)) heard.set(side, now);
    if (now - alive > STALLED_AFTER) say(side, "stalled");
    else if (now - heard.get(side) > SILENT_AFTER) say(side, "silent");
  }
  if (now - alive > STALLED_AFTER && waiting().length) {
    alive = now; // and again after as long
    askForPair(document.querySelector(SSE));
  }
}, 1000);
