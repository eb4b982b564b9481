// The page's own words. What the bot says comes from the bot.

const WORDS = {
  it: {
    title: "Telegram, in locale",
    intro: "Qui fai la parte del cliente. Nessun account, nessun servizio esterno.",
    customer: "Chi sei",
    newName: "Un altro cliente: nome",
    newPhone: "Telefono (facoltativo)",
    addCustomer: "Aggiungi",
    troubles: "Che cosa va storto",
    blocks: "ho bloccato il bot",
    duplicate: "messaggi consegnati due volte",
    reorder: "messaggi in disordine",
    delay: "messaggi in ritardo",
    tooMany: "«troppe richieste» (429)",
    lostAnswers: "risposte di Telegram perse",
    attach: "Allega",
    contact: "Il mio contatto",
    location: "La mia posizione",
    photo: "Una foto",
    document: "Un documento",
    voice: "Un messaggio vocale",
    stopVoice: "Ferma e invia",
    sticker: "Uno sticker",
    write: "Scrivi un messaggio",
    send: "Invia",
    you: "Tu",
    edited: "modificato",
    phone: "telefono",
    noPhone: "senza telefono",
    language: "lingua",
    pending: "in consegna: {pending}, rifiuti: {refused}, esito incerto: {unclear}",
    away: "La piattaforma non risponde.",
    noMicrophone: "Il microfono non è disponibile: scegli un file audio.",
  },
  en: {
    title: "Telegram, locally",
    intro: "Here you play the customer. No account, no outside service.",
    customer: "Who you are",
    newName: "Another customer: name",
    newPhone: "Telephone (optional)",
    addCustomer: "Add",
    troubles: "What goes wrong",
    blocks: "I have blocked the bot",
    duplicate: "messages delivered twice",
    reorder: "messages out of order",
    delay: "messages delayed",
    tooMany: "“too many requests” (429)",
    lostAnswers: "Telegram's answers lost",
    attach: "Attach",
    contact: "My contact",
    location: "My location",
    photo: "A photo",
    document: "A document",
    voice: "A voice note",
    stopVoice: "Stop and send",
    sticker: "A sticker",
    write: "Write a message",
    send: "Send",
    you: "You",
    edited: "edited",
    phone: "telephone",
    noPhone: "no telephone",
    language: "language",
    pending: "to be delivered: {pending}, refusals: {refused}, unclear: {unclear}",
    away: "The platform does not answer.",
    noMicrophone: "There is no microphone: choose an audio file.",
  },
};

export const language = navigator.language.toLowerCase().startsWith("it") ? "it" : "en";

export function word(name, values = {}) {
  const text = WORDS[language][name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

export function fillIn(root) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    element.title = word(element.dataset.label);
  }
}
