/* What outlives a reload: the session's token, what was read, what has not left yet. */

/**
 * Kept in the browser for one server; in memory alone where the browser keeps nothing.
 * Each thing has its own key, so that tabs that write at once do not undo each other.
 */
class Store {
  constructor(server) {
    this._prefix = `bottega-chat:${server}:`;
    this._memory = new Map();
    this._kept = 0;
  }

  get token() {
    return this._session.token || "";
  }

  /** Whether there is a session to come back to. */
  get hasSession() {
    const { token, expires_at } = this._session;
    return Boolean(token) && (!expires_at || new Date(expires_at) > new Date());
  }

  get sessionId() {
    return this._session.session_id || "";
  }

  /** Who was logged in to the surrounding site when the session began. */
  get visitor() {
    return this._session.visitor || "";
  }

  /** The last sequence number that the customer has seen. */
  get read() {
    return this._get("read") || 0;
  }

  set read(seq) {
    this._set("read", seq);
  }

  get isOpen() {
    return Boolean(this._get("open"));
  }

  set isOpen(isOpen) {
    this._set("open", isOpen);
  }

  get language() {
    return this._get("language") || "";
  }

  set language(language) {
    this._set("language", language);
  }

  /** Messages that the server has not confirmed, oldest first: `{ id, text | payload, title, at }`. */
  get outbox() {
    const waiting = this._names().filter((name) => name.startsWith("outbox:"));
    const entries = waiting.map((name) => this._get(name)).filter(Boolean);
    return entries.sort((a, b) => a.at.localeCompare(b.at) || a.place - b.place);
  }

  /** A session begins, `{ session_id, token, expires_at }`, or goes on with another token. */
  enter(session) {
    if (session.session_id) this._set("read", 0);
    this._set("session", { ...this._session, ...session });
  }

  /** Forget the session; what has not left stays, to leave with the next one. */
  forgetSession({ withOutbox = false } = {}) {
    this._set("session", {});
    this._set("read", 0);
    if (withOutbox) this.outbox.forEach(({ id }) => this.drop(id));
  }

  keep(entry) {
    this._set(`outbox:${entry.id}`, { ...entry, place: this._kept++ });
  }

  drop(id) {
    this._memory.delete(`outbox:${id}`);
    this._try(() => localStorage.removeItem(`${this._prefix}outbox:${id}`));
  }

  /** Call back when another tab has changed something. */
  onChange(listener) {
    addEventListener("storage", ({ key }) => (key || "").startsWith(this._prefix) && listener());
  }

  get _session() {
    return this._get("session") || {};
  }

  _names() {
    const keys = this._try(() => Object.keys(localStorage)) || [];
    const ours = keys.filter((key) => key.startsWith(this._prefix));
    return [...new Set([...ours.map((key) => key.slice(this._prefix.length)), ...this._memory.keys()])];
  }

  _get(name) {
    if (this._memory.has(name)) return this._memory.get(name);
    return this._try(() => JSON.parse(localStorage.getItem(this._prefix + name)));
  }

  _set(name, value) {
    this._memory.set(name, value);
    this._try(() => {
      localStorage.setItem(this._prefix + name, JSON.stringify(value));
      this._memory.delete(name);
    });
  }

  /** Where the browser keeps nothing, this page's memory does. */
  _try(step) {
    try {
      return step();
    } catch {
      return null;
    }
  }
}
