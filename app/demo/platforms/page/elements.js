// What messages are made of. Texts are texts: nothing in them becomes markup.

import { language } from "./language.js";

const LINK = /(https?:\/\/[^\s]+)/g;

export function messageItem(mine, who) {
  const item = document.querySelector("#pattern").content.cloneNode(true).querySelector("li");
  item.classList.toggle("mine", mine);
  item.querySelector(".who").textContent = who;
  return item;
}

export function writeTime(time, seconds, note = "") {
  const at = new Date(seconds * 1000);
  const clock = at.toLocaleTimeString(language, { hour: "2-digit", minute: "2-digit" });
  time.dateTime = at.toISOString();
  time.textContent = note ? `${clock}, ${note}` : clock;
}

export function keptAt(fileId) {
  return `control/files/${encodeURIComponent(fileId)}`;
}

export function picture(address) {
  const image = document.createElement("img");
  image.src = address;
  image.alt = "";
  return image;
}

export function sound(address) {
  const audio = document.createElement("audio");
  audio.controls = true;
  audio.src = address;
  return audio;
}

export function linked(text) {
  return text.split(LINK).map((part) => (/^https?:\/\//.test(part) ? anchor(part, part) : part));
}

export function anchor(address, text) {
  const link = document.createElement("a");
  link.href = address;
  link.textContent = text;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  return link;
}

export function button(text, pressed) {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener("click", pressed);
  return element;
}
