/* Puts the chat on the page. The script tag's data- attributes are the element's. */

const script = document.currentScript;

function start() {
  if (!customElements.get("bottega-chat")) customElements.define("bottega-chat", BottegaChat);
  let chat = document.querySelector("bottega-chat");
  if (!chat) {
    chat = document.createElement("bottega-chat");
    const server = script && script.src ? new URL(script.src).origin : "";
    Object.assign(chat.dataset, { server, ...(script ? script.dataset : {}) });
    document.body.append(chat);
  }
  document.addEventListener("click", (event) => openFrom(chat, event));
}

/** Anything on the page with `data-bottega-open` opens the chat; its value is said or suggested. */
function openFrom(chat, event) {
  const opener = event.target instanceof Element && event.target.closest("[data-bottega-open]");
  if (!opener) return;
  event.preventDefault();
  const text = opener.dataset.bottegaOpen;
  if (text) chat.say(text, { send: "bottegaSend" in opener.dataset });
  else chat.open();
}

if (document.body) start();
else addEventListener("DOMContentLoaded", start);
