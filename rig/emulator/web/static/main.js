"use strict";
// The page of the emulated device: what is loaded stays as it is, but for what was changed here.

const PAGE = {}; // filled in by the device: what this release's page does differently
const MAX = 6;
const TYPES = { Default: "Default", MQTT_Topic: "MQTT Topic", HTTP: "HTTP POST", HTTPS: "HTTPS POST", ABRP_API: "ABRP API" };
const AUTH = { none: "None", bearer: "Bearer Token", api_key_header: "API Key (Header)", api_key_query: "API Key (Query)", basic: "Basic" };
const FRESH = {
  initialisation: "", grouping: "disable", disable_on_sleep_voltage: "automate_threshold", pid_polling_min_voltage: 12,
  webhook_data_mode: "changed", car_specific: "disable", ha_discovery: "disable", car_model: "", pids: [], std_pids: [],
  can_filters: [], standard_pids: "disable", ecu_protocol: "6", group_api_token: "", destinations: [],
};

let configuration = null; // the main configuration: text as loaded, and whether it was changed
let documentLoaded = structuredClone(FRESH);
let sets = ["default"];
let open = new Set();
let boots; // number of the boot that the page was loaded in
const el = (id) => document.getElementById(id);
const destinations = () => documentLoaded.destinations;

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name in node && name !== "list") node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

function say(text) { el("notification").textContent = text; }

function changed() {
  el("submit_button").disabled = false;
  el("custom_pid_store").disabled = false;
}

async function send(method, path, body, type = "application/json") {
  const response = await fetch(path, { method, body, headers: type && body !== undefined ? { "Content-Type": type } : {} });
  return { ok: response.ok, text: await response.text() };
}

async function load(path) {
  const { text } = await send("GET", path);
  return text.trim() === "NONE" ? null : JSON.parse(text);
}

// Destinations ---------------------------------------------------------------

function select(className, options, value, pick) {
  const known = value in options ? options : { ...options, [value]: `${value} (missing)` };
  const entries = Object.entries(known).map(([key, label]) => make("option", { value: key, selected: key === value }, label));
  return make("select", { className, onchange: (event) => { pick(event.target.value); changed(); } }, ...entries);
}

function text(className, value, pick, more = {}) {
  const keep = more.type === "password" ? (typed) => typed : (typed) => typed.trim();
  const input = (event) => { pick(keep(event.target.value)); changed(); };
  return make("input", { type: "text", className, value: value ?? "", oninput: input, ...more });
}

function authFields(entry, redraw) {
  const auth = (entry.auth ??= { type: "none" });
  const kind = auth.type ?? "none";
  const put = (key) => (value) => { auth[key] = value; };
  const bearer = (value) => { auth.bearer = value; entry.api_token = value; };
  const pick = (value) => {
    auth.type = value;
    if (value !== "bearer" && !PAGE.keeps_old_token && entry.type !== "ABRP_API") { delete auth.bearer; entry.api_token = ""; }
    redraw();
  };
  const fields = {
    bearer: [text("auth-bearer-token", auth.bearer, bearer, { maxLength: 512, placeholder: "Token" })],
    api_key_header: [
      text("auth-api-header-name", auth.api_key_header_name, put("api_key_header_name"), { maxLength: 64, placeholder: "x-api-key" }),
      text("auth-api-key", auth.api_key, put("api_key"), { maxLength: 512, placeholder: "Key" })],
    api_key_query: [
      text("auth-api-query-name", auth.api_key_query_name, put("api_key_query_name"), { maxLength: 64, placeholder: "Name" }),
      text("auth-api-key", auth.api_key, put("api_key"), { maxLength: 512, placeholder: "Key" })],
    basic: [
      text("auth-basic-user", auth.basic_username, put("basic_username"), { maxLength: 128, placeholder: "User" }),
      text("auth-basic-pass", auth.basic_password, put("basic_password"), { maxLength: 128, type: "password" })],
  };
  return [make("label", {}, "Auth"), make("div", {}, select("auth-type", AUTH, kind, pick), ...(fields[kind] ?? []))];
}

