/* The chat element: holds the parts together and decides what happens next. */

const FALLBACK_CONFIG = { welcome: "", suggestions: [], largest_file: Infinity };
const RETRY_CODES = ["too_many_requests", "internal_error"];
const DEFAULT_RETRY_S = 3;

class BottegaChat extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    this._server = new Server(this._baseAddress(), this._storeFor());
    this._line = new Line(this._server, this._store, this._lineListener());
    this._files = new Map();
    this._addresses = new Map();
    this._lastSeq = 0;
    this._unread = 0;
    this._sessionId = this._store.sessionId;
    this._isLoading = this._store.hasSession;
    this._isRestored = false;
    const { documentElement } = document;
    this.language = chooseLanguage(
      this._store.language,
      this.dataset.locale,
      documentElement.lang,
      navigator.language,
    );
    this._buildParts();
    this._dress();
    this._followVisitor();
    this._store.onChange(() => this._followOtherTabs());
    if (this._store.hasSession || this._store.outbox.length) this._begin();
    if (this._store.isOpen) this._show({ andFocus: false });
  }

  /* What a page may call. */

  open() {
    this._show({ andFocus: true });
  }

  close() {
    this._panel.close();
    this._store.isOpen = false;
  }

  /** Open the chat and say something in the customer's name, or leave it there to be finished. */
  say(text, { send = true } = {}) {
    this.open();
    if (send) this._send({ text, files: [] });
    else this._composer.suggest(text);
  }

  /* What the parts call. */

  get base() {
    return this._server.base;
  }

  get title() {
    return this.dataset.title || STRINGS[this.language].title;
  }

  press = ({ title, payload }) => {
    this._deliver({ title, payload });
    this._composer.focus();
  };

  /** On a phone a page that is opened from the chat must not stay hidden behind it. */
  openedPage = () => {
    if (matchMedia(PHONE).matches) this.close();
  };

  fileAddress = (url) => {
    if (!/^\/webchat\//.test(url)) return Promise.resolve(safeAddress(url, this.base));
    if (!this._addresses.has(url)) this._addresses.set(url, this._server.fileAddress(url));
    return this._addresses.get(url);
  };

  /* Inside. */

  _baseAddress() {
    return (this.dataset.server || location.origin).replace(/\/$/, "");
  }

  _storeFor() {
    this._store = new Store(this._baseAddress());
    return this._store;
  }

  _buildParts() {
    this._transcript = new Transcript(this);
    this._composer = new Composer(this, {
      onSend: (what) => this._send(what),
      onProblem: (words) => this._panel.notify(words),
    });
    this._panel = new Panel(this, this._transcript, this._composer, {
      toggle: () => (this._panel.isOpen ? this.close() : this.open()),
      close: () => this.close(),
      switchLanguage: () => this._switchLanguage(),
      restart: () => this._restart(),
    });
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styleSheet()];
    root.append(...this._panel.elements);
  }

  _dress() {
    applyAccent(this, this.dataset.accent);
    const dark = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => {
      const theme = this.dataset.theme || "auto";
      this.setAttribute("scheme", theme === "auto" ? (dark.matches ? "dark" : "light") : theme);
    };
    dark.addEventListener("change", follow);
    new MutationObserver(follow).observe(this, { attributeFilter: ["data-theme"] });
    follow();
  }

  /** Another visitor of the site than the one who talked here does not see what they said. */
  _followVisitor() {
    const visitor = visitorOf(this.dataset.visitor);
    if (this._store.token && this._store.visitor !== visitor) {
      this._store.forgetSession({ withOutbox: true });
    }
    this._visitor = visitor;
  }

  async _show({ andFocus }) {
    this._unread = 0;
    this._panel.open({ andFocus });
    this._store.isOpen = true;
    this._store.read = Math.max(this._store.read, this._lastSeq);
    await this._welcome();
  }

  async _welcome() {
    if (this._welcomedIn === this.language) return;
    this._welcomedIn = this.language;
    const config = await this._server.config(this.language).catch(() => FALLBACK_CONFIG);
    if (config === FALLBACK_CONFIG) this._welcomedIn = null;
    this._composer.largestFile = config.largest_file;
    if (!config.welcome) return;
    this._transcript.welcome(config.welcome, config.suggestions, ({ text }) =>
      this._send({ text, files: [] }),
    );
  }

  _switchLanguage() {
    this.language = LANGUAGES.find((one) => one !== this.language);
    this._store.language = this.language;
    [this._transcript, this._composer, this._panel].forEach((part) => part.relabel());
    this._welcome();
  }

  _restart() {
    this._store.forgetSession({ withOutbox: true });
    this._reset();
  }

  _reset() {
    this._line.stop();
    this._files.clear();
    this._lastSeq = 0;
    this._sessionId = this._store.sessionId;
    this._transcript.clear();
    this._transcript.setTyping(false);
    this._panel.setMode("bot");
    this._onState("online");
  }

  _send({ text, files }) {
    if (!files.length) return this._deliver({ text });
    files.forEach((file, index) => this._deliver({ text: index ? "" : text, file }));
  }

  _deliver(what) {
    const entry = { id: newId(), at: new Date().toISOString(), ...what };
    if (entry.file) this._files.set(entry.id, entry);
    else this._store.keep(entry);
    this._transcript.addPending(entry);
    this._begin();
    if (this._state === "offline") this._onState("offline");
    else this._flush();
  }

  /** Have a session and a connection. */
  async _begin() {
    if (this._line.isStarted || this._beginning) return;
    this._beginning = true;
    try {
      if (!this._store.hasSession) {
        await this._server.makeSession(this.language, this.dataset.visitor);
        this._store.enter({ visitor: this._visitor });
        this._sessionId = this._store.sessionId;
      }
      this._line.start(this._lastSeq);
    } catch (problem) {
      if (!(problem instanceof Refusal || problem instanceof Unreachable)) throw problem;
      this._beginLater(problem);
    } finally {
      this._beginning = false;
    }
  }

  _beginLater(problem) {
    this._onState("offline");
    if (problem instanceof Refusal && problem.code.startsWith("visitor")) {
      delete this.dataset.visitor; // without it the customer can at least talk
    }
    const seconds = problem.retryAfter || DEFAULT_RETRY_S;
    setTimeout(() => this._begin(), seconds * 1000);
  }

  /** Send what has not left, oldest first. */
  _flush() {
    if (!this._line.isUp) return;
    this._store.outbox.forEach((entry) => this._line.deliver(entry));
    this._sendFiles();
  }

  /** One file after the other, in the order in which they were chosen. */
  async _sendFiles() {
    if (this._isSendingFiles) return;
    this._isSendingFiles = true;
    for (const entry of this._files.values()) {
      if (!(await this._sendFile(entry))) break;
    }
    this._isSendingFiles = false;
  }

  /** False when it makes no sense to go on now. */
  async _sendFile(entry) {
    try {
      const { seq } = await this._server.sendFile(entry);
      this._accept(entry.id, seq);
    } catch (problem) {
      if (problem instanceof Refusal && problem.status !== 401) this._refuse(entry.id, problem);
      else this._onState("offline");
      return problem instanceof Refusal && !RETRY_CODES.includes(problem.code);
    }
    return true;
  }

  _lineListener() {
    return {
      state: (state) => this._onState(state),
      messages: (body) => this._take(body),
      accepted: (id, seq) => this._accept(id, seq),
      refused: (id, refusal) => this._refuse(id, refusal),
      unauthorised: (token) => this._onUnauthorised(token),
    };
  }

  _onState(state) {
    this._state = state;
    this._panel.setState(state);
    const again = () => (this._line.isUp ? this._onState("online") : this._hurry());
    if (state === "offline") this._transcript.markPending("failed", { onRetry: again });
    if (state !== "online") return;
    this._transcript.markPending("sending");
    this._flush();
  }

  _hurry() {
    if (this._line.isStarted) this._line.hurry();
    else this._begin();
  }

  _take({ messages, typing, mode }) {
    const news = messages.filter(({ seq }) => seq > this._lastSeq);
    if (news.length) {
      this._lastSeq = news[news.length - 1].seq;
      this._transcript.setTyping(false);
      this._transcript.show(news, this._isLoading);
      this._count(news);
    }
    this._isLoading = false;
    this._restorePending();
    this._transcript.setTyping(typing);
    this._panel.setMode(mode);
  }

  /** After a reload, what has not left is shown below what has. */
  _restorePending() {
    if (this._isRestored) return;
    this._isRestored = true;
    const shown = this._transcript.pendingIds;
    const unseen = this._store.outbox.filter(({ id }) => !shown.has(id));
    unseen.forEach((entry) => this._transcript.addPending(entry));
  }

  _count(news) {
    if (this._panel.isOpen) return (this._store.read = this._lastSeq);
    const unread = news.filter(({ role, seq }) => role !== "customer" && seq > this._store.read);
    if (unread.length) this._panel.setUnread((this._unread = this._unread + unread.length));
  }

  _accept(id, seq) {
    this._store.drop(id);
    this._files.delete(id);
    this._transcript.confirm(id, seq);
  }

  _refuse(id, { code, message, retry_after: seconds, retryAfter }) {
    if (RETRY_CODES.includes(code)) {
      if (code === RETRY_CODES[0]) this._panel.notify(STRINGS[this.language].tooMany);
      setTimeout(() => this._flush(), (seconds || retryAfter || DEFAULT_RETRY_S) * 1000);
      return;
    }
    this._store.drop(id);
    this._files.delete(id);
    const onDiscard = () => this._transcript.remove(id);
    this._transcript.refuse(id, { reason: this._reasonFor(code) || message, onDiscard });
  }

  _reasonFor(code) {
    const { fileType, fileEmpty, unknownButton } = STRINGS[this.language];
    const reasons = {
      file_type_not_allowed: fileType,
      file_empty: fileEmpty,
      unknown_button: unknownButton,
    };
    return reasons[code];
  }

  /** The token is no longer good: another tab has a newer one, or the session is over. */
  _onUnauthorised(token) {
    this._line.stop();
    if (this._store.token === token) {
      this._store.forgetSession();
      this._lastSeq = 0;
      this._transcript.beginAnew(STRINGS[this.language].newSession);
      this._panel.setMode("bot");
    }
    if (this._store.hasSession || this._store.outbox.length || this._files.size) this._begin();
    else this._onState("online");
  }

  _followOtherTabs() {
    if (this._store.sessionId !== this._sessionId) {
      this._reset();
      if (this._store.hasSession) this._begin();
    }
    if (this._panel.isOpen || !this._unread) return;
    if (this._store.read >= this._lastSeq) this._panel.setUnread((this._unread = 0));
  }
}

/** Who a visitor token is about; the server alone decides whether it is true. */
function visitorOf(token) {
  try {
    const claims = JSON.parse(atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return String(claims.sub || claims.email || "");
  } catch {
    return "";
  }
}

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}

function styleSheet() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  return sheet;
}
