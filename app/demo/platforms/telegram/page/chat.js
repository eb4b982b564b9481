// What is Telegram's own in playing a customer.

import { language } from "./shared/language.js";
import { $, act, ask, chosenCustomer, complain, pickFile, play, sendFile } from "./shared/playing.js";
import { elementOf, shareContact } from "./messages.js";
import { word } from "./words.js";

const STICKERS = ["👍", "❤️", "😂", "😮", "😢"];
const PLACE = { latitude: 45.8903, longitude: 11.0401 };

let bot = {};
let recorder = null;

const press = (messageId, data) => act("presses", { message_id: messageId, data });

function meet(listing) {
  bot = listing.bot;
  $("#botName").textContent = `${bot.first_name} (@${bot.username})`;
}

function factsOf(customer) {
  $("#blocks").checked = customer.blocks;
  return [
    customer.phone ? `${word("phone")} ${customer.phone}` : word("noPhone"),
    `${word("language")} ${customer.language_code}`,
  ].join(", ");
}

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
    pickFile("voice");
  }
}

function sendSticker() {
  const emoji = STICKERS[Math.floor(Math.random() * STICKERS.length)];
  const sticker = { file_id: "sticker", file_unique_id: "sticker", type: "regular", width: 512,
    height: 512, is_animated: false, is_video: false, emoji };
  act("messages", { sticker });
}

function setFault() {
  const chosen = [...document.querySelectorAll("[data-fault]:checked")];
  const faults = Object.fromEntries(chosen.map((one) => [one.dataset.fault, Number(one.value)]));
  ask("faults", faults, "PUT").catch((problem) => complain(problem.message));
}

async function setBlocks(event) {
  const blocks = event.target.checked;
  await act("state", { blocks });
  chosenCustomer().blocks = blocks;
}

$("#start").addEventListener("click", () => act("messages", { text: "/start" }));
$("#contact").addEventListener("click", shareContact);
$("#location").addEventListener("click", () => act("messages", { location: PLACE }));
$("#voice").addEventListener("click", recordVoice);
$("#sticker").addEventListener("click", sendSticker);
$("#blocks").addEventListener("change", setBlocks);

await play({
  word,
  meet,
  nameOf: (customer) => [customer.first_name, customer.last_name].filter(Boolean).join(" "),
  factsOf,
  elementOf: (message) => elementOf(message, bot.first_name, press),
  newcomer: { language_code: language },
  setFault,
});