function queryFields(entry, redraw) {
  const pairs = (entry.query_params ??= []);
  const rows = pairs.map((pair, index) => make("div", { className: "qp-row" },
    text("qp-key", pair.key, (value) => { pair.key = value; }, { maxLength: 64, placeholder: "key" }),
    text("qp-value", pair.value, (value) => { pair.value = value; }, { maxLength: 256, placeholder: "value" }),
    make("button", { type: "button", className: "qp-del", onclick: () => { pairs.splice(index, 1); changed(); redraw(); } }, "Remove")));
  const add = () => { pairs.push({ key: "", value: "" }); changed(); redraw(); };
  return [make("label", {}, "Query Params"),
    make("div", {}, ...rows, make("button", { type: "button", className: "qp-add", onclick: add }, "Add param"))];
}

function destinationBody(entry, redraw) {
  const put = (key) => (value) => { entry[key] = value; };
  const cycle = (value) => { entry.cycle = value === "" ? 0 : Number(value); };
  const certificates = Object.fromEntries(sets.map((name) => [name, name]));
  return make("div", { className: "dest-body" },
    make("label", {}, "Type"), select("dest-type", TYPES, entry.type ?? "Default", (value) => { entry.type = value; redraw(); }),
    make("label", {}, "Cycle (ms)"), text("dest-cycle", entry.cycle, cycle, { type: "number", min: "0" }),
    make("label", {}, "Destination"),
    text("dest-url", entry.destination, (value) => { entry.destination = value; retitle(); }, { maxLength: 1024, placeholder: "URL / topic" }),
    make("label", {}, "Cert Set"), select("dest-cert-set", certificates, entry.cert_set ?? "default", put("cert_set")),
    ...(entry.type === "ABRP_API" ? [make("label", {}, "ABRP token"), text("dest-api-token", entry.api_token, put("api_token"))] : []),
    ...authFields(entry, redraw), ...queryFields(entry, redraw));
}

function title(entry, index) { return `${index + 1}. ${entry.type ?? "Default"} - ${entry.destination ?? ""}`; }

function retitle() {
  document.querySelectorAll(".dest-title").forEach((node, index) => { node.textContent = title(destinations()[index], index); });
}

function remove(index) {
  if (!confirm(`Delete destination ${index + 1}?`)) return;
  destinations().splice(index, 1);
  open = new Set();
  changed();
  draw();
}

function destinationEntry(entry, index) {
  const toggle = (event) => {
    if (event.target.closest("label, button, input")) return;
    if (!open.delete(entry)) open.add(entry);
    draw();
  };
  const enabled = make("input", {
    type: "checkbox", className: "dest-enabled", checked: entry.enabled === true,
    onchange: (event) => { entry.enabled = event.target.checked; changed(); },
  });
  return make("div", { className: `dest-entry${open.has(entry) ? "" : " collapsed"}` },
    make("div", { className: "dest-header", onclick: toggle },
      make("span", { className: "dest-title" }, title(entry, index)),
      make("span", { className: "dest-stats", "data-idx": String(index) }),
      make("label", { className: "dest-enabled-label" }, enabled, " Enabled"),
      make("button", { type: "button", className: "dest-delete", onclick: () => remove(index) }, "Delete")),
    destinationBody(entry, draw));
}

function draw() {
  el("destinations_container").replaceChildren(...destinations().map(destinationEntry));
  el("add_destination_btn").disabled = destinations().length >= MAX;
}

function addDestination() {
  if (destinations().length >= MAX) return say(`Maximum ${MAX} destinations`);
  const entry = {
    type: "Default", destination: "", cycle: 5000, api_token: "", cert_set: "default", enabled: true, auth: { type: "none" }, query_params: [],
  };
  destinations().push(entry);
  open.add(entry);
  changed();
  draw();
}

// What is wrong, in words ----------------------------------------------------

