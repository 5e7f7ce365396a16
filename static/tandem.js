/* Every page: what went wrong with a request, drafts of what is being written, menus that close. */
"use strict";

const tandem = {
  /** Says something to people who listen rather than look. */
  announce(text) {
    document.getElementById("announcer").textContent = text;
  },

  /** Shows a problem above the page until it is dismissed or the next request works. */
  complain(reason) {
    const notices = document.getElementById("notices");
    tandem.calm();
    const notice = document.createElement("p");
    notice.className = "notice notice-error";
    notice.dataset.problem = "";
    notice.append(notices.dataset[reason]);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain";
    button.textContent = notices.dataset.dismiss;
    button.addEventListener("click", () => notice.remove());
    notice.append(button);
    notices.append(notice);
    notice.scrollIntoView({ block: "nearest" });
  },

  calm() {
    document.querySelectorAll("#notices [data-problem]").forEach((notice) => notice.remove());
  },

  /** Changes a button's words and nothing else of it. */
  say(form, text) {
    const words = form?.querySelector("[data-say]");
    if (words && words.textContent !== text) words.textContent = text;
  },
};

/* Drafts live in this tab's session storage: they survive a reload and signing in again, and nobody who uses the
   computer later finds them. A form names its draft in data-draft; an answer of 200 to it clears the draft. */
const drafts = {
  names: ["text", "note", "comment", "reason", "choice", "a_label", "b_label", "a_false_refusal", "b_false_refusal", "a_reasons", "b_reasons"],

  key: (form) => `tandem:draft:${form.dataset.draft}`,

  save(form) {
    const values = [...new FormData(form)].filter(([name, value]) => drafts.names.includes(name) && value);
    try {
      if (values.length) sessionStorage.setItem(drafts.key(form), JSON.stringify(values));
      else sessionStorage.removeItem(drafts.key(form));
    } catch (error) {
      console.warn("No draft is kept:", error); // storage is full or forbidden; the page works without it
    }
  },

  /** What the server sent back wins: a draft fills only a form that came empty, or one with data-draft-over, whose
      name changes with what it begins from; that one says that it holds a draft, and can begin anew. */
  restore(form) {
    const over = "draftOver" in form.dataset;
    const filled = !over && [...new FormData(form)].some(([name, value]) => drafts.names.includes(name) && value);
    const values = JSON.parse(sessionStorage.getItem(drafts.key(form)) ?? "[]");
    if (filled) return;
    for (const [name, value] of values) {
      for (const field of form.elements) {
        if (field.name !== name || field.type === "hidden") continue;
        if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
        else if (field.value !== value) {
          field.value = value;
          form.querySelector("[data-draft-note]")?.removeAttribute("hidden");
        }
      }
      if (name === "comment") form.querySelector("details.comment")?.setAttribute("open", "");
    }
  },

  /** Says how many characters are left, once that matters. */
  count() {
    const field = document.querySelector("textarea[data-limit]");
    if (!field) return;
    const limit = Number(field.dataset.limit);
    const left = limit - [...field.value].length;
    const words = left < 0 ? field.dataset.over : left < limit / 10 ? field.dataset.left : "";
    const counter = document.getElementById("prompt-left");
    counter.textContent = words.replace("%", Math.abs(left).toLocaleString());
    counter.classList.toggle("problem", left < 0);
  },

  restoreAll() {
    document.querySelectorAll("form[data-draft]").forEach(drafts.restore);
  },
};

document.addEventListener("input", ({ target }) => {
  target.form?.toggleAttribute("data-changed", true);
  if (target.form?.dataset.draft) drafts.save(target.form);
  if (target.dataset.limit) drafts.count();
});

document.addEventListener("click", ({ target }) => {
  const form = target.closest("[data-does=start-over]")?.form;
  if (!form) return;
  sessionStorage.removeItem(drafts.key(form));
  form.reset();
  form.querySelector("[data-draft-note]").hidden = true;
});

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (form.dataset.saving) tandem.say(form, form.dataset.saving);
});

document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
  tandem.calm();
  const form = ctx.sourceElement;
  if (ctx.response.status === 200 && ctx.request.method === "POST" && form.dataset?.draft) {
    sessionStorage.removeItem(drafts.key(form));
  }
});

/* A session that ran out answers with the sign-in page; that must not be swapped into the workbench. */
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (!raw.redirected || !new URL(raw.url).pathname.startsWith("/accounts/")) return;
  event.preventDefault();
  tandem.complain("signedOut");
});

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (status === 409 || status === 422 || ctx.sourceElement.matches("[hx-sse\\:connect]")) return;
  tandem.complain(status === 401 ? "signedOut" : status < 500 ? "refused" : "broken");
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (ctx && !ctx.sourceElement.matches("[hx-sse\\:connect]")) tandem.complain("offline");
});

/* Whatever came of a request, a form that is still there says again what its button does. */
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (form.isConnected && form.dataset.saving) {
    tandem.say(form, form.dataset.submit);
    form.dispatchEvent(new Event("tandem:again", { bubbles: true }));
  }
});

/* htmx starts one tick after its own script, so an extension that arrives later than that is never asked, and a stream
   stays closed. Here it starts once, when every script of the page has run. */
let starting = false;
document.addEventListener("htmx:before:process", (event) => {
  if (event.target === document.body && !starting) event.preventDefault();
});
document.addEventListener("DOMContentLoaded", () => {
  starting = true;
  htmx.process(document.body);
  starting = false;
});

/* What asks again every few seconds rests while nobody looks. */
document.addEventListener("every", (event) => document.hidden && event.stopImmediatePropagation(), true);

document.addEventListener("click", ({ target }) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  const menu = document.querySelector("details.menu[open]");
  if (event.key !== "Escape" || !menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

/* A button that copies what is in a field. Where the browser keeps the clipboard to encrypted pages, the older way. */
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copies]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copies);
  field.select();
  const copied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
  if (!copied && !document.execCommand("copy")) return;
  button.querySelector("span").textContent = button.dataset.copied;
  tandem.announce(button.dataset.said);
});
document.querySelectorAll("[data-copies]").forEach((button) => (button.hidden = false));

drafts.restoreAll();
