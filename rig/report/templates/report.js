"use strict";
const form = document.getElementById("filter");
const cases = [...document.querySelectorAll("details.case")];
const areas = [...document.querySelectorAll("section.area")];
const count = form.querySelector("output");

function apply() {
  const { words, area, level, verdict } = form.elements;
  const wanted = words.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const item of cases) {
    const text = item.firstElementChild.textContent.toLowerCase();
    const fits = (!area.value || item.dataset.area === area.value)
      && (!level.value || item.dataset.level === level.value)
      && (!verdict.value || item.dataset.verdict === verdict.value)
      && wanted.every((word) => text.includes(word));
    item.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  for (const section of areas) section.hidden = !section.querySelector("details.case:not([hidden])");
  count.textContent = shown === cases.length ? "" : `${shown} of ${cases.length} shown`;
}

function reveal() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target || !target.matches("details.case")) return;
  if (target.hidden) { form.reset(); apply(); }
  target.open = true;
  target.scrollIntoView();
}

form.hidden = false;
form.addEventListener("input", apply);
form.addEventListener("reset", () => setTimeout(apply));
form.addEventListener("submit", (event) => event.preventDefault());
for (const link of document.querySelectorAll("a[data-show]")) {
  link.addEventListener("click", () => { form.reset(); form.elements.verdict.value = link.dataset.show; apply(); });
}
window.addEventListener("hashchange", reveal);
apply();
reveal();
