// One message of the chat as an element. Texts are texts: nothing in them becomes markup.

import {
  anchor, button, keptAt, linked, messageItem, picture, sound, writeTime,
} from "./shared/elements.js";
import { act } from "./shared/playing.js";
import { word } from "./words.js";

export const shareContact = () => act("messages", { contact: "own" });

export function elementOf(message, botName, press) {
  const mine = !message.from.is_bot;
  const item = messageItem(mine, mine ? word("you") : botName);
  item.querySelector(".body").append(...bodyOf(message));
  writeTime(item.querySelector("time"), message.date, message.edit_date ? word("edited") : "");
  item.querySelector(".keys").append(...keysOf(message, press));
  return item;
}

function bodyOf(message) {
  const parts = [];
  if (message.photo) parts.push(picture(addressOf(message.photo.at(-1).file_id)));
  if (message.voice) parts.push(sound(addressOf(message.voice.file_id)));
  if (message.audio) parts.push(sound(addressOf(message.audio.file_id)));
  if (message.document) parts.push(fileLink(message.document), "\n");
  if (message.location) parts.push(`📍 ${message.location.latitude}, ${message.location.longitude}`);
  if (message.contact) parts.push(`👤 ${message.contact.first_name} +${message.contact.phone_number}`);
  if (message.sticker) parts.push(message.sticker.emoji);
  return [...parts, ...linked(message.text ?? message.caption ?? "")];
}

function addressOf(fileId) {
  return fileId.startsWith("http") ? fileId : keptAt(fileId);
}

function fileLink(file) {
  return anchor(addressOf(file.file_id), `📄 ${file.file_name}`);
}

function keysOf(message, press) {
  const keyboard = message.reply_markup?.inline_keyboard ?? message.chat_keyboard?.keyboard ?? [];
  return keyboard.map((row) => {
    const element = document.createElement("div");
    element.className = "row";
    element.append(...row.map((key) => keyOf(key, message, press)));
    return element;
  });
}

function keyOf(key, message, press) {
  if (key.request_contact) return button(key.text, shareContact);
  if (key.url) return anchor(key.url, `${key.text} ↗`);
  return button(key.text, () => press(message.message_id, key.callback_data));
}
