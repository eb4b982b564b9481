/* Long polling, for where a WebSocket does not get through. Reports as a socket does. */

const WAIT_SECONDS = 25;

class Polling {
  constructor(server, store, after, listener) {
    this._server = server;
    this._after = after;
    this._listener = listener;
    this._isUp = false;
    this._stop = new AbortController();
    this._run();
  }

  async deliver(entry) {
    try {
      const { seq } = await this._server.send(entry);
      this._listener.frame({ type: "accepted", client_message_id: entry.id, seq });
    } catch (problem) {
      if (!(problem instanceof Refusal)) return this._end(1006);
      if (problem.status === 401) return this._end(4401);
      const { code, message, retryAfter } = problem;
      const what = { type: "error", client_message_id: entry.id, code, message };
      this._listener.frame({ ...what, retry_after: retryAfter });
    }
  }

  /** The next poll acknowledges by itself. */
  acknowledge() {}

  /** The next poll carries the new token by itself. */
  renew() {}

  close() {
    this._end(1006);
  }

  async _run() {
    try {
      while (!this._stop.signal.aborted) await this._poll();
    } catch (problem) {
      this._end(problem.status === 401 ? 4401 : 1006);
    }
  }

  async _poll() {
    const wait = this._isUp ? WAIT_SECONDS : 0;
    const { token, expires_at, ...body } = await this._server.poll(
      this._after,
      wait,
      this._stop.signal,
    );
    if (this._stop.signal.aborted) return;
    if (!this._isUp) {
      this._isUp = true;
      this._listener.up();
    }
    const last = body.messages[body.messages.length - 1];
    this._after = last ? last.seq : this._after;
    this._listener.frame({ type: "messages", ...body });
    if (token) this._listener.frame({ type: "token", token, expires_at });
  }

  _end(code) {
    if (this._stop.signal.aborted) return;
    this._stop.abort();
    this._listener.down({ opened: this._isUp, code });
  }
}
