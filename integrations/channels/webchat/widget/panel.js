/* The window of the chat: launcher, header, notices, and the keyboard's way through them. */

const FOCUSABLE =
  'a[href], button:not(:disabled), textarea, [tabindex="0"]';
const PHONE = "(max-width: 520px)";
const NOTICE_MS = 7_000;

class Panel {
  /** `actions`: `{ toggle, close, switchLanguage, restart }`. */
  constructor(chat, transcript, composer, actions) {
    this._chat = chat;
    this._actions = actions;
    this._transcript = transcript;
    this._composer = composer;
    this._phone = matchMedia(PHONE);
    this._buildLauncher();
    this._buildDialog();
    this._dialog.addEventListener("keydown", (event) => this._onKey(event));
    this._phone.addEventListener("change", () => this._fitToScreen());
    if (window.visualViewport) {
      visualViewport.addEventListener("resize", () => this._fitToScreen());
      visualViewport.addEventListener("scroll", () => this._fitToScreen());
    }
    this.relabel();
  }

  get elements() {
    return [this._dialog, this._launcher];
  }

  get isOpen() {
    return !this._dialog.hidden;
  }

  get _strings() {
    return STRINGS[this._chat.language];
  }

  _buildLauncher() {
    this._badge = el("span", { class: "badge", "aria-hidden": "true", hidden: true });
    const toggle = () => this._actions.toggle();
    const attributes = { type: "button", class: "launcher", "aria-expanded": "false", onclick: toggle };
    this._launcher = el("button", attributes, icon("chat"), icon("minimise"), this._badge);
  }

  _buildDialog() {
    this._title = el("h2", { class: "title", id: "title" });
    this._status = el("p", { class: "status", role: "status" });
    this._language = this._headerButton("language", () => this._actions.switchLanguage());
    this._restart = this._headerButton("restart", () => this._askToRestart(), icon("restart"));
    this._close = this._headerButton("minimise", () => this._actions.close(), icon("minimise"));
    this._mode = el("div", { class: "banner", role: "status", hidden: true });
    this._question = el("div", { class: "question", role: "alertdialog", hidden: true });
    this._notice = el("div", { class: "notice", role: "alert", hidden: true });
    this._drop = el("div", { class: "drop", "aria-hidden": "true" });
    const header = el(
      "header",
      {},
      el("span", { class: "mark" }, sprig()),
      el("div", { class: "names" }, this._title, this._status),
      this._language,
      this._restart,
      this._close,
    );
    this._dialog = el(
      "section",
      { class: "dialog", role: "dialog", "aria-labelledby": "title", tabindex: "-1", hidden: true },
      header,
      el("div", { class: "awning", "aria-hidden": "true" }),
      this._mode,
      this._question,
      this._transcript.element,
      this._notice,
      this._composer.element,
      this._drop,
    );
    takeFiles(this._dialog, (files) => this._composer.addFiles(files));
  }

  _headerButton(name, onclick, ...content) {
    return el("button", { type: "button", class: `tool ${name}`, onclick }, ...content);
  }

  relabel() {
    const strings = this._strings;
    this._title.textContent = this._chat.title;
    this._dialog.lang = this._launcher.lang = this._chat.language;
    const other = LANGUAGES.find((one) => one !== this._chat.language);
    this._language.textContent = other.toUpperCase();
    this._language.lang = other;
    this._label(this._language, `${other.toUpperCase()}: ${strings.switchTo}`);
    this._label(this._restart, strings.restart);
    this._label(this._close, strings.minimise);
    this._drop.textContent = strings.dropHere;
    this._showStatus();
    this._showMode();
    this.setUnread(this._unread || 0);
  }

  _label(button, words) {
    button.setAttribute("aria-label", words);
    button.title = words;
  }

