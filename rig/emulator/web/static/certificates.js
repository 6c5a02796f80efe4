// Certificate sets, on the System tab.

import { el, make } from "/dom.js";
import { load, say, send, state } from "/state.js";

const PARTS = { ca_cert: ["certmgr_ca", "ca.pem"], client_cert: ["certmgr_client_cert", "client.crt"], client_key: ["certmgr_client_key", "client.key"] };

export async function listSets() {
  const listed = await load("/cert_manager/sets").catch(() => []);
  const part = (there, what) => make("td", { ariaLabel: there ? `has ${what}` : `no ${what}` }, there ? "✓" : "-");
  const rows = listed.map((set) => make("tr", {}, make("th", { scope: "row" }, set.name), part(set.has_ca, "CA"), part(set.has_client_cert, "client certificate"),
    part(set.has_client_key, "client key"),
    make("td", {}, make("button", { type: "button", ariaLabel: `Delete ${set.name}`, onclick: () => forget(set.name) }, "Delete"))));
  el("certmgr_body").replaceChildren(...(rows.length ? rows : [make("tr", {}, make("td", { colSpan: 5 }, "No certificate sets"))]));
  state.sets = ["default", ...listed.map((set) => set.name)];
  return listed.map((set) => set.name);
}

async function forget(name) {
  if (!confirm(`Delete certificate set ${name}?`)) return;
  const answer = await send("DELETE", `/cert_manager/sets/${name}`);
  say(answer.ok ? "Deleted" : `Delete failed ${answer.text}`, !answer.ok);
  await listSets();
  el("certmgr_name").focus();
}

export async function addSet() {
  const name = el("certmgr_name").value;
  const form = new FormData();
  for (const [part, [id, file]] of Object.entries(PARTS)) if (el(id).files[0]) form.append(part, el(id).files[0], file);
  if (!/^[A-Za-z0-9_-]{1,24}$/.test(name)) return refuse("Invalid name");
  if ((await listSets()).includes(name)) return refuse("Name exists");
  if (!form.has("ca_cert") && !(form.has("client_cert") && form.has("client_key"))) return refuse("Need CA or client cert+key", "certmgr_ca");
  const answer = await send("POST", `/cert_manager/sets?name=${name}`, form, null);
  say(answer.ok ? "Uploaded" : `Upload failed ${answer.text}`, !answer.ok);
  if (answer.ok) for (const id of ["certmgr_name", ...Object.values(PARTS).map(([input]) => input)]) el(id).value = "";
  await listSets();
}

function refuse(words, id = "certmgr_name") {
  say(words, true);
  el(id).focus();
}
