// The page's own words. What the bot says comes from the bot.

const WORDS = {
  it: {
    title: "WhatsApp, in locale",
    intro: "Qui fai la parte del cliente. Nessun account, nessun servizio esterno.",
    customer: "Chi sei",
    newName: "Un altro cliente: nome",
    newPhone: "Telefono (vuoto: numero nascosto)",
    addCustomer: "Aggiungi",
    troubles: "Che cosa va storto",
    off: "il mio telefono è spento",
    duplicate: "messaggi consegnati due volte",
    reorder: "messaggi in disordine",
    delay: "messaggi in ritardo",
    throttled: "«troppe richieste» (130429)",
    undeliverable: "messaggi non recapitabili (131026)",
    lostAnswers: "risposte di WhatsApp perse",
    attach: "Allega",
    contact: "Un contatto",
    location: "La mia posizione",
    photo: "Una foto",
    document: "Un documento",
    voice: "Un messaggio vocale (file audio)",
    stopMarketing: "Ferma le promozioni",
    write: "Scrivi un messaggio",
    send: "Invia",
    you: "Tu",
    phone: "telefono",
    noPhone: "numero nascosto, solo id utente",
    accepted: "accettato",
    sent: "inviato",
    delivered: "consegnato",
    read: "letto",
    failed: "non recapitato",
    pending: "in consegna: {pending}, rifiuti: {refused}, esito incerto: {unclear}",
    away: "La piattaforma non risponde.",
  },
  en: {
    title: "WhatsApp, locally",
    intro: "Here you play the customer. No account, no outside service.",
    customer: "Who you are",
    newName: "Another customer: name",
    newPhone: "Telephone (empty: hidden number)",
    addCustomer: "Add",
    troubles: "What goes wrong",
    off: "my telephone is off",
    duplicate: "messages delivered twice",
    reorder: "messages out of order",
    delay: "messages delayed",
    throttled: "“too many requests” (130429)",
    undeliverable: "undeliverable messages (131026)",
    lostAnswers: "WhatsApp's answers lost",
    attach: "Attach",
    contact: "A contact",
    location: "My location",
    photo: "A photo",
    document: "A document",
    voice: "A voice note (audio file)",
    stopMarketing: "Stop promotions",
    write: "Write a message",
    send: "Send",
    you: "You",
    phone: "telephone",
    noPhone: "hidden number, user id only",
    accepted: "accepted",
    sent: "sent",
    delivered: "delivered",
    read: "read",
    failed: "not delivered",
    pending: "to be delivered: {pending}, refusals: {refused}, unclear: {unclear}",
    away: "The platform does not answer.",
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
