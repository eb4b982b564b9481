// One message of the chat as an element. Texts are texts: nothing in them becomes markup.

import {
  anchor, button, keptAt, linked, messageItem, picture, sound, writeTime,
} from "./shared/elements.js";
import { word } from "./words.js";

const TICKS = { accepted: "·", sent: "✓", delivered: "✓✓", read: "✓✓" };

export function elementOf(message, company, press) {
  const item = messageItem(message.mine, message.mine ? word("you") : company);
  item.querySelector(".body").append(...bodyOf(message));
  item.querySelector(".body").classList.toggle("template", message.type === "template");
  writeTime(item.querySelector("time"), message.at);
  writeState(item.querySelector(".ticks"), message);
  item.querySelector(".keys").append(...keysOf(message, press));
  return item;
}

function writeState(ticks, message) {
  if (!message.state) return;
  ticks.classList.add(message.state);
  ticks.title = message.error ? message.error.error_data.details : word(message.state);
  ticks.textContent = TICKS[message.state] ?? `${word(message.state)} ${message.error.code}`;
  ticks.setAttribute("role", "img");
  ticks.setAttribute("aria-label", ticks.title);
}

function bodyOf(message) {
  const held = message[message.type] ?? {};
  switch (message.type) {
    case "text": return styled(held.body);
    case "template": return styled(held.text);
    case "interactive": return message.mine ? [held[held.type].title] : [
      ...headerOf(held.header), ...styled(held.body.text), ...linkOf(held)];
    case "image": case "sticker": return [picture(addressOf(held)), ...styled(held.caption ?? "")];
    case "audio": return [sound(addressOf(held))];
    case "document": return [fileLink(held), ...styled(held.caption ?? "")];
    case "location": return [`📍 ${held.latitude}, ${held.longitude}`];
    case "contacts": return held.map((one) => `👤 ${one.name.formatted_name}`);
    case "reaction": return [held.emoji || "∅"];
    default: return [message.type];
  }
}

function headerOf(header) {
  return header?.image ? [picture(addressOf(header.image))] : [];
}

function linkOf(interactive) {
  const link = interactive.action.parameters;
  return link ? ["\n", anchor(link.url, `${link.display_text} ↗`)] : [];
}

function addressOf(file) {
  return file.link ?? keptAt(file.id);
}

function fileLink(file) {
  return anchor(addressOf(file), `📄 ${file.filename ?? file.id}`);
}

function styled(text) {
  return text.split(/(\*[^*\n]+\*)/g).flatMap((part) => {
    if (!/^\*[^*\n]+\*$/.test(part)) return linked(part);
    const strong = document.createElement("strong");
    strong.textContent = part.slice(1, -1);
    return [strong];
  });
}

function keysOf(message, press) {
  const action = message.interactive?.action ?? {};
  if (message.mine) return [];
  if (action.buttons) return action.buttons.map((one) => keyOf(one.reply, message, press));
  return action.sections ? [sheetOf(action, message, press)] : [];
}

function sheetOf(action, message, press) {
  const sheet = document.createElement("details");
  const opener = document.createElement("summary");
  sheet.className = "sheet";
  opener.textContent = `☰ ${action.button}`;
  const rows = action.sections.flatMap((section) => section.rows);
  sheet.append(opener, ...rows.map((row) => keyOf(row, message, press)));
  return sheet;
}

function keyOf(choice, message, press) {
  const key = button(choice.title, () => press(message.id, choice.id));
  if (choice.description) {
    const more = document.createElement("small");
    more.textContent = choice.description;
    key.append(more);
  }
  return key;
}
