/* A file is sent in parts, each with where it begins: after a broken connection, or on another day, it goes on from what
   the server has, and a file of any size takes the memory of one part, here and there. */
"use strict";

const UPLOAD_PAUSES = [500, 1000, 2000, 4000]; // ms before the next attempt, the last one again and again
const NOT_THERE = [502, 503, 504]; // somebody answers for a server that is not there

const upload = {
  form: document.getElementById("upload"),

  async begin(event) {
    const [file] = upload.field().files;
    if (!file?.size) return; // the server says what is missing
    event.preventDefault();
    const data = upload.form.dataset;
    if (data.parts && (file.name !== data.name || String(file.size) !== data.size)) return upload.say(data.other);
    upload.busy(true);
    const begun = data.parts ? { parts: data.parts, page: data.page } : await upload.announce(file);
    if (begun && (await upload.send(file, begun, Number(data.received ?? 0)))) location.assign(begun.page);
    else upload.busy(false);
  },

  /** Where the parts go; null where the server does not want the file, and has said why. */
  async announce(file) {
    const body = new URLSearchParams({ name: file.name, size: file.size, csrfmiddlewaretoken: upload.token() });
    const answer = await upload.attempt(location.pathname, { body });
    if (answer.ok && answer.headers.get("Content-Type").includes("json")) return answer.json();
    const page = answer.status === 422 ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    upload.say(page?.querySelector("#upload .problem")?.textContent.trim() || upload.form.dataset.failed);
    return null;
  },

  async send(file, { parts }, received) {
    const size = Number(upload.form.dataset.part);
    while (received < file.size) {
      const body = file.slice(received, received + size);
      const headers = { "X-CSRFToken": upload.token(), "Content-Type": "application/octet-stream" };
      const answer = await upload.attempt(`${parts}?begins=${received}`, { body, headers });
      const said = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : {};
      if (said.received === undefined) {
        upload.say(said.problem ?? upload.form.dataset.failed);
        return false;
      }
      received = said.received;
      upload.show(Math.floor((100 * received) / file.size));
    }
    return true;
  },

  /** The server's answer, in the end. */
  async attempt(url, request) {
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await fetch(url, { method: "POST", redirect: "manual", ...request });
        if (!NOT_THERE.includes(answer.status)) return answer;
      } catch (error) {
        console.info("Not sent yet:", error.message);
      }
      upload.say(upload.form.dataset.broken);
      await new Promise((resolve) => setTimeout(resolve, UPLOAD_PAUSES[attempt] ?? UPLOAD_PAUSES.at(-1)));
    }
  },

  show(percent) {
    upload.form.querySelector("progress").value = percent;
    upload.say(upload.form.dataset.sent.replace("%p", percent));
  },

  say(text) {
    upload.form.querySelector("[data-state]").textContent = text;
  },

  busy(on) {
    upload.form.querySelector("progress").hidden = !on;
    for (const control of upload.form.querySelectorAll("button, input")) control.disabled = on;
  },

  field: () => upload.form.querySelector("input[type=file]"),
  token: () => upload.form.querySelector("[name=csrfmiddlewaretoken]").value,
};

upload.form?.addEventListener("submit", upload.begin);
