/* What outlives a reload: the session's token, what was read, what has not left yet. */

/** Kept in the browser for one server; in memory alone where the browser keeps nothing. */
class Store {
  constructor(server) {
    this._key = `bottega-chat:${server}`;
    this._memory = {};
  }

  get token() {
    return this._read().token || "";
  }

  /** Whether there is a session to come back to. */
  get hasSession() {
    const { token, expires_at } = this._read();
    return Boolean(token) && (!expires_at || new Date(expires_at) > new Date());
  }

  get sessionId() {
    return this._read().session_id || "";
  }

  /** The last sequence number that the customer has seen. */
  get read() {
    return this._read().read || 0;
  }

  get isOpen() {
    return Boolean(this._read().open);
  }

  get language() {
    return this._read().language || "";
  }

  /** Who was logged in to the surrounding site when the session began. */
  get visitor() {
    return this._read().visitor || "";
  }

  /** Messages that the server has not confirmed: `{ id, text | payload, title, at }`. */
  get outbox() {
    return this._read().outbox || [];
  }

  change(values) {
    const all = { ...this._read(), ...values };
    this._memory = all;
    try {
      localStorage.setItem(this._key, JSON.stringify(all));
    } catch {
      /* The browser keeps nothing here; this page's memory does. */
    }
  }

  /** Forget the session; what has not left stays, to leave with the next one. */
  forgetSession({ withOutbox = false } = {}) {
    const gone = { token: "", session_id: "", expires_at: "", read: 0, visitor: "" };
    this.change(withOutbox ? { ...gone, outbox: [] } : gone);
  }

  keep(entry) {
    this.change({ outbox: [...this.outbox.filter(({ id }) => id !== entry.id), entry] });
  }

  drop(id) {
    this.change({ outbox: this.outbox.filter((entry) => entry.id !== id) });
  }

  /** Call back when another tab has changed something. */
  onChange(listener) {
    addEventListener("storage", (event) => event.key === this._key && listener());
  }

  _read() {
    try {
      return JSON.parse(localStorage.getItem(this._key)) || this._memory;
    } catch {
      return this._memory;
    }
  }
}
