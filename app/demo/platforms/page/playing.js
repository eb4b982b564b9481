// Plays a customer: what they do goes to the platform, what is said to them is shown.

import { fillIn } from "./language.js";

export const $ = (selector) => document.querySelector(selector);
const ACCEPTED = { photo: "image/*", image: "image/*", voice: "audio/*" };
const PAUSE_MS = 1500;

let platform = {};
let customers = [];
let current = 0;
let version = -1;
let watching = new AbortController();

// Begin. What a platform brings:
//   word(name, values)     its words
//   meet(listing)          who answers here, as it is listed with the customers
//   nameOf(customer)
//   factsOf(customer)      a line about the chosen customer; switches are set with it
//   elementOf(message)
//   newcomer               what else is told of a new customer, if anything
//   setFault(event)        a trouble was switched on or off
export async function play(chosenPlatform) {
  platform = chosenPlatform;
  fillIn(document, platform.word);
  listen();
  await loadCustomers();
  choose(customers[0].id);
  watch();
}

export const chosenCustomer = () => customers.find((one) => one.id === current);

export async function ask(path, body, method = "POST", signal = undefined) {
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

export async function act(path, body) {
  $("#problem").hidden = true;
  $("#attach").open = false;
  try {
    await ask(`customers/${current}/${path}`, body);
  } catch (problem) {
    complain(problem.message);
  }
}

export function complain(text) {
  $("#problem").textContent = text;
  $("#problem").hidden = false;
}

export function sendFile(file, what) {
  const form = new FormData();
  form.append("file", file);
  form.append("what", what);
  act("files", form);
}

export function pickFile(what) {
  $("#file").accept = ACCEPTED[what] ?? "";
  $("#file").onchange = () => {
    if ($("#file").files.length) sendFile($("#file").files[0], what);
    $("#file").value = "";
  };
  $("#file").click();
}

function show(messages) {
  const list = $("#messages");
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
  list.replaceChildren(...messages.map((one) => platform.elementOf(one)));
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
    $("#state").textContent = platform.word("away");
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    return null;
  }
}

async function report() {
  const counts = await ask("report").catch(() => null);
  if (!counts) return;
  const refused = Object.values(counts.refusals).reduce((sum, one) => sum + one, 0);
  const values = { pending: counts.pending, refused, unclear: counts.unclear.length };
  $("#report").textContent = platform.word("pending", values);
}

async function loadCustomers() {
  const listing = await ask("customers");
  customers = listing.customers;
  platform.meet(listing);
  const options = customers.map((one) => new Option(platform.nameOf(one), one.id));
  $("#customer").replaceChildren(...options);
}

function choose(id) {
  current = Number(id);
  version = -1;
  watching.abort();
  watching = new AbortController();
  $("#customer").value = current;
  $("#facts").textContent = platform.factsOf(chosenCustomer());
  show([]);
}

function sendText(event) {
  event.preventDefault();
  const text = $("#text").value.trim();
  if (!text) return;
  $("#text").value = "";
  act("messages", { text });
}

async function addCustomer(event) {
  event.preventDefault();
  try {
    const given = Object.fromEntries(new FormData($("#newcomer")));
    const made = await ask("customers", { ...given, ...platform.newcomer });
    $("#newcomer").reset();
    await loadCustomers();
    choose(made.id);
  } catch (problem) {
    complain(problem.message);
  }
}

function listen() {
  $("#customer").addEventListener("change", (event) => choose(event.target.value));
  $("#newcomer").addEventListener("submit", addCustomer);
  $("#composer").addEventListener("submit", sendText);
  $("#text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendText(event);
  });
  for (const key of document.querySelectorAll("[data-pick]")) {
    key.addEventListener("click", () => pickFile(key.dataset.pick));
  }
  for (const box of document.querySelectorAll("[data-fault]")) {
    box.addEventListener("change", platform.setFault);
  }
}