function flawOf(entry, number) {
  const cycle = Number(entry.cycle ?? 0);
  if (!Number.isInteger(cycle) || cycle < 0) return `Destination ${number} cycle invalid`;
  if (cycle > 0 && cycle < 1000) return `Destination ${number} cycle must be >=1000 or 0`;
  if (String(entry.destination ?? "").length > 1024) return `Destination ${number} URL/topic >1024 chars`;
  if (entry.type === "HTTPS" && !/^https:\/\//i.test(entry.destination ?? "") && !PAGE.takes_any_url) {
    return `Destination ${number} URL must start with https://`;
  }
  if (entry.type === "ABRP_API" && !entry.api_token) return `Destination ${number} requires API token`;
  if (entry.type === "HTTPS" && !entry.cert_set) return `Destination ${number} select cert set`;
  return null;
}

function flaw() {
  if (PAGE.checks_only_with_grouping && documentLoaded.grouping !== "enable") return null;
  return destinations().map((entry, index) => flawOf(entry, index + 1)).find((found) => found) ?? null;
}

// Store, submit, reboot ------------------------------------------------------

async function store() {
  const wrong = flaw();
  if (wrong) { say(wrong); return false; }
  const answer = await send("POST", "/store_auto_data", JSON.stringify(documentLoaded));
  if (!answer.ok && !PAGE.takes_any_answer) { say(`Not stored: ${answer.text}`); return false; }
  el("custom_pid_store").disabled = true;
  say("Settings saved successfully");
  return true;
}

async function submit() {
  el("submit_button").disabled = true;
  try {
    if (!(await store())) { el("submit_button").disabled = false; return; }
    const vpn = await send("POST", "/vpn/store_config", JSON.stringify({ vpn_enabled: "disable", vpn_type: "disabled" }));
    if (!vpn.ok) { say("VPN settings were not taken"); return; }
    const told = configuration.changed ? JSON.stringify(configuration.values) : configuration.text;
    const answer = await send("POST", "/store_config", told);
    say(answer.text);
    if (answer.ok) await reloadWhenBack();
    else el("submit_button").disabled = false;
  } catch (error) {
    say(`The device does not answer: ${error}`);
    el("submit_button").disabled = false;
  }
}

async function reboot() {
  el("reboot_button").disabled = true;
  say("Rebooting please reconnect...");
  await send("POST", "/system_reboot", "reboot", "text/plain");
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function reloadWhenBack() {
  const until = Date.now() + 30000;
  for (let gone = false; Date.now() < until;) {
    await pause(100);
    try {
      const status = await load("/check_status");
      if (gone || status.restart_boot_count !== boots) break;
    } catch { gone = true; }
  }
  location.reload();
}

// Certificates ---------------------------------------------------------------

async function listSets() {
  const listed = await load("/cert_manager/sets").catch(() => []);
  const tick = (yes) => make("td", {}, yes ? "✓" : "-");
  const forget = async (name) => {
    if (!confirm(`Delete certificate set ${name}?`)) return;
    say((await send("DELETE", `/cert_manager/sets/${name}`)).ok ? "Deleted" : "Delete failed");
    await listSets();
  };
  const rows = listed.map((set) => make("tr", {}, make("td", {}, set.name), tick(set.has_ca), tick(set.has_client_cert),
    tick(set.has_client_key), make("td", {}, make("button", { type: "button", onclick: () => forget(set.name) }, "Delete"))));
  el("certmgr_body").replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { colSpan: 5 }, "No certificate sets"))]));
  return listed.map((set) => set.name);
}

async function addSet() {
  const name = el("certmgr_name").value;
  const parts = { ca_cert: ["certmgr_ca", "ca.pem"], client_cert: ["certmgr_client_cert", "client.crt"], client_key: ["certmgr_client_key", "client.key"] };
  const form = new FormData();
  for (const [field, [id, file]] of Object.entries(parts)) if (el(id).files[0]) form.append(field, el(id).files[0], file);
  if (!/^[A-Za-z0-9_-]{1,24}$/.test(name)) return say("Invalid name");
  if ((await listSets()).includes(name)) return say("Name exists");
  if (!form.has("ca_cert") && !(form.has("client_cert") && form.has("client_key"))) return say("Need CA or client cert+key");
  const answer = await send("POST", `/cert_manager/sets?name=${name}`, form, null);
  say(answer.ok ? "Uploaded" : `Upload failed ${answer.text}`);
  sets = ["default", ...(await listSets())];
  draw();
}

