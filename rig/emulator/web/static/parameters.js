// Parameters that are polled: standard and custom PIDs, and what is said of the vehicle profile.

import { el, entry, field, flag, focusAfterRemoval, goTo, make, select, text, tick } from "/dom.js";
import { changed, load, say, send, state } from "/state.js";

const edited = (change) => (value) => { change(value); changed(); };
let known = []; // standard PIDs that the device can read: name, unit, class
let answered = new Set(); // those that the car answered when it was scanned

// One list of the document: its entries, drawn by `draw`, added to by `fresh`.
function list(key, container, button, draw, fresh) {
  const all = () => state.document[key];
  const nodes = () => [...el(container).children];
  const remove = (one) => {
    const index = all().indexOf(one);
    if (!confirm(`Delete ${one.Name || "this parameter"}?`)) return;
    all().splice(index, 1);
    nodes()[index].remove();
    changed();
    focusAfterRemoval(nodes(), index, el(button));
  };
  const shown = (one, unfolded) => draw(one, unfolded, () => remove(one));
  const drawAll = () => el(container).replaceChildren(...all().map((one) => shown(one, false)));
  const add = (one) => {
    all().push(one);
    el(container).append(shown(one, true));
    changed();
    return nodes().at(-1);
  };
  el(button).addEventListener("click", () => add(fresh()).querySelector(".entry-body input, .entry-body select").focus());
  return { all, nodes, drawAll, add };
}

function header(one, className, remove) {
  return [tick("Enabled", one.enabled !== false, edited((value) => { one.enabled = value; })),
    make("button", { type: "button", className: `${className}-delete`, onclick: remove }, "Delete")];
}

// Fields that both kinds share: how often, and where else than to the destinations.
function period(one, check) {
  return text("pid-period", one.Period, edited((value) => { one.Period = value; }), { inputMode: "numeric", maxLength: 9, onchange: check });
}

// An entry is marked as wrong where `flawOf` finds something; it then says so itself.
function checked(node, fields, flawOf, title) {
  node.check = () => {
    const [name, words] = flawOf();
    for (const [key, control] of Object.entries(fields)) flag(control, key === name ? words : "");
    return words && { node, control: fields[name], words: `${title()}: ${words}` };
  };
  return node;
}

const periodIsBad = (one, least, mayBeNone) => {
  const value = String(one.Period ?? "");
  if (mayBeNone && Number(value) === 0) return false;
  return !/^\d+$/.test(value) || Number(value) < least;
};

// Standard PIDs --------------------------------------------------------------

function standardNames(one) {
  const groups = [["The car answered", known.filter((pid) => answered.has(pid.name))], ["All", known.filter((pid) => !answered.has(pid.name))]];
  const options = (pids) => pids.map((pid) => make("option", { value: pid.name, selected: pid.name === one.Name }, pid.unit ? `${pid.name} (${pid.unit})` : pid.name));
  const listed = groups.filter(([, pids]) => pids.length).map(([label, pids]) => make("optgroup", { label }, ...options(pids)));
  const unlisted = known.some((pid) => pid.name === one.Name) ? [] : [make("option", { value: one.Name, selected: true }, one.Name || "choose …")];
  return [...unlisted, ...listed];
}

function drawStandard(one, unfolded, remove) {
  const title = () => one.Name || "New standard PID";
  const check = () => node.check();
  const name = make("select", { className: "std-name", onchange: edited((event) => { one.Name = event.target.value; node.retitle(title()); check(); }) });
  name.append(...standardNames(one));
  const fields = { name, period: period(one, check) };
  const put = (key) => edited((value) => { one[key] = value; });
  const node = entry({
    className: "std", title: title(), unfolded, aside: header(one, "std", remove),
    body: [field("PID", name), field("Period (ms)", fields.period, "1000 or more"),
      field("Receive header", text("std-header", one.ReceiveHeader, put("ReceiveHeader"), { maxLength: 8, placeholder: "7E8" }), "Hex; empty takes any ECU's answer.")],
  });
  return checked(node, fields, () => {
    if (!one.Name) return ["name", "PID must be selected"];
    return periodIsBad(one, 1000) ? ["period", "Period must be a number, 1000 or greater"] : [];
  }, title);
}

const standard = list("std_pids", "standard_container", "standard_add", drawStandard,
  () => ({ Name: "", ReceiveHeader: "", Period: "1000", Type: "Default", Send_to: "", enabled: true }));

async function scan() {
  el("scan_pids").disabled = true;
  say("Asking the car …");
  try {
    const found = await load(`/scan_available_pids?protocol=${state.document.ecu_protocol}`);
    answered = new Set(found.std_pids ?? []);
    const have = new Set(standard.all().map((one) => one.Name));
    const missing = [...answered].filter((name) => !have.has(name));
    standard.drawAll();
    say(found.text ?? `The car answers ${answered.size} standard PIDs, ${missing.length} of them are not listed here; Add Standard PID shows them first.`);
  } catch (error) {
    say(`The scan failed: ${error.message}`, true);
  } finally {
    el("scan_pids").disabled = false;
  }
}

// Custom PIDs ----------------------------------------------------------------

