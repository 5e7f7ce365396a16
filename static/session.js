/* A session that ran out while somebody worked: the same person signs in again, over the page, which then goes on with a
   fresh token and repeats what it was sending. Nobody else's session ever sends it. Needs tandem.js. */
"use strict";

const LOOK = 3000; // ms between two looks at who is signed in, while the dialog is open

const session = {
  me: document.body.dataset.person,
  dialog: document.getElementById("sign-in-again"),
  asking: null, // for what everybody waits while the dialog is open
  answer: null,

  /** Whether this is somebody else's answer, who signed in here meanwhile: then the page is theirs, once it is loaded anew. */
  isAnothers(answer) {
    const person = answer.headers.get("Tandem-Person");
    return Boolean(person) && person !== session.me;
  },

  leave: () => new Promise(() => location.reload()),

  /** A fresh token to repeat a request with; null when its answer stands, undefined when nobody could be asked. */
  async renew(answer, renewed) {
    if (![401, 403].includes(answer.status)) return null;
    const now = await session.now();
    if (!now) return undefined;
    if (now.person !== session.me) return session.ask(now);
    return renewed ? null : session.take(now);
  },

  /** Who is signed in in this browser, and the token of their forms; null when the server cannot be reached. */
  now: () =>
    fetch(session.dialog.dataset.url)
      .then((answer) => (answer.ok ? answer.json() : null))
      .catch(() => null),

  take({ token }) {
    for (const field of document.getElementsByName("csrfmiddlewaretoken")) field.value = token;
    document.dispatchEvent(new Event("tandem:signed-in"));
    return token;
  },

  /** The token, once they are back; null when they would rather not now. */
  ask(now) {
    session.asking ??= new Promise((resolve) => (session.answer = resolve)).finally(() => (session.asking = null));
    if (!session.dialog.open) session.dialog.showModal();
    session.tell(now.person ? "other" : "");
    return session.asking;
  },

  look: async () => session.dialog.open && session.found(await session.now(), ""),

  /** Goes on if it is the same person; else says why not. */
  found(now, words) {
    if (now?.person !== session.me) return session.tell(!now ? "lost" : now.person ? "other" : words);
    session.answer(session.take(now));
    session.dialog.close();
  },

  tell(reason, words = session.dialog.dataset[reason] ?? "") {
    const problem = session.dialog.querySelector("[role=alert]");
    if (reason === "" && !session.dialog.dataset.other.includes(problem.textContent)) return; // it is about the password
    if (problem.textContent !== words) problem.textContent = words;
  },

  async signIn(form) {
    const before = await session.now();
    if (!before || before.person) return session.found(before, "");
    const body = new URLSearchParams(new FormData(form));
    body.set("csrfmiddlewaretoken", before.token);
    const headers = { Accept: "application/json" };
    const answer = await fetch(form.action, { method: "POST", body, headers }).catch(() => null);
    if (answer?.ok) return session.signedIn(await session.now());
    if (answer?.status !== 400) return session.tell(answer?.status === 429 ? "often" : "lost");
    const refused = (await answer.json()).form;
    session.tell("refused", [...refused.errors, ...refused.fields.password.errors].join(" "));
    form.elements.password.select();
  },

  /** After the password: they are in, or a code is asked for. */
  signedIn(now) {
    if (now?.person !== "") return session.found(now, "");
    session.step("code");
    session.tell("further");
  },

  async enterCode(form) {
    const before = await session.now();
    if (!before || before.person) return session.found(before, "");
    const body = new URLSearchParams(new FormData(form));
    body.set("csrfmiddlewaretoken", before.token);
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (answer?.type === "opaqueredirect") return session.found(await session.now(), "late");
    if (answer?.status !== 200) return session.tell(answer?.status === 429 ? "often" : "lost");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    session.tell("refused", page.getElementById("id_code_error")?.textContent.trim());
    form.elements.code.select();
  },

  /** Shows the form for the password or for the code. */
  step(name) {
    for (const form of session.dialog.querySelectorAll("[data-step]")) form.hidden = form.dataset.step !== name;
    session.dialog.querySelector(`[data-step=${name}] [autofocus]`)?.focus();
  },
};

session.dialog.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method === "dialog") return;
  event.preventDefault();
  tandem.say(form, form.dataset.saving);
  await (form.dataset.step === "code" ? session.enterCode(form) : session.signIn(form));
  tandem.say(form, form.dataset.submit);
});
session.dialog.addEventListener("close", () => {
  for (const form of session.dialog.querySelectorAll("[data-step]")) form.reset();
  session.step("password");
  session.tell("refused", "");
  session.answer?.(null);
});

/* They may come back in another tab, by a sign-in link for instance. */
addEventListener("focus", session.look);
document.addEventListener("visibilitychange", () => document.hidden || session.look());
setInterval(() => document.hidden || session.look(), LOOK);

/* The answer that the session ran out would lead away; this page stays. */
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  if (ctx.response.status === 401) delete ctx.hx.redirect;
});
