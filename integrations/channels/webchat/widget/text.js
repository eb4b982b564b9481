/* Turns texts into nodes, and times, days and sizes into words. */

const LINK = /\b(?:https?:\/\/|www\.)[^\s<>"']+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi;
const CLOSING = /[.,;:!?)\]}»”’]+$/;

/** A text with its line breaks, its web and mail addresses made into links. */
function textNodes(text, strings) {
  const nodes = [];
  let end = 0;
  for (const match of text.matchAll(LINK)) {
    const found = match[0].replace(CLOSING, "");
    nodes.push(text.slice(end, match.index), linkTo(found, strings));
    end = match.index + found.length;
  }
  nodes.push(text.slice(end));
  return nodes.filter((node) => node !== "");
}

function linkTo(found, strings) {
  const isMail = !found.includes("/") && found.includes("@");
  const isBare = found.toLowerCase().startsWith("www.");
  const address = isMail ? `mailto:${found}` : isBare ? `https://${found}` : found;
  const safe = safeAddress(address, location.href);
  return safe ? link(safe, strings, found) : found;
}

/** A link: pages of the surrounding site open here, everything else in another tab. */
function link(address, strings, ...content) {
  const stays = new URL(address).origin === location.origin || !address.startsWith("http");
  if (stays) return el("a", { href: address }, ...content);
  const away = { href: address, target: "_blank", rel: "noopener noreferrer" };
  return el("a", away, ...content, spoken(` (${strings.newTab})`));
}

const FORMATS = { it: "it-IT", en: "en-GB" };

/** "14:05". */
function clockTime(at, language) {
  return new Intl.DateTimeFormat(FORMATS[language], { hour: "2-digit", minute: "2-digit" }).format(at);
}

/** "Oggi", "Ieri", "venerdì 3 ottobre". */
function dayName(at, language) {
  const strings = STRINGS[language];
  const today = new Date();
  const yesterday = new Date(today.getFullYear(), today.getMonth(), today.getDate() - 1);
  if (isSameDay(at, today)) return strings.today;
  if (isSameDay(at, yesterday)) return strings.yesterday;
  const year = at.getFullYear() === today.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(FORMATS[language], {
    weekday: "long",
    day: "numeric",
    month: "long",
    year,
  }).format(at);
}

function isSameDay(one, other) {
  return one.toDateString() === other.toDateString();
}

/** "84 kB", "2,4 MB". */
function fileSize(bytes, language) {
  const large = bytes >= 1e6;
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: large ? "megabyte" : "kilobyte",
    maximumFractionDigits: large ? 1 : 0,
  }).format(Math.max(bytes / (large ? 1e6 : 1e3), large ? 0 : 1));
}
