"use strict";
// The page around the rules: reads the controls, hides what is not asked, says what is wrong.

const form = JSON.parse(document.getElementById("form").textContent);
const root = document.documentElement;
const part = (id) => document.getElementById(id);
const itemOf = new Map(form.items.map((item) => [item.id, item]));
let checked = false; // after the first check, missing answers are said as well

function answerOf(item) {
  const place = part("item-" + item.id);
  const picked = [...place.querySelectorAll("input:checked")].map((input) => input.value);
  if (picked.length > 0) return picked.join(" ");
  const typed = place.querySelector("[data-typed]");
  return typed === null ? "" : typed.value.trim();
}

function unit() {
  const [type, place] = part("unit").value.split(" ");
  return { type: type ?? "", place: place ?? "" };
}

function fillWords() {
  const { type, place } = unit();
  for (const span of document.querySelectorAll("[data-word]")) {
    const word = form.words[span.dataset.word];
    span.textContent = (word.variants[place] ?? word.variants[type] ?? word.text)[span.dataset.lang];
  }
}

function setLanguage(lang) {
  root.lang = root.dataset.lang = lang;
  for (const button of document.querySelectorAll("[data-choose]")) {
    button.setAttribute("aria-pressed", String(button.dataset.choose === lang));
  }
  for (const element of document.querySelectorAll("[data-vi]")) element.textContent = element.dataset[lang];
  document.title = part("title").querySelector(`[lang=${lang}]`).textContent;
}

function showProblem(item, kind) {
  const place = part("item-" + item.id);
  const silent = kind === "required" && !checked;
  for (const line of place.querySelectorAll("[data-problem]")) {
    line.hidden = silent || line.dataset.problem !== kind;
  }
  const wrong = kind !== "" && !silent;
  place.classList.toggle("wrong", wrong);
  for (const control of place.querySelectorAll(".answer input, .answer textarea")) {
    control.setAttribute("aria-invalid", String(wrong));
  }
}

function update() {
  const answers = Object.fromEntries(form.items.map((item) => [item.id, answerOf(item)]));
  const list = askedItems(form, answers, unit().type);
  const asked = new Set(list);
  const kinds = problems(form, answers, list);
  const wrong = [];
  for (const item of form.items) {
    const place = part("item-" + item.id);
    const here = asked.has(item.id);
    place.classList.toggle("skipped", !here);
    place.classList.toggle("answered", answers[item.id] !== "");
    place.disabled = !here;
    const kind = kinds[item.id] ?? "";
    showProblem(item, kind);
    if (kind !== "") wrong.push(item.id);
  }
  for (const section of document.querySelectorAll("section[data-part]")) {
    section.classList.toggle("skipped", section.querySelector(".item:not(.skipped)") === null);
  }
  const answered = [...asked].filter((id) => answers[id] !== "").length;
  for (const place of document.querySelectorAll("[data-count]")) {
    place.textContent = { answered, asked: asked.size, wrong: wrong.length }[place.dataset.count];
  }
  return wrong;
}

function check() {
  checked = true;
  const wrong = update();
  part("done").hidden = wrong.length > 0;
  part("notdone").hidden = wrong.length === 0;
  if (wrong.length > 0) {
    const place = part("item-" + wrong[0]);
    place.querySelector("input, textarea").focus();
    place.scrollIntoView({ block: "center" });
  }
}

function clearItem(item) {
  const place = part("item-" + item.id);
  for (const input of place.querySelectorAll("input")) {
    if (input.type === "radio" || input.type === "checkbox") input.checked = false;
  }
  for (const typed of place.querySelectorAll("[data-typed]")) typed.value = "";
}

document.addEventListener("input", (event) => {
  const place = event.target.closest(".item");
  if (place !== null && event.target.type === "radio") {
    for (const typed of place.querySelectorAll("[data-typed]")) typed.value = "";
  } else if (place !== null && event.target.matches("[data-typed]") && event.target.value !== "") {
    for (const radio of place.querySelectorAll("input[type=radio]")) radio.checked = false;
  }
  if (event.target.id === "unit") fillWords();
  if (event.target.dataset.toggle) document.body.classList.toggle(event.target.dataset.toggle, event.target.checked);
  update();
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (button === null) return;
  if (button.dataset.choose) setLanguage(button.dataset.choose);
  if (button.dataset.clear) { clearItem(itemOf.get(button.dataset.clear)); update(); }
  if (button.id === "check") check();
  if (button.id === "empty") { form.items.forEach(clearItem); checked = false; update(); }
});
document.body.classList.add("live");
setLanguage(root.dataset.lang);
fillWords();
update();
