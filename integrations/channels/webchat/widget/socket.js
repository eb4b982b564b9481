/* One WebSocket connection, from its opening to its end. */

const OPENING_MS = 8_000;
const PING_MS = 25_000;
const SILENCE_MS = 10_000;

/**
 * Reports to a listener: `up()`, `frame(content)`, `down({ opened, code })`.
 * It is up once the server has answered the resume.
 */
class Socket {
  constructor(server, store, after, listener) {
    this._listener = listener;
    this._isUp = false;
    this._ended = false;
    this._socket = new WebSocket(server.socketAddress);
    this._socket.onopen = () => this.say({ type: "resume", after, token: store.token });
    this._socket.onmessage = (event) => this._hear(JSON.parse(event.data));
    this._socket.onclose = (event) => this._end(event.code);
    this._alarm = setTimeout(() => this.close(), OPENING_MS);
  }

  say(content) {
    if (this._socket.readyState === WebSocket.OPEN) this._socket.send(JSON.stringify(content));
  }

  deliver({ id, text, payload }) {
    const what = payload ? { payload } : { text };
    this.say({ type: "message", client_message_id: id, ...what });
  }

  acknowledge(seq) {
    this.say({ type: "ack", after: seq });
  }

  /** Go on with a new token of the session. */
  renew(token, after) {
    this.say({ type: "resume", after, token });
  }

  close() {
    this._socket.close();
    this._end(1006);
  }

  _hear(content) {
    this._watch();
    if (!this._isUp && content.type !== "error") {
      this._isUp = true;
      this._listener.up();
    }
    if (content.type !== "pong") this._listener.frame(content);
  }

  /** Ask for a sign of life after a while of silence; without one the connection is dead. */
  _watch() {
    clearTimeout(this._alarm);
    this._alarm = setTimeout(() => {
      this.say({ type: "ping" });
      this._alarm = setTimeout(() => this.close(), SILENCE_MS);
    }, PING_MS);
  }

  _end(code) {
    if (this._ended) return;
    this._ended = true;
    clearTimeout(this._alarm);
    this._listener.down({ opened: this._isUp, code });
  }
}
