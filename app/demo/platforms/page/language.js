// In which language the page speaks, and with which words.

export const language = navigator.language.toLowerCase().startsWith("it") ? "it" : "en";

export function wordsOf(words) {
  return (name, values = {}) => {
    const text = words[language][name] ?? name;
    return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
  };
}

export function fillIn(root, word) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-word]")) {
    element.textContent = word(element.dataset.word);
  }
  for (const element of root.querySelectorAll("[data-label]")) {
    element.setAttribute("aria-label", word(element.dataset.label));
    element.title = word(element.dataset.label);
  }
}
