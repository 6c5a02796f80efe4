// What is on the device and what was changed here; and talking to the device. Whatever is loaded stays as it is, but for what
// was changed here.

import { el } from "/dom.js";

const FRESH = {
  initialisation: "", grouping: "disable", disable_on_sleep_voltage: "automate_threshold", pid_polling_min_voltage: 12,
  webhook_data_mode: "changed", car_specific: "disable", ha_discovery: "disable", car_model: "", pids: [], std_pids: [],
  can_filters: [], standard_pids: "disable", ecu_protocol: "6", group_api_token: "", destinations: [],
};

export const state = {
  document: structuredClone(FRESH), // the Automate document
  found: false, // whether the device had one
  configuration: null, // the main configuration: text as loaded, its values, whether one was changed here
  car: null, // the vehicle profile; null for none
  carChanged: false,
  carStored: false,
  sets: ["default"],
};
let loaded = "", stored = ""; // the document as it was loaded, and as it was stored last

export function take(found) {
  state.found = found !== null;
  state.document = { ...structuredClone(FRESH), ...(found ?? {}) };
  for (const key of ["destinations", "pids", "std_pids"]) if (!Array.isArray(state.document[key])) state.document[key] = [];
}

// From here on what differs is a change.
export function begin() { loaded = stored = JSON.stringify(state.document); }

export function isStored() {
  stored = JSON.stringify(state.document);
  state.carStored ||= state.carChanged;
  state.carChanged = false;
  el("custom_pid_store").disabled = true;
}

// Something may have been changed; what is as it was loaded is no change.
export function changed() {
  const now = JSON.stringify(state.document);
  el("custom_pid_store").disabled = now === stored && !state.carChanged;
  const same = now === loaded && stored === loaded && !state.carChanged && !state.carStored;
  el("submit_button").disabled = same && !state.configuration?.changed;
}

export function say(words, bad = false) {
  el("notification").textContent = words;
  el("notification").classList.toggle("bad", bad);
}

export async function send(method, path, body, type = "application/json") {
  const response = await fetch(path, { method, body, headers: type && body !== undefined ? { "Content-Type": type } : {} });
  return { ok: response.ok, text: await response.text() };
}

export async function load(path) {
  const { text } = await send("GET", path);
  return text.trim() === "NONE" ? null : JSON.parse(text);
}
