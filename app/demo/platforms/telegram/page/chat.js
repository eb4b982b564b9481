// Plays a customer: what they do goes to the platform, what the bot says is shown.

import { elementOf } from "./messages.js";
import { fillIn, word } from "./words.js";

const $ = (selector) => document.querySelector(selector);
const STICKERS = ["👍", "❤️", "😂", "😮", "😢"];
const PLACE = { latitude: 45.8903, longitude: 11.0401 };
const PAUSE_MS = 1500;

let bot = {};
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
  const press = (messageId, data) => act("presses", { message_id: messageId, data });
  list.replaceChildren(...messages.map((one) => elementOf(one, bot.first_name, press)));
  if (atEnd) list.scrollTop = list.scrollHeight;
}

async function watch() {
  for (;;) {
    const watched = current;
    try {
      const address = `customers/${watched}/chat?version=${version}&wait=20`;
      const chat = await ask(address, undefined, "GET", watching.signal);
      $("#state").textContent = "";
      if (watched === current && chat.version !== version) {
        version = chat.version;
        show(chat.messages);
        await report();
      }
    } catch (problem) {
      if (problem.name === "AbortError") continue;
      $("#state").textContent = word("away");
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

async function report() {
  const counts = await ask("report");
  const refused = Object.values(counts.refusals).reduce((sum, one) => sum + one, 0);
  const values = { pending: counts.pending, refused, unclear: counts.unclear.length };
  $("#report").textContent = word("pending", values);
}

async function loadCustomers() {
  ({ bot, customers } = await ask("customers"));
  $("#botName").textContent = `${bot.first_name} (@${bot.username})`;
  $("#customer").replaceChildren(...customers.map((one) => new Option(
    [one.first_name, one.last_name].filter(Boolean).join(" "), one.id,
  )));
}

function choose(id) {
  current = Number(id);
  version = -1;
  watching.abort();
  watching = new AbortController();
  const chosen = customers.find((one) => one.id === current);
  $("#customer").value = current;
  $("#blocks").checked = chosen.blocks;
  $("#facts").textContent = [
    chosen.phone ? `${word("phone")} ${chosen.phone}` : word("noPhone"),
    `${word("language")} ${chosen.language_code}`,
  ].join(", ");
  show([]);
}

function sendFile(file, what) {
  const form = new FormData();
  form.append("file", file);
  form.append("what", what);
  act("files", form);
}

function pickFile(what, accept) {
  $("#file").accept = accept;
  $("#file").onchange = () => {
    if ($("#file").files.length) sendFile($("#file").files[0], what);
    $("#file").value = "";
  };
  $("#file").click();
}

let recorder = null;

async function recordVoice() {
  if (recorder) {
    recorder.stop();
    return;
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const chunks = [];
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = (event) => chunks.push(event.data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      sendFile(new File(chunks, "voice", { type: recorder.mimeType }), "voice");
      recorder = null;
      $("#voice").textContent = word("voice");
    };
    recorder.start();
    $("#voice").textContent = word("stopVoice");
  } catch {
    complain(word("noMicrophone"));
    pickFile("voice", "audio/*");
  }
}

function sendText(event) {
  event.preventDefault();
  const text = $("#text").value.trim();
  if (!text) return;
  $("#text").value = "";
  act("messages", { text });
}

function setFaults() {
  const chosen = [...document.querySelectorAll("[data-fault]:checked")];
  const faults = Object.fromEntries(chosen.map((one) => [one.dataset.fault, Number(one.value)]));
  ask("faults", faults, "PUT").catch((problem) => complain(problem.message));
}

async function addCustomer(event) {
  event.preventDefault();
  const given = Object.fromEntries(new FormData($("#newcomer")));
  const made = await ask("customers", { ...given, language_code: document.documentElement.lang });
  $("#newcomer").reset();
  await loadCustomers();
  choose(made.id);
}

function listen() {
  $("#customer").addEventListener("change", (event) => choose(event.target.value));
  $("#newcomer").addEventListener("submit", addCustomer);
  $("#composer").addEventListener("submit", sendText);
  $("#text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) sendText(event);
  });
  $("#start").addEventListener("click", () => act("messages", { text: "/start" }));
  $("#contact").addEventListener("click", () => act("messages", { contact: "own" }));
  $("#location").addEventListener("click", () => act("messages", { location: PLACE }));
  $("#voice").addEventListener("click", recordVoice);
  $("#sticker").addEventListener("click", () => {
    const emoji = STICKERS[Math.floor(Math.random() * STICKERS.length)];
    const sticker = { file_id: "sticker", file_unique_id: "sticker", type: "regular", width: 512,
      height: 512, is_animated: false, is_video: false, emoji };
    act("messages", { sticker });
  });
  for (const button of document.querySelectorAll("[data-pick]")) {
    const what = button.dataset.pick;
    button.addEventListener("click", () => pickFile(what, what === "photo" ? "image/*" : ""));
  }
  for (const box of document.querySelectorAll("[data-fault]")) box.addEventListener("change", setFaults);
  $("#blocks").addEventListener("change", async (event) => {
    const blocks = event.target.checked;
    await act("state", { blocks });
    customers.find((one) => one.id === current).blocks = blocks;
  });
}

fillIn(document);
listen();
await loadCustomers();
choose(customers[0].id);
watch();
