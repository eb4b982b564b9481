/* The list of messages: in order, grouped, by day, with what has not left at its end. */

const GROUP_MS = 5 * 60_000;
const NEAR_END_PX = 80;

class Transcript {
  constructor(chat) {
    this._chat = chat;
    this._painter = new MessagePainter(chat);
    this._confirmed = new Map();
    this._messages = [];
    this._intro = el("div", { class: "intro" });
    this._list = el("div", { class: "list" });
    this._typing = el("div", { class: "typing", hidden: true, "aria-hidden": "true" });
    this._typingWords = el("div", { class: "spoken", role: "status" });
    const live = { class: "log", role: "log", "aria-live": "polite", tabindex: "0" };
    this._log = el("div", live, this._intro, this._list, this._typing);
    this._jump = el("button", { type: "button", class: "jump", hidden: true });
    this._jump.addEventListener("click", () => this.scrollToEnd(true));
    this._staysAtEnd = true; // when a notice or the keyboard takes some of its height
    this._log.addEventListener("scroll", () => {
      this._staysAtEnd = this._isNearEnd();
      if (this._staysAtEnd) this._hideJump();
    });
    new ResizeObserver(() => this._staysAtEnd && this.scrollToEnd()).observe(this._log);
    this.element = el("div", { class: "transcript" }, this._log, this._jump, this._typingWords);
    this.relabel();
  }

  get _strings() {
    return STRINGS[this._chat.language];
  }

  relabel() {
    this._log.setAttribute("aria-label", this._strings.log);
    this._jump.replaceChildren(icon("down"), this._strings.newMessages);
    const pending = [...this._list.querySelectorAll(".pending")];
    this._list.replaceChildren();
    this.show(this._messages.splice(0), true);
    pending.forEach((element) => this._place(element));
  }

  /** The ids of what is shown and has not left. */
  get pendingIds() {
    return new Set([...this._list.querySelectorAll(".pending")].map(({ dataset }) => dataset.id));
  }

  /** What a newcomer sees: the welcome and where to begin. */
  welcome(text, suggestions, onChoose) {
    const chips = suggestions.map((one) =>
      el("button", { type: "button", class: "choice", onclick: () => onChoose(one) }, one.title),
    );
    const group = { class: "choices", role: "group", "aria-label": this._strings.suggestions };
    this._intro.replaceChildren(
      el(
        "div",
        { class: "message bot" },
        spoken(`${this._strings.bot}: `),
        el("div", { class: "bubble" }, ...textNodes(text, this._strings)),
      ),
      el("div", group, ...chips),
    );
    this._intro.toggleAttribute("data-begun", this._list.childElementCount > 0);
  }

  /** Show messages of the server, in order. `quietly`: without having them read out. */
  show(messages, quietly) {
    const wasNearEnd = this._isNearEnd();
    this._log.setAttribute("aria-busy", String(quietly));
    messages.forEach((message) => this._add(message));
    this._log.setAttribute("aria-busy", "false");
    const mine = messages.some(({ role }) => role === "customer");
    if (wasNearEnd || quietly || mine) this.scrollToEnd();
    else this._jump.hidden = false;
  }

  _add(message) {
    this._messages.push(message);
    const pending = message.role === "customer" ? this._pendingOf(message) : null;
    if (pending) pending.remove();
    if (message.role === "customer") this._closeChoices(message.text);
    const element = this._painter.paint(message);
    if (message.role === "customer") this._painter.mark(element, "sent");
    this._place(element);
  }

  /** The pending element of a message that has come back from the server. */
  _pendingOf({ seq, text }) {
    const all = [...this._list.querySelectorAll(".pending:not([data-refused])")];
    return (
      all.find(({ dataset }) => this._confirmed.get(dataset.id) === seq) ||
      all.find(
        (element) =>
          !this._confirmed.has(element.dataset.id) &&
          element.dataset.text === text,
      )
    );
  }

  _place(element) {
    const isPending = element.classList.contains("pending");
    const next = isPending ? null : this._list.querySelector(".pending");
    const previous = next ? next.previousElementSibling : this._list.lastElementChild;
    const at = new Date(element.dataset.at);
    const before = previous && previous.dataset.at ? new Date(previous.dataset.at) : null;
    if (!before || !isSameDay(before, at)) {
      const day = this._divider("day", dayName(at, this._chat.language));
      day.dataset.at = element.dataset.at;
      this._list.insertBefore(day, next);
    } else if (at - before < GROUP_MS && previous.dataset.role === element.dataset.role) {
      previous.classList.add("followed");
      element.classList.add("follows");
    }
    this._list.insertBefore(element, next);
    this._intro.setAttribute("data-begun", "");
  }

  _divider(kind, text) {
    return el("div", { class: `divider ${kind}` }, el("span", {}, text));
  }

  addPending(entry) {
    this._closeChoices(entry.text || entry.title || "");
    this._place(this._painter.paintPending(entry));
    this.scrollToEnd();
  }

  /** The server has stored it; its own message may have come already, or is about to. */
  confirm(id, seq) {
    this._confirmed.set(id, seq);
    const element = this._byId(id);
    if (!element) return;
    if (this._list.querySelector(`[data-seq="${seq}"]`)) element.remove();
    else this._painter.mark(element, "sent");
  }

  /** The server does not take it: it stays there, to be read and removed. */
  refuse(id, options) {
    const element = this._byId(id);
    if (!element) return;
    element.dataset.refused = "true";
    this._painter.mark(element, "failed", options);
  }

  /** Say of everything that has not left that it waits, or that it is on its way again. */
  markPending(state, options) {
    for (const element of this._list.querySelectorAll(".pending")) {
      if (!element.dataset.refused) this._painter.mark(element, state, options);
    }
  }

  remove(id) {
    const element = this._byId(id);
    if (element) element.remove();
  }

  _byId(id) {
    return [...this._list.querySelectorAll(".pending")].find(({ dataset }) => dataset.id === id);
  }

  /** Whatever could be chosen has been answered. */
  _closeChoices(answer) {
    for (const choice of this._list.querySelectorAll(".choices button:not(:disabled)")) {
      choice.disabled = true;
      choice.classList.toggle("chosen", choice.textContent === answer);
    }
  }

  /** A new session begins below; nothing above can be pressed any more. */
  beginAnew(text) {
    this._list.querySelectorAll("button.choice, button.action").forEach((one) => (one.disabled = true));
    this._list.querySelectorAll("[data-seq]").forEach((one) => one.removeAttribute("data-seq"));
    this._messages = [];
    this._confirmed.clear();
    if (this._list.childElementCount) this._list.append(this._divider("anew", text));
  }

  clear() {
    this._list.replaceChildren();
    this._messages = [];
    this._confirmed.clear();
    this._intro.removeAttribute("data-begun");
  }

  setTyping(isTyping) {
    if (this._typing.hidden === !isTyping) return;
    const wasNearEnd = this._isNearEnd();
    this._typing.hidden = !isTyping;
    this._typing.replaceChildren(...[0, 1, 2].map(() => el("i")));
    this._typingWords.textContent = isTyping ? this._strings.typing : "";
    if (wasNearEnd) this.scrollToEnd();
  }

  scrollToEnd(smoothly = false) {
    this._hideJump();
    const behavior = smoothly ? scrollBehaviour() : "auto";
    this._log.scrollTo({ top: this._log.scrollHeight, behavior });
  }

  _isNearEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this._log;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  _hideJump() {
    this._jump.hidden = true;
  }
}
