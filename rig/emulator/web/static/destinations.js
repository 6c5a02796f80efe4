// Destinations: every field of the document's section 3, the other auth schemes besides, and what is wrong with one, in words.

import { el, entry, field, flag, focusAfterRemoval, goTo, make, select, text, tick } from "/dom.js";
import { PAGE } from "/release.js";
import { changed, load, say, state } from "/state.js";

export const MAX = 6;
const TYPES = { Default: "Default", MQTT_Topic: "MQTT Topic", HTTP: "HTTP POST", HTTPS: "HTTPS POST", ABRP_API: "ABRP API" };
const AUTH = { none: "None", bearer: "Bearer Token", api_key_header: "API Key (Header)", api_key_query: "API Key (Query)", basic: "Basic" };
const WEB = ["HTTP", "HTTPS", "ABRP_API"];

const all = () => state.document.destinations;
const nodes = () => [...el("destinations_container").children];
const edited = (change) => (value) => { change(value); changed(); };
const title = (one, index) => `${index + 1}. ${one.type ?? "Default"} - ${one.destination ?? ""}`;

// Fields ---------------------------------------------------------------------

function authFields(one) {
  const auth = () => (one.auth ??= { type: "none" });
  const put = (key) => edited((value) => { auth()[key] = value; });
  const box = (className, key, placeholder, more = {}) => text(className, one.auth?.[key], put(key), { maxLength: 512, placeholder, ...more });
  const token = text("auth-bearer-token", one.auth?.bearer, edited((value) => { auth().bearer = one.api_token = value; }), { maxLength: 512 });
  const parts = {
    bearer: [field("Token", token, "The token only; the device puts Bearer before it.")],
    api_key_header: [field("Header name", box("auth-api-header-name", "api_key_header_name", "x-api-key", { maxLength: 64 })),
      field("Key", box("auth-api-key", "api_key", ""))],
    api_key_query: [field("Parameter name", box("auth-api-query-name", "api_key_query_name", "api_key", { maxLength: 64 })),
      field("Key", box("auth-api-key", "api_key", ""))],
    basic: [field("User", box("auth-basic-user", "basic_username", "", { maxLength: 128 })),
      field("Password", box("auth-basic-pass", "basic_password", "", { maxLength: 128, type: "password", autocomplete: "new-password" }))],
  };
  const groups = Object.entries(parts).map(([kind, fields]) => make("div", { "data-auth": kind }, ...fields));
  const show = (kind) => groups.forEach((group) => { group.hidden = group.dataset.auth !== kind; });
  const pick = edited((kind) => {
    auth().type = kind;
    if (kind !== "bearer" && !PAGE.keeps_old_token && one.type !== "ABRP_API") forgetToken(one, token);
    show(kind);
  });
  show(one.auth?.type ?? "none");
  return [field("Auth", select("auth-type", AUTH, one.auth?.type ?? "none", pick)), ...groups];
}

function forgetToken(one, shown) {
  delete one.auth.bearer;
  one.api_token = "";
  shown.value = "";
}

function queryFields(one) {
  const rows = make("div", {});
  const add = make("button", { type: "button", className: "qp-add" }, "Add param");
  const row = (pair) => {
    const put = (key) => edited((value) => { pair[key] = value; });
    const gone = edited(() => { one.query_params.splice(one.query_params.indexOf(pair), 1); node.remove(); add.focus(); });
    const node = make("div", { className: "qp-row" },
      text("qp-key", pair.key, put("key"), { maxLength: 64, placeholder: "key", ariaLabel: "Query key" }),
      text("qp-value", pair.value, put("value"), { maxLength: 256, placeholder: "value", ariaLabel: "Query value" }),
      make("button", { type: "button", className: "qp-del", onclick: gone }, "Remove"));
    return node;
  };
  add.addEventListener("click", edited(() => {
    const pair = { key: "", value: "" };
    (one.query_params ??= []).push(pair);
    rows.append(row(pair));
    rows.lastChild.firstChild.focus();
  }));
  rows.append(...(one.query_params ?? []).map(row));
  return [make("fieldset", { className: "field" }, make("legend", {}, "Query Params"), make("div", {}, rows, add))];
}

