/* The server's HTTP calls. */

/** The server's refusal: its status, its code and, for 429, the seconds to wait. */
class Refusal extends Error {
  constructor(status, body) {
    super(body.message || `status ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.retryAfter = body.retry_after || 0;
  }
}

/** The server was not reached, or what it said did not come through. */
class Unreachable extends Error {}

class Server {
  constructor(base, store) {
    this.base = base;
    this._store = store;
  }

  get socketAddress() {
    return `${this.base.replace(/^http/, "ws")}/webchat/ws`;
  }

  config(language) {
    return this._call("GET", `/webchat/config?locale=${language}`, {});
  }

  async makeSession(locale, visitor) {
    const page = location.origin + location.pathname;
    const body = { locale, page, ...(visitor ? { visitor } : {}) };
    const session = await this._call("POST", "/webchat/sessions", { json: body });
    this._store.enter(session);
  }

  send({ id, text, payload }) {
    const json = { client_message_id: id, ...(payload ? { payload } : { text }) };
    return this._call("POST", "/webchat/messages", { json, withToken: true });
  }

  poll(after, wait, signal) {
    const path = `/webchat/messages?after=${after}&wait=${wait}`;
    return this._call("GET", path, { withToken: true, signal });
  }

  sendFile({ id, text, file }) {
    const form = new FormData();
    form.append("file", file, file.name || "file");
    form.append("client_message_id", id);
    form.append("text", text || "");
    return this._call("POST", "/webchat/attachments", { body: form, withToken: true });
  }

  /** A file of the conversation, as an address that lives as long as this page. */
  async fileAddress(url) {
    const answer = await fetch(new URL(url, this.base), { headers: this._headers(true) });
    if (!answer.ok) throw new Refusal(answer.status, {});
    return URL.createObjectURL(await answer.blob());
  }

  async _call(method, path, { json, body, withToken = false, signal }) {
    const headers = this._headers(withToken);
    if (json) headers["Content-Type"] = "application/json";
    const content = json ? JSON.stringify(json) : body;
    const options = { method, headers, body: content, signal, credentials: "omit", cache: "no-store" };
    const answer = await fetch(this.base + path, options).catch((problem) => {
      throw new Unreachable(problem.message);
    });
    const result = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refusal(answer.status, result);
    return result;
  }

  _headers(withToken) {
    return withToken ? { Authorization: `Bearer ${this._store.token}` } : {};
  }
}
