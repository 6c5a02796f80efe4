// The Status tab: what the device says of itself and of the car, without what it should keep to itself.

import { el, make } from "/dom.js";
import { load } from "/state.js";

const FACTS = {
  "Device": ["device_id"], "Hardware": ["hw_version"], "Firmware": ["git_version"], "Running for": ["uptime"],
  "Started": ["restart_boot_count"], "Protocol": ["protocol"], "Car": ["ecu_status"], "Supply": ["batt_voltage"],
  "Wi-Fi": ["wifi_mode", "sta_status"], "Address": ["sta_ip"], "Name": ["mdns"], "Clock": ["time_synced"],
};
const WORDS = { time_synced: (value) => (value ? "synchronised" : "not synchronised"), restart_boot_count: (value) => `${value} times since the power came` };
const SECRET = /pass|token|ssid|user/;

export function drawStatus(status) {
  const said = (key) => (WORDS[key] ?? String)(status[key]);
  const rows = Object.entries(FACTS).map(([label, keys]) => [label, keys.filter((key) => key in status).map(said).join(", ")]).filter(([, words]) => words);
  el("status_facts").replaceChildren(...rows.flatMap(([label, words]) => [make("dt", {}, label), make("dd", {}, words)]));
  el("identity").textContent = `${status.device_id ?? ""} · ${status.git_version ?? ""}`;
  el("status_body").replaceChildren(...Object.entries(status).filter(([key]) => !SECRET.test(key))
    .map(([key, value]) => make("tr", {}, make("th", { scope: "row" }, key), make("td", {}, String(value)))));
  el("autopid_warning_div").hidden = status.protocol === "auto_pid";
}

export async function drawTelemetry() {
  const [values, config] = await Promise.all(["/autopid_data", "/load_car_config"].map((path) => load(path).catch(() => ({}))));
  const rows = Object.entries(values).filter(([name]) => name !== "error")
    .map(([name, value]) => make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, String(value)), make("td", {}, unit(config[name]?.unit))));
  el("telemetry_body").replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { colSpan: 3 }, "Nothing was polled yet."))]));
}

const unit = (name) => (name && name !== "none" ? name : "");
