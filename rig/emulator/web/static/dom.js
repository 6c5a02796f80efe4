// Elements, labelled fields, and entries that unfold: what every part of the page is made of.

export const el = (id) => document.getElementById(id);

export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

let named = 0;
const fresh = (what) => `${what}-${(named += 1)}`;

// A control with its label, a hint if there is one, and a place for what is wrong with it.
export function field(label, control, hint = "") {
  control.id ||= fresh("field");
  const error = make("small", { className: "error", id: fresh("error") });
  const help = hint ? [make("small", { className: "hint", id: fresh("hint") }, hint)] : [];
  control.setAttribute("aria-describedby", [...help, error].map((node) => node.id).join(" "));
  return make("div", { className: "field" }, make("label", { htmlFor: control.id }, label), control, ...help, error);
}

// Marks a control as wrong, in words; without words takes the mark away.
export function flag(control, wrong = "") {
  control.setAttribute("aria-invalid", String(Boolean(wrong)));
  const error = control.closest(".field")?.querySelector(".error");
  if (error) error.textContent = wrong;
}

export function select(className, options, value, pick) {
  const known = value in options ? options : { ...options, [value]: `${value} (missing)` };
  const entries = Object.entries(known).map(([key, label]) => make("option", { value: key, selected: key === value }, label));
  return make("select", { className, onchange: (event) => pick(event.target.value) }, ...entries);
}

export function text(className, value, pick, more = {}) {
  const keep = more.type === "password" ? (typed) => typed : (typed) => typed.trim();
  const input = (event) => { flag(event.target); pick(keep(event.target.value)); };
  return make("input", { type: "text", spellcheck: false, autocomplete: "off", className, value: value ?? "", oninput: input, ...more });
}

// An entry of a list: a header that unfolds it, with whatever else stands in the header, and a body.
export function entry({ className, title, unfolded = false, aside = [], body }) {
  const inside = make("div", { className: "entry-body", id: fresh("body"), hidden: !unfolded }, ...body);
  const name = make("span", { className: "entry-title", id: fresh("title") }, title);
  for (const other of aside) (other.querySelector("input") ?? other).setAttribute("aria-describedby", name.id);
  const toggle = make("button", { type: "button", className: "entry-toggle", "aria-controls": inside.id, "aria-expanded": String(unfolded) }, name);
  const node = make("div", { className: `${className}-entry entry` });
  node.unfold = (wanted) => {
    toggle.setAttribute("aria-expanded", String(wanted));
    inside.hidden = !wanted;
    node.classList.toggle("collapsed", !wanted);
  };
  node.retitle = (words) => { name.textContent = words; };
  node.focusTitle = () => toggle.focus();
  const clicked = (event) => {
    if (toggle.contains(event.target) || event.target.matches(".entry-header, .dest-stats")) node.unfold(inside.hidden);
  };
  node.append(make("div", { className: `${className}-header entry-header`, onclick: clicked }, toggle, ...aside), inside);
  node.unfold(unfolded);
  return node;
}

export function tick(label, checked, pick, className = "") {
  const box = make("input", { type: "checkbox", className, checked, onchange: (event) => pick(event.target.checked) });
  return make("label", { className: "tick" }, box, label);
}

// After something was removed from a list the keyboard goes on where it was: at what took its place, or at `otherwise`.
export function focusAfterRemoval(list, index, otherwise) {
  const next = list[Math.min(index, list.length - 1)];
  if (next) next.focusTitle();
  else otherwise.focus();
}

// Brings the keyboard to a field that is wrong, unfolded and in the middle of the window.
export function goTo({ node, control }) {
  node.unfold(true);
  control.focus();
  control.scrollIntoView({ block: "center" });
}
