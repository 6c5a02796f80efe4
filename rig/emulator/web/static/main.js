// The page of the emulated device: loading what it shows, going from tab to tab, and Store, Submit Changes and Reboot.

import { addSet, listSets } from "/certificates.js";
import { add, countFrom, counters, drawAll, refusal } from "/destinations.js";
import { el } from "/dom.js";
import { drawParameters, loadNames, parameterRefusal } from "/parameters.js";
import { PAGE } from "/release.js";
import { begin, changed, isStored, load, say, send, state, take } from "/state.js";
import { drawStatus, drawTelemetry } from "/status.js";

const LOOK_EVERY_MS = 5000;
const tabs = [...document.querySelectorAll(".tablinks")];
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
let boots; // number of the boot that the page was loaded in
let shown = "status_view";

// Tabs -----------------------------------------------------------------------

function show(tab) {
  shown = tab;
  for (const button of tabs) {
    el(button.dataset.tab).hidden = button.dataset.tab !== tab;
    if (button.dataset.tab === tab) button.setAttribute("aria-current", "page");
    else button.removeAttribute("aria-current");
  }
  history.replaceState(null, "", `#${tab}`);
  if (tab === "system_tab") listSets();
  if (tab === "automate") loadNames();
  if (tab === "status_view") drawTelemetry();
}

async function look() {
  if (document.hidden) return;
  if (shown === "status_view") await Promise.all([load("/check_status").then(drawStatus), drawTelemetry()]);
  if (shown === "automate") await counters();
}

// Store, submit, reboot ------------------------------------------------------

async function store() {
  const wrong = refusal() ?? parameterRefusal();
  if (wrong) { show("automate"); say(wrong, true); return false; }
  const answers = [];
  if (state.carChanged) answers.push(await send("POST", "/store_car_data", JSON.stringify(state.car)));
  answers.push(await send("POST", "/store_auto_data", JSON.stringify(state.document)));
  const bad = answers.find((answer) => !answer.ok);
  if (bad && !PAGE.takes_any_answer) { say(`Not stored: ${bad.text}`, true); return false; }
  isStored();
  say("Settings saved successfully");
  return true;
}

async function submit() {
  el("submit_button").disabled = true;
  try {
    if (!(await store())) { el("submit_button").disabled = false; return; }
    const vpn = await send("POST", "/vpn/store_config", JSON.stringify({ vpn_enabled: "disable", vpn_type: "disabled" }));
    if (!vpn.ok) { say("VPN settings were not taken", true); return; }
    const told = state.configuration.changed ? JSON.stringify(state.configuration.values) : state.configuration.text;
    const answer = await send("POST", "/store_config", told);
    say(answer.text, !answer.ok);
    if (answer.ok) await reloadWhenBack();
    else el("submit_button").disabled = false;
  } catch (error) {
    say(`The device does not answer: ${error.message}`, true);
    el("submit_button").disabled = false;
  }
}

async function reboot() {
  el("reboot_button").disabled = true;
  say("Rebooting please reconnect...");
  await send("POST", "/system_reboot", "reboot", "text/plain");
  await reloadWhenBack();
}

// The device is back when it answers after it was gone, or tells of another boot.
async function reloadWhenBack() {
  for (let gone = false; ;) {
    await pause(250);
    try {
      const status = await load("/check_status");
      if (gone || status.restart_boot_count !== boots) break;
    } catch { gone = true; }
  }
  location.reload();
}

// Start ----------------------------------------------------------------------

// The device takes the browser's clock. Its numbers are BCD, written as decimal numbers.
async function setClock() {
  const now = new Date();
  const bcd = (number) => (Math.floor(number / 10) << 4) | (number % 10);
  const order = {
    hour: now.getUTCHours(), min: now.getUTCMinutes(), sec: now.getUTCSeconds(), year: now.getUTCFullYear() - 2000,
    month: now.getUTCMonth() + 1, day: now.getUTCDate(), weekday: now.getUTCDay(),
  };
  const coded = Object.fromEntries(Object.entries(order).map(([key, value]) => [key, bcd(value)]));
  await send("POST", "/system_commands", JSON.stringify({ command: "set_rtc_time", ...coded }));
}

function drawSettings() {
  const { values } = state.configuration;
  for (const key of ["protocol", "debug"]) {
    if (values[key]) el(key).value = values[key];
    el(key).addEventListener("change", (event) => {
      values[key] = event.target.value;
      state.configuration.changed = true;
      changed();
    });
  }
}

async function start() {
  await setClock();
  const status = await load("/check_status");
  boots = status.restart_boot_count;
  drawStatus(status);
  const { text } = await send("GET", "/load_config");
  state.configuration = { text, values: JSON.parse(text), changed: false };
  drawSettings();
  await listSets();
  state.car = await load("/load_auto_pid_car_data");
  take(await load("/load_auto_pid"));
  if (PAGE.forgets_cert_sets) for (const one of state.document.destinations) one.cert_set = "default";
  begin();
  el("grouping").value = state.document.grouping === "enable" ? "enable" : "disable";
  el("grouping_row").hidden = PAGE.hides_grouping === true;
  drawAll();
  drawParameters();
  countFrom();
  if (state.found && PAGE.submit_always) el("submit_button").disabled = false;
  document.body.dataset.ready = "yes";
  if (state.found) counters();
  setInterval(() => look().catch(() => say("The device does not answer", true)), LOOK_EVERY_MS);
}

for (const button of tabs) button.addEventListener("click", () => show(button.dataset.tab));
el("grouping").addEventListener("change", (event) => { state.document.grouping = event.target.value; changed(); });
el("add_destination_btn").addEventListener("click", add);
el("custom_pid_store").addEventListener("click", store);
el("submit_button").addEventListener("click", submit);
el("reboot_button").addEventListener("click", reboot);
el("certmgr_add").addEventListener("click", addSet);
show(tabs.map((button) => button.dataset.tab).find((tab) => location.hash === `#${tab}`) ?? "status_view");
start().catch((error) => say(`The device does not answer: ${error.message}`, true));