// A destination's entry, which knows its place from the list.
function draw(one, unfolded) {
  const place = () => all().indexOf(one);
  const put = (key) => edited((value) => { one[key] = value; });
  const certificates = Object.fromEntries(state.sets.map((name) => [name, name]));
  const fields = {
    cycle: text("dest-cycle", one.cycle, edited((value) => { one.cycle = fields.cycle.validity.badInput ? NaN : Number(value); }),
      { type: "number", min: 0, step: 1, inputMode: "numeric", onchange: () => check() }),
    url: text("dest-url", one.destination, edited((value) => { one.destination = value; number(); }),
      { maxLength: 1024, placeholder: "URL / topic", inputMode: "url", onchange: () => check() }),
    token: text("dest-api-token", one.api_token, put("api_token"), { maxLength: 512, onchange: () => check() }),
    certSet: select("dest-cert-set", certificates, one.cert_set ?? "default", put("cert_set")),
  };
  const unflag = () => Object.values(fields).forEach((control) => flag(control));
  const check = () => {
    const wrong = flawOf(one, place() + 1);
    unflag();
    if (wrong) flag(fields[wrong.field], wrong.words);
    return wrong && { words: wrong.words, node, control: fields[wrong.field] };
  };
  const type = select("dest-type", TYPES, one.type ?? "Default", edited((value) => { one.type = value; arrange(); number(); unflag(); }));
  const web = make("div", {}, ...authFields(one), ...queryFields(one));
  const abrp = field("ABRP token", fields.token);
  const trust = field("Cert Set", fields.certSet, "Whom the device believes; sets are made on the System tab.");
  const arrange = () => {
    web.hidden = !WEB.includes(one.type);
    abrp.hidden = one.type !== "ABRP_API";
    trust.hidden = !["HTTP", "HTTPS"].includes(one.type);
  };
  const node = entry({
    className: "dest", title: title(one, place()), unfolded,
    aside: [make("span", { className: "dest-stats" }),
      tick("Enabled", one.enabled === true, edited((value) => { one.enabled = value; }), "dest-enabled"),
      make("button", { type: "button", className: "dest-delete", onclick: () => remove(one) }, "Delete")],
    body: [field("Type", type), field("Destination (URL)", fields.url, "HTTPS POST: begins with https://"),
      field("Cycle (ms)", fields.cycle, "1000 or more; 0 sends on changes only."), web, trust, abrp],
  });
  const number = () => node.retitle(title(one, place()));
  Object.assign(node, { one, check, number, focusType: () => type.focus() });
  arrange();
  return node;
}

// The list -------------------------------------------------------------------

export function drawAll() {
  el("max_destinations").textContent = String(MAX);
  el("destinations_container").replaceChildren(...all().map((one) => draw(one, false)));
  arrangeList();
}

function arrangeList() {
  nodes().forEach((node, index) => {
    node.number();
    node.querySelector(".dest-stats").dataset.idx = String(index);
  });
  el("add_destination_btn").disabled = all().length >= MAX;
}

export function add() {
  if (all().length >= MAX) return say(`Maximum ${MAX} destinations`, true);
  const one = {
    type: "Default", destination: "", cycle: 5000, api_token: "", cert_set: "default", enabled: true, auth: { type: "none" }, query_params: [],
  };
  all().push(one);
  const node = draw(one, true);
  el("destinations_container").append(node);
  arrangeList();
  changed();
  node.focusType();
  say(all().length < MAX ? `Destination ${all().length} added` : `Destination ${all().length} added. Maximum ${MAX} destinations`);
}

function remove(one) {
  const index = all().indexOf(one);
  if (!confirm(`Delete destination ${index + 1}?`)) return;
  all().splice(index, 1);
  nodes()[index].remove();
  arrangeList();
  changed();
  focusAfterRemoval(nodes(), index, el("add_destination_btn"));
  say(`Destination ${index + 1} deleted`);
}

// What is wrong with a destination, and in which field.
function flawOf(one, number) {
  const cycle = Number(one.cycle ?? 0), place = String(one.destination ?? "");
  const wrong = (field, words) => ({ field, words: `Destination ${number} ${words}` });
  if (!Number.isInteger(cycle) || cycle < 0) return wrong("cycle", "cycle invalid");
  if (cycle > 0 && cycle < 1000) return wrong("cycle", "cycle must be >=1000 or 0");
  if (place.length > 1024) return wrong("url", "URL/topic >1024 chars");
  if (one.type === "HTTPS" && !/^https:\/\//i.test(place) && !PAGE.takes_any_url) return wrong("url", "URL must start with https://");
  if (one.type === "ABRP_API" && !one.api_token) return wrong("token", "requires API token");
  if (one.type === "HTTPS" && !one.cert_set) return wrong("certSet", "select cert set");
  return null;
}

// The first destination that cannot be stored, unfolded and with the keyboard in the field in question; null if all can.
export function refusal() {
  if (PAGE.checks_only_with_grouping && state.document.grouping !== "enable") return null;
  const wrong = nodes().map((node) => node.check()).find((found) => found);
  if (!wrong) return null;
  goTo(wrong);
  return wrong.words;
}

// Counters -------------------------------------------------------------------

let active = [];

// Which destinations are served in this boot: the first of the stored list that are enabled and lead somewhere.
export function countFrom() { active = all().slice(0, MAX).filter((one) => one.enabled === true && one.destination); }

export async function counters() {
  const found = await load("/api/destinations_stats").catch(() => null);
  const counted = found?.destinations ?? [];
  if (counted.length !== active.length) return;
  for (const node of nodes()) {
    const at = active.indexOf(node.one);
    if (at >= 0) node.querySelector(".dest-stats").textContent = `OK: ${counted[at].success} Fail: ${counted[at].fail}`;
  }
}
