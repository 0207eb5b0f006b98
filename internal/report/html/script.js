"use strict";
// Findings are shown whose outcome's button is pressed; without this script all are.
const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const findings = document.querySelectorAll("[data-outcome]");
function apply() {
  const on = new Set();
  for (const b of filter.querySelectorAll("button[aria-pressed=true]")) on.add(b.value);
  let n = 0;
  for (const f of findings) {
    f.hidden = !on.has(f.dataset.outcome);
    if (!f.hidden) n++;
  }
  shown.textContent = n + " of " + findings.length + " findings shown";
}
filter.hidden = false;
filter.addEventListener("click", (e) => {
  const b = e.target.closest("button");
  if (!b) return;
  b.setAttribute("aria-pressed", String(b.getAttribute("aria-pressed") !== "true"));
  apply();
});
apply();
// Long runs of lines that stay as they are fold.
for (const body of document.querySelectorAll("tbody[data-fold]")) {
  const row = document.createElement("tr");
  row.className = "fold";
  const cell = row.appendChild(document.createElement("td"));
  cell.colSpan = 4;
  const button = cell.appendChild(document.createElement("button"));
  button.type = "button";
  const set = (open) => {
    body.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
    button.textContent = (open ? "Hide " : "Show ") + body.dataset.fold + " unchanged lines";
  };
  button.addEventListener("click", () => set(body.hidden));
  const holder = document.createElement("tbody");
  holder.append(row);
  body.before(holder);
  set(false);
}
