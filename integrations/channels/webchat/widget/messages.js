/* Draws one message. */

/**
 * Draws messages in the language and with the actions of a chat:
 * `{ language, base, press(button), fileAddress(url), openedPage() }`.
 */
class MessagePainter {
  constructor(chat) {
    this._chat = chat;
  }

  get _strings() {
    return STRINGS[this._chat.language];
  }

  /** The element of a message as the server tells it. */
  paint(message) {
    const element = this._frame(message.role, new Date(message.at));
    element.dataset.seq = message.seq;
    const foot = element.lastChild;
    if (message.text) foot.before(this._bubble(message.text));
    message.attachments.forEach((file) => foot.before(this._attachment(file)));
    if (message.cards.length) foot.before(paintCards(message.cards, this._chat));
    if (message.buttons.length) foot.before(this._quickReplies(message.buttons));
    return element;
  }

  /** The element of a message that has not left yet. */
  paintPending(entry) {
    const element = this._frame("customer", new Date(entry.at));
    element.dataset.id = entry.id;
    element.classList.add("pending");
    const foot = element.lastChild;
    const text = entry.text || entry.title || "";
    element.dataset.text = text;
    if (text) foot.before(this._bubble(text));
    if (entry.file) foot.before(this._localFile(entry.file));
    this.mark(element, "sending");
    return element;
  }

  /** Say under a message how far it has come: "sending", "sent" or "failed". */
  mark(element, state, { reason = "", onRetry, onDiscard } = {}) {
    const strings = this._strings;
    const place = element.querySelector(".delivery");
    const icons = { sending: "clock", sent: "tick", failed: "alert" };
    element.classList.toggle("failed", state === "failed");
    const words = state === "sent" ? spoken(strings.sent) : el("span", {}, strings[state]);
    place.replaceChildren(icon(icons[state]), words);
    if (state !== "failed") return;
    if (reason) place.append(el("span", { class: "reason" }, reason));
    if (onRetry) place.append(this._smallButton(strings.retry, onRetry));
    if (onDiscard) place.append(this._smallButton(strings.discard, onDiscard));
  }

  _frame(role, at) {
    const author = this._strings[role === "customer" ? "you" : role];
    const { language } = this._chat;
    return el(
      "div",
      { class: `message ${role}`, "data-role": role, "data-at": at.toISOString() },
      el("div", { class: "author" }, role === "agent" ? icon("person") : null, author),
      spoken(`${author}: `),
      el(
        "div",
        { class: "foot" },
        el("time", { datetime: at.toISOString() }, clockTime(at, language)),
        role === "customer" ? el("span", { class: "delivery" }) : null,
      ),
    );
  }

  _bubble(text) {
    return el("div", { class: "bubble" }, ...textNodes(text, this._strings));
  }

  _quickReplies(buttons) {
    const strings = this._strings;
    const choices = buttons.map((button) => paintButton(button, this._chat, "choice"));
    return el("div", { class: "choices", role: "group", "aria-label": strings.quickReplies }, ...choices);
  }

  _attachment(file) {
    return isImage(file.type) ? this._image(file) : this._document(file);
  }

  _image(file) {
    const label = this._strings.openImage(file.name);
    const picture = el("img", { alt: file.name, class: "loading" });
    const frame = el("a", { class: "picture", "aria-label": label, target: "_blank" }, picture);
    this._chat.fileAddress(file.url).then(
      (address) => {
        picture.src = frame.href = address;
        picture.classList.remove("loading");
      },
      () => frame.replaceWith(this._document(file)),
    );
    return frame;
  }

  _document(file) {
    const { language, fileAddress } = this._chat;
    const save = async () => {
      const href = await fileAddress(file.url);
      el("a", { href, download: file.name }).click();
    };
    return el(
      "button",
      { type: "button", class: "document", onclick: save },
      icon("file"),
      spoken(this._strings.download(file.name)),
      el("span", { class: "name", "aria-hidden": "true" }, file.name),
      el("span", { class: "size", "aria-hidden": "true" }, fileSize(file.size, language)),
    );
  }

  _localFile(file) {
    if (!isImage(file.type)) {
      return el("div", { class: "document" }, icon("file"), el("span", { class: "name" }, file.name));
    }
    const picture = el("img", { alt: file.name, src: URL.createObjectURL(file) });
    return el("div", { class: "picture" }, picture);
  }

  _smallButton(label, onclick) {
    return el("button", { type: "button", class: "small", onclick }, label);
  }
}

/** A button of the bot: it is pressed once, or it opens a page. */
function paintButton(button, chat, kind) {
  if (!button.payload) {
    const address = safeAddress(button.url || "", chat.base);
    const attributes = { class: kind, href: address, onclick: chat.openedPage };
    return el("a", attributes, button.title);
  }
  const press = (event) => {
    event.currentTarget.classList.add("pressed");
    chat.press(button);
  };
  return el("button", { type: "button", class: kind, onclick: press }, button.title);
}
