/* Drafts: what is entered and not sent yet. A form names its draft in data-draft, after what it begins from.
   The server keeps drafts as they change, so that they are there on another machine and after a browser that was
   killed. What it does not have yet is kept in this browser, by person; nothing of it stays once the server has it.
   Needs tandem.js. */
"use strict";

const REST = 1000; // ms without input after which a draft is saved
const LONGEST = 10_000; // ms of input without such a rest
const AGAIN = 10_000; // ms until a draft that could not be saved is tried again
const LATE = 30_000; // ms that a save may be under way, as the server has it
const OLD = 14 * 24 * 3600_000; // ms, as long as the server keeps one

const drafts = {
  url: document.getElementById("drafts")?.dataset.url,
  prefix: `tandem:draft:${document.body.dataset.person ?? ""}:`,
  known: new Map(), // name → { entered, at, back }; `back`: it was there before this page
  unsaved: new Map(), // name → since when
  onServer: new Set(),
  timer: 0,
  busy: false,

  fields: (form) => [...form.elements].filter((e) => e.name && !e.matches("[type=hidden], [type=password], button")),

  holds: (field) => (/radio|checkbox/.test(field.type) ? field.checked : field.value),

  /** What the server gave with the page, and what this browser has that the server has not; the newer one counts. What
      was dropped here stays so, also where an earlier save of it came late: `entered` is null in its place. */
  begin() {
    for (const { form, entered, at } of JSON.parse(document.getElementById("drafts")?.dataset.kept ?? "[]")) {
      drafts.onServer.add(form);
      drafts.known.set(form, { entered: JSON.parse(entered), at, back: true });
    }
    for (const [key, draft] of drafts.stored()) {
      const name = key.slice(drafts.prefix.length);
      const own = key.startsWith(drafts.prefix);
      const overtaken = own && drafts.known.get(name)?.at > draft.at + (draft.entered ? 0 : LATE);
      if (overtaken || Date.now() - draft.at > OLD) localStorage.removeItem(key);
      else if (own) {
        if (draft.entered) drafts.known.set(name, { ...draft, back: true });
        else drafts.known.delete(name);
        drafts.unsaved.set(name, draft.at);
      }
    }
    drafts.plan(0);
  },

  stored: () =>
    Object.entries({ ...localStorage })
      .filter(([key]) => key.startsWith("tandem:draft:"))
      .map(([key, text]) => [key, JSON.parse(text)]),

  changed(form) {
    const name = form.dataset.draft;
    const filled = drafts.fields(form).filter(drafts.holds);
    if (filled.every((field) => field.matches("select"))) return drafts.drop(name); // they always hold something
    const draft = { entered: filled.map((field) => [field.name, field.value]), at: Date.now(), back: false };
    drafts.known.set(name, draft);
    drafts.store(name, draft);
    if (!drafts.unsaved.has(name)) drafts.unsaved.set(name, draft.at);
    drafts.plan(Math.min(REST, Math.max(0, drafts.unsaved.get(name) + LONGEST - draft.at)));
  },

  store(name, draft) {
    try {
      localStorage.setItem(drafts.prefix + name, JSON.stringify({ entered: draft.entered, at: draft.at }));
    } catch (error) {
      console.warn("No draft is kept in this browser:", error); // storage is full or forbidden
    }
  },

  /** It was sent, or is begun anew. Where the server has it, this browser remembers that until the server knows. */
  drop(name) {
    drafts.known.delete(name);
    drafts.unsaved.delete(name);
    localStorage.removeItem(drafts.prefix + name);
    if (!drafts.onServer.has(name)) return;
    drafts.store(name, { entered: null, at: Date.now() });
    drafts.unsaved.set(name, Date.now());
    drafts.plan(0);
  },

  plan(wait) {
    clearTimeout(drafts.timer);
    if (drafts.url && drafts.unsaved.size) drafts.timer = setTimeout(drafts.save, wait);
  },

  /** One after the other, so that the server has the last one last. */
  async save() {
    if (drafts.busy || !drafts.url) return;
    drafts.busy = true;
    const names = [...drafts.unsaved.keys()];
    let status = 204;
    for (const name of names) if (status === 204) status = await drafts.saveOne(name);
    drafts.busy = false;
    if (status !== 401 && status !== 403) drafts.plan(status === 204 ? REST : AGAIN); // else once they are signed in
  },

  async saveOne(name) {
    const draft = drafts.known.get(name);
    drafts.onServer.add(name);
    const ago = Math.max(0, Date.now() - drafts.unsaved.get(name)); // a clock may be put back
    const answer = await drafts.post(name, draft ? JSON.stringify(draft.entered) : "", ago);
    document.dispatchEvent(new Event(answer ? "tandem:found" : "tandem:lost"));
    if (!answer?.ok && answer?.status !== 422) return answer?.status; // 422: too long to be kept anywhere but here
    if (drafts.known.get(name) !== draft) return 204; // it has changed meanwhile
    drafts.unsaved.delete(name);
    if (!draft) drafts.onServer.delete(name);
    if (answer.ok) localStorage.removeItem(drafts.prefix + name);
    return 204;
  },

  /** `ago`: ms since it was entered or dropped, for the server's own clock: what another machine has saved since stays. */
  post(form, entered, ago) {
    const csrfmiddlewaretoken = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const body = new URLSearchParams({ form, entered, ago, csrfmiddlewaretoken });
    const keepalive = entered.length < 10_000; // it outlives the page; browsers bound how much may
    return fetch(drafts.url, { method: "POST", body, keepalive, headers: { "HX-Request": "true" } }).catch(() => null);
  },

  restore(form) {
    const draft = drafts.known.get(form.dataset.draft);
    if (!draft) return;
    const filled = drafts.fields(form).filter((field) => !field.disabled && drafts.fill(field, draft.entered));
    if (filled.some((field) => field.name === "comment")) form.querySelector("details.comment")?.setAttribute("open", "");
    if (filled.length && draft.back) form.querySelector("[data-draft-note]")?.removeAttribute("hidden");
  },

  /** Whether that changed anything. */
  fill(field, entered) {
    const values = entered.filter(([name]) => name === field.name).map(([, value]) => value);
    const [property, value] = /radio|checkbox/.test(field.type)
      ? ["checked", values.includes(field.value)]
      : ["value", values[0] ?? ""];
    if (field[property] === value || (field.matches("select") && !values.length)) return false;
    field[property] = value;
    return true;
  },

  restoreAll() {
    document.querySelectorAll("form[data-draft]").forEach(drafts.restore);
  },

  startOver(form) {
    drafts.drop(form.dataset.draft);
    form.reset();
    form.querySelector("[data-draft-note]").hidden = true;
    form.dispatchEvent(new Event("tandem:again", { bubbles: true }));
  },
};

document.addEventListener("input", ({ target }) => {
  target.form?.toggleAttribute("data-changed", true);
  if (target.form?.dataset.draft) drafts.changed(target.form);
});

document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-does=start-over]")?.form;
  if (form) drafts.startOver(form);
  const left = document.getElementById(target.closest("[data-leaves]")?.dataset.leaves);
  if (left) drafts.drop(left.dataset.draft);
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  const name = ctx.sourceElement.dataset?.draft;
  if (ctx.response.status === 200 && ctx.request.method === "POST" && name) drafts.drop(name);
});

/* The page may be about to go: what the server does not have yet is sent now. */
document.addEventListener("visibilitychange", () => document.hidden && drafts.plan(0));
addEventListener("pagehide", () => drafts.save());
addEventListener("online", () => drafts.plan(0));
document.addEventListener("tandem:signed-in", () => drafts.plan(0));

drafts.begin();
drafts.restoreAll();
