/* Sending: what the workbench asks for arrives, however often that has to be tried: without a connection, while the
   server restarts, after one was signed out (session.js). Whatever it sends may be repeated: each submit has a key, and
   the same key twice is one judgement, one report, one pair. Needs tandem.js and session.js. */
"use strict";

const PATIENCE = 30_000; // ms that one attempt may take
const PAUSES = [500, 1000, 2000, 4000]; // ms before the next attempt, the last one again and again
const AWAY = [502, 503, 504]; // somebody answers for a server that is not there

const sending = {
  waiting: null, // the form whose answer could not be sent yet

  /** The server's answer, in the end. Throws when it is given up: when the form was changed while it waited. */
  async send(ctx, url, request) {
    for (let attempt = 0, renewed = false; ; attempt++) {
      const answer = await sending.attempt(url, request);
      const token = answer && sending.again(ctx) ? await session.renew(answer, renewed) : null;
      request.signal.throwIfAborted();
      if (answer) sending.found(ctx.sourceElement);
      if (answer && session.isAnothers(answer)) return session.leave();
      if (answer && token === null) return answer;
      if (token) {
        request.body?.set("csrfmiddlewaretoken", token);
        renewed = true;
      } else {
        await sending.wait(ctx, PAUSES[attempt] ?? PAUSES.at(-1));
      }
    }
  },

  /** What was asked once and is waited for; a page that asks every few seconds does so again by itself. */
  again: (ctx) => !ctx.sourceElement.matches("[hx-trigger^=every]"),

  /** Null when nobody answered, or not to the end. */
  async attempt(url, request) {
    const signal = AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE)]);
    try {
      const answer = await fetch(url, { ...request, signal });
      if (AWAY.includes(answer.status)) return null;
      await answer.clone().arrayBuffer();
      return answer;
    } catch (error) {
      console.info("Not sent yet:", error.message);
      return null;
    }
  },

  async wait(ctx, ms) {
    const element = ctx.sourceElement;
    if (sending.again(ctx) && element.matches("form")) sending.waiting = element;
    if (element.dataset.saving) {
      tandem.say(element, sending.notice().dataset.waits);
      tandem.hold(element, false); // whoever writes on takes it back
    }
    sending.lost();
    if (!sending.again(ctx)) ctx.request.abort();
    else await sending.pause(ms, ctx.request.signal);
  },

  /** Until the browser says that it is connected again, and not for longer than `ms`. */
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const done = () => [clearTimeout(timer), removeEventListener("online", done), resolve()];
      const timer = setTimeout(done, ms);
      addEventListener("online", done);
      signal.addEventListener("abort", done);
    }),

  notice: () => document.getElementById("connection"),

  lost() {
    const { dataset } = sending.notice();
    sending.tell(sending.waiting?.isConnected ? dataset.waiting : dataset.lost);
  },

  /** `element`: what has been sent, if anything of this page was. */
  found(element = null) {
    if (sending.waiting === element || !sending.waiting?.isConnected) sending.waiting = null;
    if (sending.waiting || !sending.notice().textContent) return;
    sending.tell("");
    tandem.announce(sending.notice().dataset.found);
  },

  tell(words) {
    const notice = sending.notice();
    if (notice.textContent !== words) notice.textContent = words;
  },
};

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.matches("[hx-sse\\:connect]")) return;
  ctx.request.timeout = 0; // each attempt has its own
  ctx.fetch = (url, request) => sending.send(ctx, url, request);
});

/* Whoever changes what waits to be sent takes it back. */
document.addEventListener("input", ({ target }) => {
  const form = target.form;
  if (!form || form !== sending.waiting) return;
  sending.waiting = null;
  htmx.trigger(form, "htmx:abort");
  sending.lost();
});

addEventListener("beforeunload", (event) => sending.waiting?.isConnected && event.preventDefault());
addEventListener("offline", sending.lost);
addEventListener("online", () => sending.found());
document.addEventListener("tandem:lost", sending.lost); // a draft could not be saved
document.addEventListener("tandem:found", () => sending.found());
if (!navigator.onLine) sending.lost();
