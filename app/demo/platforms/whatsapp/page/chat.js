// Plays a customer: what they do goes to the platform, what the company says is shown.

import { elementOf } from "./messages.js";
import { fillIn, word } from "./words.js";

const $ = (selector) => document.querySelector(selector);
const PLACE = { latitude: 45.8903, longitude: 11.0401, name: "Rovereto" };
const CARD = [{ name: { formatted_name: "Giulia Bianchi", first_name: "Giulia" },
  phones: [{ phone: "+39 394 195 0002", type: "CELL", wa_id: "393941950002" }] }];
const PAUSE_MS = 1500;

let company = {};
let customers = [];
let current = 0;
let version = -1;
let watching = new AbortController();

async function ask(path, body, method = "POST", signal = undefined) {
  const isForm = body instanceof FormData;
  const options = body === undefined ? { signal } : {
    method,
    signal,
    body: isForm ? body : JSON.stringify(body),
    headers: isForm ? {} : { "Content-Type": "application/json" },
  };
  const answer = await fetch(`control/${path}`, options);
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}

async function act(path, body) {
  $("#problem").hidden = true;
  $("#attach").open = false;
  try {
    await ask(`customers/${current}/${path}`, body);
  } catch (problem) {
    complain(problem.message);
  }
}

function complain(text) {
  $("#problem").textContent = text;
  $("#problem").hidden = false;
}

function show(messages) {
  const list = $("#messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  const press = (message, choice) => act("presses", { message, choice });
  list.replaceChildren(...messages.map((one) => elementOf(one, company.name, press)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

async function watch() {
  for (;;) {
    const watched = current;
    const chat = await fetchChat(watched);
    if (chat && watched === current && chat.version !== version) {
      version = chat.version;
      show(chat.messages);
      report();
    }
  }
}

async function fetchChat(id) {
  try {
    const address = `customers/${id}/chat?version=${version}&wait=20`;
    const chat = await ask(address, undefined, "GET", watching.signal);
    $("#state").textContent = "";
    return chat;
  } catch (problem) {
    if (problem.name === "AbortError") return null;
    $("#state").textContent = word("away");
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    return null;
  }
}

async function report() {
  const counts = await ask("report").catch(() => null);
  if (!counts) return;
  const refused = Object.values(counts.refusals).reduce((sum, one) => sum + one, 0);
  const values = { pending: counts.pending, refused, unclear: counts.unclear.length };
  $("#report").textContent = word("pending", values);
}

async function loadCustomers() {
  ({ company, customers } = await ask("customers"));
  $("#company").textContent = `${company.name} (${company.number})`;
  $("#customer").replaceChildren(...customers.map((one) => new Option(one.name, one.id)));
}

function choose(id) {
  current = Number(id);
  version = -1;
  watching.abort();
  watching = new AbortController();
  const chosen = customers.find((one) => one.id === current);
  $("#customer").value = current;
  $("#off").checked = chosen.presence === "off";
  $("#facts").textContent = chosen.phone ? `${word("phone")} +${chosen.phone}` : word("noPhone");
  show([]);
}

function pickFile(what) {
  $("#file").accept = { image: "image/*", voice: "audio/*" }[what] ?? "";
  $("#file").onchange = () => {
    if ($("#file").files.length) {
      const form = new FormData();
      form.append("file", $("#file").files[0]);
      form.append("what", what);
      act("files", form);
    }
    $("#file").value = "";
  };
  $("#file").click();
}

function sendText(event) {
  event.preventDefault();
  const text = $("#text").value.trim();
  if (!text) return;
  $("#text").value = "";
  act("messages", { text });
}

function setFault(event) {
  const box = event.target;
  const value = box.checked ? Number(box.value) : 0;
  ask("faults", { [box.dataset.fault]: value }, "PATCH").catch((one) => complain(one.message));
}

async function addCustomer(event) {
  event.preventDefault();
  try {
    const made = await ask("customers", Object.fromEntries(new FormData($("#newcomer"))));
    $("#newcomer").reset();
    await loadCustomers();
    choose(made.id);
  } catch (problem) {
    complain(problem.message);
  }
}

async function switchTelephone(event) {
  const presence = event.target.checked ? "off" : "reads";
  await act("state", { presence });
  customers.find((one) => one.id === current).presence = presence;
}

function listen() {
  $("#customer").addEventListener("change", (event) => choose(event.target.value));
  $("#newcomer").addEventListener("submit", addCustomer);
  $("#composer").addEventListener("submit", sendText);
  $("#text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendText(event);
  });
  $("#location").addEventListener("click", () => act("messages", { type: "location", content: PLACE }));
  $("#contact").addEventListener("click", () => act("messages", { type: "contacts", content: CARD }));
  $("#stopMarketing").addEventListener("click", () => act("state", { wants_marketing: false }));
  for (const button of document.querySelectorAll("[data-pick]")) {
    button.addEventListener("click", () => pickFile(button.dataset.pick));
  }
  for (const box of document.querySelectorAll("[data-fault]")) box.addEventListener("change", setFault);
  $("#off").addEventListener("change", switchTelephone);
}

fillIn(document);
listen();
await loadCustomers();
choose(customers[0].id);
watch();