  open({ andFocus = true } = {}) {
    this._dialog.hidden = false;
    this._launcher.setAttribute("aria-expanded", "true");
    this._fitToScreen();
    this.setUnread(0);
    this._transcript.scrollToEnd();
    if (!andFocus) return;
    if (this._phone.matches) this._dialog.focus({ preventScroll: true });
    else this._composer.focus();
  }

  close() {
    this._dialog.hidden = true;
    this._launcher.setAttribute("aria-expanded", "false");
    this.setUnread(0);
    this._fitToScreen();
    this._launcher.focus({ preventScroll: true });
  }

  /** On a phone the chat is the whole screen, less the keyboard. */
  _fitToScreen() {
    const isWhole = this.isOpen && this._phone.matches;
    this._dialog.toggleAttribute("data-whole", isWhole);
    this._launcher.hidden = isWhole;
    if (isWhole) this._dialog.setAttribute("aria-modal", "true");
    else this._dialog.removeAttribute("aria-modal");
    const view = isWhole ? window.visualViewport : null;
    this._dialog.style.height = view ? `${view.height}px` : "";
    this._dialog.style.top = view ? `${view.offsetTop}px` : "";
  }

  setUnread(count) {
    this._unread = count;
    this._badge.hidden = !count;
    this._badge.textContent = count > 9 ? "9+" : String(count);
    const { launcher, launcherClose, unread } = this._strings;
    const label = this.isOpen ? launcherClose : launcher;
    this._launcher.setAttribute("aria-label", count ? `${label} (${unread(count)})` : label);
  }

  /** "connecting", "online" or "offline". */
  setState(state) {
    this._state = state;
    this._showStatus();
    this._showMode();
  }

  /** "bot", "waiting", "human" or "closed". */
  setMode(mode) {
    this._conversationMode = mode;
    this._showMode();
  }

  _showStatus() {
    const state = this._state || "online";
    this._status.dataset.state = state;
    this._status.textContent = this._strings.status[state];
  }

  _showMode() {
    const isOffline = this._state === "offline";
    const kind = isOffline ? "offline" : this._conversationMode;
    const words = kind === "bot" ? "" : this._strings[kind] || "";
    const symbol = { offline: "cloud", waiting: "clock", human: "person", closed: "tick" }[kind];
    this._mode.hidden = !words;
    this._mode.dataset.kind = kind || "";
    if (this._mode.textContent !== words) this._mode.replaceChildren(...(words ? [icon(symbol), words] : []));
  }

  /** Say something for a moment. */
  notify(words) {
    clearTimeout(this._noticeTimer);
    this._notice.textContent = words;
    this._notice.hidden = false;
    this._noticeTimer = setTimeout(() => (this._notice.hidden = true), NOTICE_MS);
  }

  _askToRestart() {
    const strings = this._strings;
    const leave = () => {
      this._question.hidden = true;
      this._restart.focus();
    };
    const restart = () => {
      this._question.hidden = true;
      this._actions.restart();
      this._composer.focus();
    };
    this._question.replaceChildren(
      el("p", { id: "question" }, strings.restartAsk),
      el("button", { type: "button", class: "small", onclick: restart }, strings.restartYes),
      el("button", { type: "button", class: "small", onclick: leave }, strings.restartNo),
    );
    this._question.setAttribute("aria-labelledby", "question");
    this._question.hidden = false;
    this._question.lastChild.focus();
  }

  _onKey(event) {
    if (event.key === "Escape") {
      event.stopPropagation();
      if (this._question.hidden) this._actions.close();
      else this._question.lastChild.click();
    } else if (event.key === "Tab") this._keepFocusInside(event);
  }

  _keepFocusInside(event) {
    const places = [...this._dialog.querySelectorAll(FOCUSABLE)].filter(
      (place) => place.getClientRects().length > 0,
    );
    const here = this._dialog.getRootNode().activeElement;
    const [first, last] = [places[0], places[places.length - 1]];
    const leaves = event.shiftKey ? here === first || here === this._dialog : here === last;
    if (!leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  }
}
