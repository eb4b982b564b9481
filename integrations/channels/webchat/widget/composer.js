/* Where the customer writes: a text that grows, files beside it. */

const TALLEST_PX = 132;
const TEXT_LIMIT = 20_000;

/** Calls `onSend({ text, files })`; `onProblem(words)` says why something cannot be sent. */
class Composer {
  constructor(chat, { onSend, onProblem }) {
    this._chat = chat;
    this._onSend = onSend;
    this._onProblem = onProblem;
    this._files = [];
    this.largestFile = Infinity;
    this._build();
    this.relabel();
  }

  get _strings() {
    return STRINGS[this._chat.language];
  }

  _build() {
    this._text = el("textarea", { rows: "1", class: "text", enterkeyhint: "send", dir: "auto" });
    this._pick = el("input", { type: "file", accept: ACCEPTED, multiple: true, hidden: true });
    this._attach = el("button", { type: "button", class: "round attach" }, icon("attach"));
    this._send = el("button", { type: "submit", class: "round send" }, icon("send"));
    this._list = el("div", { class: "files", hidden: true });
    const row = el("div", { class: "row" }, this._attach, this._pick, this._text, this._send);
    this.element = el("form", { class: "composer" }, this._list, row);
    this._listen();
  }

  _listen() {
    this._text.addEventListener("input", () => this._fit());
    this._text.addEventListener("keydown", (event) => this._onKey(event));
    this._attach.addEventListener("click", () => this._pick.click());
    this._pick.addEventListener("change", () => {
      this.addFiles(Array.from(this._pick.files));
      this._pick.value = "";
    });
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      this._submit();
    });
  }

  relabel() {
    const strings = this._strings;
    this._text.placeholder = strings.placeholder;
    this._text.setAttribute("aria-label", strings.composer);
    this._attach.setAttribute("aria-label", strings.attach);
    this._attach.title = strings.attach;
    this._send.setAttribute("aria-label", strings.send);
    this._send.title = strings.send;
    this._showFiles();
  }

  focus() {
    this._text.focus({ preventScroll: true });
  }

  /** Put a text there for the customer to finish. */
  suggest(text) {
    this._text.value = text;
    this._fit();
    this.focus();
  }

  addFiles(files) {
    for (const file of files) {
      const problem = fileProblem(file, this.largestFile, this._strings, this._chat.language);
      if (problem) this._onProblem(problem);
      else this._files.push(file);
    }
    this._showFiles();
    this.focus();
  }

  _onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this._submit();
  }

  _submit() {
    const text = this._text.value.trim();
    if (!text && !this._files.length) return;
    if (text.length > TEXT_LIMIT) return this._onProblem(this._strings.tooLong(TEXT_LIMIT));
    const files = this._files;
    this._files = [];
    this._text.value = "";
    this._showFiles();
    this._onSend({ text, files });
    this.focus();
  }

  _showFiles() {
    this._list.hidden = !this._files.length;
    this._list.replaceChildren(...this._files.map((file) => this._chip(file)));
    this._fit();
  }

  _chip(file) {
    const label = this._strings.removeFile(file.name);
    const remove = () => {
      this._files = this._files.filter((other) => other !== file);
      this._showFiles();
      this.focus();
    };
    const cross = { type: "button", class: "remove", "aria-label": label, onclick: remove };
    return el(
      "span",
      { class: "chip" },
      icon("file"),
      el("span", { class: "name" }, file.name),
      el("button", cross, icon("close")),
    );
  }

  /** As tall as its text, up to a limit. */
  _fit() {
    this._text.style.height = "auto";
    const tall = this._text.scrollHeight; // 0 while the chat is closed
    if (tall) this._text.style.height = `${Math.min(tall, TALLEST_PX)}px`;
    const isEmpty = !this._text.value.trim() && !this._files.length;
    this._send.disabled = isEmpty;
  }
}
