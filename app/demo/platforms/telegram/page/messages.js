// One message of the chat as an element. Texts are texts: nothing in them becomes markup.

import { language, word } from "./words.js";

const pattern = document.querySelector("#pattern");
const LINK = /(https?:\/\/[^\s]+)/g;

export function elementOf(message, botName, press) {
  const item = pattern.content.cloneNode(true).querySelector("li");
  const mine = !message.from.is_bot;
  item.classList.toggle("mine", mine);
  item.querySelector(".who").textContent = mine ? word("you") : botName;
  item.querySelector(".body").append(...bodyOf(message));
  writeTime(item.querySelector("time"), message);
  item.querySelector(".keys").append(...keysOf(message, press));
  return item;
}

function writeTime(time, message) {
  const at = new Date(message.date * 1000);
  const clock = at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  time.dateTime = at.toISOString();
  time.textContent = message.edit_date ? `${clock}, ${word("edited")}` : clock;
}

function bodyOf(message) {
  const parts = [];
  if (message.photo) parts.push(picture(message.photo.at(-1).file_id));
  if (message.voice) parts.push(sound(message.voice.file_id));
  if (message.audio) parts.push(sound(message.audio.file_id));
  if (message.document) parts.push(fileLink(message.document), "\n");
  if (message.location) parts.push(`📍 ${message.location.latitude}, ${message.location.longitude}`);
  if (message.contact) parts.push(`👤 ${message.contact.first_name} +${message.contact.phone_number}`);
  if (message.sticker) parts.push(message.sticker.emoji);
  return [...parts, ...linked(message.text ?? message.caption ?? "")];
}

function addressOf(fileId) {
  return fileId.startsWith("http") ? fileId : `control/files/${encodeURIComponent(fileId)}`;
}

function picture(fileId) {
  const image = document.createElement("img");
  image.src = addressOf(fileId);
  image.alt = "";
  return image;
}

function sound(fileId) {
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.src = addressOf(fileId);
  return audio;
}

function fileLink(file) {
  return anchor(addressOf(file.file_id), `📄 ${file.file_name}`);
}

function linked(text) {
  return text.split(LINK).map((part) => (/^https?:\/\//.test(part) ? anchor(part, part) : part));
}

function anchor(address, text) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

function keysOf(message, press) {
  return (message.reply_markup?.inline_keyboard ?? []).map((row) => {
    const element = document.createElement("div");
    element.className = "row";
    element.append(...row.map((key) => keyOf(key, message, press)));
    return element;
  });
}

function keyOf(key, message, press) {
  if (key.url) return anchor(key.url, `${key.text} ↗`);
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = key.text;
  button.addEventListener("click", () => press(message.message_id, key.callback_data));
  return button;
}
