/* Keeps in touch with the server: opens connections one after the other, each after a longer pause
 * than the one before while they fail, and goes over to polling where no WebSocket gets through. */

const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 15_000;
const SOCKET_TRIES = 2;
const POLLING_MS = 120_000;
const ACCEPT_MS = 12_000;
const UNAUTHORISED = 4401;

/**
 * Reports to a listener: `state("connecting" | "online" | "offline")`, `messages(body)`,
 * `accepted(id, seq)`, `refused(id, { code, retry_after })`, `unauthorised(token)` for a connection
 * that its token did not open.
 */
class Line {
  constructor(server, store, listener) {
    this._server = server;
    this._store = store;
    this._listener = listener;
    this._connection = null;
    this._isUp = false;
    this._failures = 0;
    this._socketFailures = 0;
    this._after = 0;
    this._waiting = new Map();
    addEventListener("online", () => this.hurry());
    addEventListener("offline", () => this._connection && this._connection.close());
    document.addEventListener("visibilitychange", () => !document.hidden && this.hurry());
  }

  get isStarted() {
    return this._connection !== null || this._timer !== undefined;
  }

  get isUp() {
    return this._isUp;
  }

  start(after) {
    if (this.isStarted) return;
    this._after = after;
    this._listener.state("connecting");
    this._connect();
  }

  stop() {
    clearTimeout(this._timer);
    this._timer = undefined;
    const connection = this._connection;
    this._connection = null;
    this._isUp = false;
    for (const alarm of this._waiting.values()) clearTimeout(alarm);
    this._waiting.clear();
    if (connection) connection.close();
  }

  /** Send a message; when it is not confirmed in time, the connection is taken for dead. */
  deliver(entry) {
    if (!this._isUp || this._waiting.has(entry.id)) return;
    const connection = this._connection;
    this._waiting.set(
      entry.id,
      setTimeout(() => connection.close(), ACCEPT_MS),
    );
    connection.deliver(entry);
  }

  _connect() {
    this._timer = undefined;
    this._token = this._store.token;
    const usePolling = this._socketFailures >= SOCKET_TRIES || !("WebSocket" in window);
    const Kind = usePolling ? Polling : Socket;
    const connection = new Kind(this._server, this._store, this._after, {
      up: () => this._connection === connection && this._goUp(),
      frame: (content) => this._connection === connection && this._take(content),
      down: (how) => this._connection === connection && this._goDown(Kind, how),
    });
    this._connection = connection;
    if (usePolling) this._trySocketLater(connection);
  }

  _trySocketLater(connection) {
    setTimeout(() => {
      if (this._connection !== connection) return;
      this._socketFailures = SOCKET_TRIES - 1;
      connection.close();
    }, POLLING_MS);
  }

  _goUp() {
    this._isUp = true;
    this._failures = 0;
    if (this._connection instanceof Socket) this._socketFailures = 0;
    this._listener.state("online");
  }

  _goDown(Kind, { opened, code }) {
    this._connection = null;
    this._isUp = false;
    for (const alarm of this._waiting.values()) clearTimeout(alarm);
    this._waiting.clear();
    // Refused in the middle, it may have been a token that has just been replaced: try once more.
    if (code === UNAUTHORISED && !opened) return this._listener.unauthorised(this._token);
    if (Kind === Socket && !opened) this._socketFailures += 1;
    this._failures += 1;
    this._listener.state(navigator.onLine && this._failures < 2 ? "connecting" : "offline");
    const pause = Math.min(FIRST_PAUSE_MS * 2 ** (this._failures - 1), LONGEST_PAUSE_MS);
    this._timer = setTimeout(() => this._connect(), pause * (0.6 + 0.4 * Math.random()));
  }

  /** Do not sit out a pause when there is reason to believe that the way is free again. */
  hurry() {
    if (this._timer === undefined) return;
    clearTimeout(this._timer);
    this._connect();
  }

  _take(content) {
    if (content.type === "messages" || content.type === "typing") this._receive(content);
    else if (content.type === "accepted") this._confirm(content);
    else if (content.type === "token") this._renew(content);
    else if (content.client_message_id) this._refuse(content);
  }

  _receive(body) {
    const messages = body.messages || [];
    if (messages.length) {
      this._after = messages[messages.length - 1].seq;
      this._connection.acknowledge(this._after);
    }
    this._listener.messages({ ...body, messages });
  }

  _confirm({ client_message_id: id, seq }) {
    this._settle(id);
    this._listener.accepted(id, seq);
  }

  _refuse(content) {
    this._settle(content.client_message_id);
    this._listener.refused(content.client_message_id, content);
  }

  _settle(id) {
    clearTimeout(this._waiting.get(id));
    this._waiting.delete(id);
  }

  _renew({ token, expires_at }) {
    this._store.enter({ token, expires_at });
    this._connection.renew(token, this._after);
  }
}