// Start ----------------------------------------------------------------------

function show(tab) {
  document.querySelectorAll(".tabcontent").forEach((node) => node.classList.toggle("active", node.id === tab));
  document.querySelectorAll(".tablinks").forEach((node) => node.classList.toggle("active", node.dataset.tab === tab));
  if (tab === "system_tab") listSets();
}

async function counters() {
  const found = await load("/api/destinations_stats").catch(() => null);
  const active = destinations().map((entry, index) => ({ entry, index })).filter(({ entry }) => entry.enabled && entry.destination);
  (found?.destinations ?? []).forEach((counted, index) => {
    const node = document.querySelector(`.dest-stats[data-idx="${active[index]?.index}"]`);
    if (node) node.textContent = `OK: ${counted.success} Fail: ${counted.fail}`;
  });
}

function bcd(number) { return (Math.floor(number / 10) << 4) | (number % 10); }

async function setClock() {
  const now = new Date();
  const [year, month, day] = [now.getUTCFullYear() - 2000, now.getUTCMonth() + 1, now.getUTCDate()];
  const [hour, min, sec, weekday] = [now.getUTCHours(), now.getUTCMinutes(), now.getUTCSeconds(), now.getUTCDay()];
  const order = { hour, min, sec, year, month, day, weekday };
  const coded = Object.fromEntries(Object.entries(order).map(([key, value]) => [key, bcd(value)]));
  await send("POST", "/system_commands", JSON.stringify({ command: "set_rtc_time", ...coded }));
}

async function start() {
  el("max_destinations").textContent = String(MAX);
  await setClock();
  const status = await load("/check_status");
  boots = status.restart_boot_count;
  el("status_body").replaceChildren(...Object.entries(status).filter(([key]) => !/pass|token/.test(key))
    .map(([key, value]) => make("tr", {}, make("td", {}, key), make("td", {}, String(value)))));
  el("autopid_warning_div").style.display = status.protocol === "auto_pid" ? "none" : "block";
  const { text } = await send("GET", "/load_config");
  configuration = { text, values: JSON.parse(text), changed: false };
  el("protocol").value = configuration.values.protocol;
  sets = ["default", ...(await listSets())];
  const found = await load("/load_auto_pid");
  documentLoaded = { ...structuredClone(FRESH), ...(found ?? {}) };
  if (!Array.isArray(documentLoaded.destinations)) documentLoaded.destinations = [];
  if (PAGE.forgets_cert_sets) destinations().forEach((entry) => { entry.cert_set = "default"; });
  el("grouping").value = documentLoaded.grouping === "enable" ? "enable" : "disable";
  el("grouping_row").style.display = PAGE.hides_grouping ? "none" : "block";
  draw();
  if (found && PAGE.submit_always) changed();
  document.body.dataset.ready = "yes";
  if (found) { counters(); setInterval(counters, 5000); }
}

document.querySelectorAll(".tablinks").forEach((node) => node.addEventListener("click", () => show(node.dataset.tab)));
el("grouping").addEventListener("change", (event) => { documentLoaded.grouping = event.target.value; changed(); });
el("protocol").addEventListener("change", (event) => {
  configuration.values.protocol = event.target.value;
  configuration.changed = true;
  changed();
});
el("add_destination_btn").addEventListener("click", addDestination);
el("custom_pid_store").addEventListener("click", store);
el("submit_button").addEventListener("click", submit);
el("reboot_button").addEventListener("click", reboot);
el("certmgr_add").addEventListener("click", addSet);
show("status_view");
start();
