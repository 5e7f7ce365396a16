/* A table's page: its address follows what is shown, and one box ticks all rows. */
"use strict";

function showBoxes() {
  document.querySelectorAll("[data-ticks]").forEach((box) => (box.hidden = false));
}

showBoxes();
document.addEventListener("htmx:after:swap", () => {
  const shown = document.getElementById("listing");
  if (!shown) return;
  history.replaceState(history.state, "", shown.dataset.address);
  showBoxes();
});

document.addEventListener("change", ({ target }) => {
  if (!target.matches("[data-ticks]")) return;
  for (const box of document.querySelectorAll(`#listing tbody input[name="${target.dataset.ticks}"]`)) box.checked = target.checked;
});
