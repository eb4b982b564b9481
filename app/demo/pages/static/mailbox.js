/* Shows new mail as it is sent. */

const list = document.querySelector("[data-mails]");
const empty = document.querySelector("[data-empty]");
const pattern = document.querySelector("[data-mail]");
const PAUSE_MS = 2000;
let shown = "";

function itemOf(mail) {
  const item = pattern.content.cloneNode(true);
  const to = item.querySelector("[data-to]");
  const time = item.querySelector("time");
  to.textContent = `${to.dataset.to} ${mail.to}`;
  time.dateTime = mail.at;
  time.textContent = new Date(mail.at).toLocaleString(document.documentElement.lang);
  item.querySelector("h2").textContent = mail.subject;
  item.querySelector(".text").textContent = mail.text;
  return item;
}

async function refresh() {
  try {
    const text = await (await fetch("/demo/mailbox.json")).text();
    if (text !== shown) {
      shown = text;
      const mails = JSON.parse(text);
      list.replaceChildren(...mails.map(itemOf));
      empty.hidden = mails.length > 0;
    }
  } catch {
    /* The server is away; the next try may find it. */
  }
  setTimeout(refresh, PAUSE_MS);
}

refresh();
