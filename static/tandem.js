/* Every page: what went wrong with a request, menus that close. */
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

  /** What is typed while a form is under way would be lost: its fields say so, and take nothing. */
  hold(form, on) {
    for (const field of form.elements) if (field.matches("textarea")) field.readOnly = on;
  },
};

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (!form.dataset.saving) return;
  tandem.say(form, form.dataset.saving);
  tandem.hold(form, true);
});

document.addEventListener("htmx:after:request", () => tandem.calm());

/* A session that ran out answers with the sign-in page; that must not be swapped into the workbench. */
document.addEventListener("htmx:before:response", (event) => {
  const { raw } = event.detail.ctx.response;
  if (!raw.redirected || !new URL(raw.url).pathname.startsWith("/accounts/")) return;
  event.preventDefault();
  tandem.complain("signedOut");
});

document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  const { status } = ctx.response;
  if (status === 409 || status === 422 || ctx.sourceElement.matches("[hx-sse\\:connect], [hx-trigger^=every]")) return;
  tandem.complain(status === 401 ? "signedOut" : status < 500 ? "refused" : "broken");
});

document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
  if (!ctx || ctx.request.signal.aborted || ctx.sourceElement.matches("[hx-sse\\:connect]")) return;
  tandem.complain("offline");
});

/* Whatever came of a request, a form that is still there says again what its button does. */
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  const form = ctx.sourceElement;
  if (form.isConnected && form.dataset.saving) {
    tandem.say(form, form.dataset.submit);
    tandem.hold(form, false);
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