const FIELDS = [
  ["Name", "Name", 31, "As it is sent"], ["PID", "PID", 9, "Request in hex, as in 22F190"],
  ["Expression", "Expression", 63, "As in B4/2; B0 is the first byte of the frame, its length byte."],
  ["Init", "Init", 64, "Commands before this request, as in ATSH7E0;"],
  ["Unit", "Unit", 15, ""], ["Class", "Class", 31, ""], ["MinValue", "Minimum", 15, "A value below it is left out."],
  ["MaxValue", "Maximum", 15, "A value above it is left out."],
];

function drawCustom(one, unfolded, remove) {
  const title = () => one.Name || "New custom PID";
  const put = (key) => edited((value) => { one[key] = value; if (key === "Name") node.retitle(title()); });
  const check = () => node.check();
  const fields = Object.fromEntries(FIELDS.map(([key, , maxLength]) => [key, text(`pid-${key.toLowerCase()}`, one[key], put(key), { maxLength, onchange: check })]));
  fields.Period = period(one, check);
  const result = make("span", { role: "status", className: "hint" });
  const trial = make("button", { type: "button", onclick: () => tryOut(one, trial, result) }, "Test");
  const node = entry({
    className: "pid", title: title(), unfolded, aside: header(one, "pid", remove),
    body: [...FIELDS.map(([key, label, , hint]) => field(label, fields[key], hint)), field("Period (ms)", fields.Period, "100 or more; 0 polls without pause."),
      make("p", { className: "buttons" }, trial, result)],
  });
  return checked(node, fields, () => {
    if (!one.Name || one.Name.length >= 32) return ["Name", "Name must not be empty and must be less than 32 characters"];
    if (!one.PID || one.PID.length >= 10) return ["PID", "PID must not be empty and must be less than 10 characters"];
    if (!one.Expression || one.Expression.length >= 64) return ["Expression", "Expression must not be empty and must be less than 64 characters"];
    return periodIsBad(one, 100, true) ? ["Period", "Period must be a number, 100 or greater"] : [];
  }, title);
}

const custom = list("pids", "custom_container", "custom_add", drawCustom, () => ({
  Name: "", Init: "", PID: "", Expression: "", Unit: "", Class: "", MinValue: "", MaxValue: "", Period: "1000", Type: "Default", Send_to: "", enabled: true,
}));

// Asks the car once for a custom PID, as it stands here.
async function tryOut(one, button, result) {
  button.disabled = true;
  result.textContent = "Asking the car …";
  const request = { kind: "custom", init: state.document.initialisation, pid: one.PID, pid_init: one.Init, expr: one.Expression };
  try {
    const answer = JSON.parse((await send("POST", "/autopid/test_pid", JSON.stringify(request))).text);
    const raw = answer.raw ? ` (answer ${answer.raw})` : "";
    result.textContent = answer.ok ? `${answer.value} ${one.Unit}${raw}` : `${answer.error}${raw}`;
  } catch (error) {
    result.textContent = `No test: ${error.message}`;
  } finally {
    button.disabled = false;
  }
}

// Vehicle profile and the rest -----------------------------------------------

function drawCar() {
  const car = state.car?.cars?.[0];
  const count = (car?.pids ?? []).reduce((sum, pid) => sum + (pid.parameters?.length ?? 0), 0);
  el("car_summary").textContent = count ? `${car.car_model}: ${count} parameters` : "No profile is loaded.";
  const filters = state.document.can_filters?.length ?? 0;
  el("kept_filters").textContent = filters ? `${filters} CAN filters are configured; they stay as they are.` : "";
}

async function loadCar(file) {
  try {
    const profile = JSON.parse(await file.text());
    if (!Array.isArray(profile.cars?.[0]?.pids)) throw new Error("it has no cars with pids");
    state.car = profile;
    state.carChanged = true;
    state.document.car_model = profile.cars[0].car_model ?? "";
    drawCar();
    changed();
    say("Profile loaded; it takes effect with Submit Changes");
  } catch (error) {
    say(`${file.name} is no vehicle profile: ${error.message}`, true);
  }
}

export function drawParameters() {
  for (const key of ["standard_pids", "car_specific"]) el(key).value = state.document[key] === "enable" ? "enable" : "disable";
  el("ecu_protocol").value = state.document.ecu_protocol;
  el("initialisation").value = state.document.initialisation;
  standard.drawAll();
  custom.drawAll();
  drawCar();
}

// The names of all standard PIDs are a long list: it is fetched when the tab is first looked at.
export async function loadNames() {
  if (known.length) return;
  known = await load("/std_pid_info").catch(() => []);
  standard.drawAll();
}

// The first parameter that cannot be stored, unfolded and with the keyboard in the field in question; null if all can.
export function parameterRefusal() {
  const wrong = [...standard.nodes(), ...custom.nodes()].map((node) => node.check()).find((found) => found);
  if (!wrong) return null;
  goTo(wrong);
  return wrong.words;
}

for (const key of ["standard_pids", "car_specific", "ecu_protocol", "initialisation"]) {
  el(key).addEventListener("input", (event) => { state.document[key] = event.target.value; changed(); });
}
el("scan_pids").addEventListener("click", scan);
el("car_file").addEventListener("change", (event) => { if (event.target.files[0]) loadCar(event.target.files[0]); });
