// Requests to the service, and the notice that a person reads where it does not answer.
import { h, words } from "./dom.js";
import { spokenLanguage } from "./words.js";

const SENTENCES = { 0: "gone", 401: "key", 403: "key", 404: "missing", 413: "large", 422: "invalid", 429: "busy", 503: "busy", 504: "busy" };

/** The reason why there is no answer: `status` is 0 if the service can not be reached. */
export class Refused extends Error {
  constructor(status, answer = {}, retryAfter = 1) {
    super(`${status}`);
    this.status = status;
    this.detail = Array.isArray(answer?.detail) ? answer.detail : [];
    this.trace = answer?.trace_id;
    this.retryAfter = retryAfter;
  }
}

/** The answer to a GET, or to a POST of `body`. Throws `Refused`, or an AbortError after `signal`. */
export async function ask(path, body, signal) {
  const headers = { "Accept-Language": spokenLanguage(), ...(body !== undefined && { "Content-Type": "application/json" }) };
  const request = { headers, signal, ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }) };
  let response, answer;
  try {
    response = await fetch(path, request);
    answer = await response.json().catch(() => ({}));
  } catch (error) {
    throw error.name === "AbortError" ? error : new Refused(0);
  }
  if (response.ok) return answer;
  throw new Refused(response.status, answer, Number(response.headers.get("Retry-After")) || 1);
}

/** A notice that says in plain words why there is no answer; with `again`, it has a button that tries once more. */
export function notice(error, again) {
  const status = error instanceof Refused ? error.status : -1;
  const kind = SENTENCES[status] ?? "failed";
  const detail = (error.detail ?? []).map((problem) => problem.msg).join("; ");
  if (status === -1) console.error(error);
  return h("div", { class: `notice${kind === "missing" ? " mild" : ""}`, role: "alert" },
    words(`error.${kind}`, { n: error.retryAfter ?? 1 }, "p"),
    detail && h("p", { class: "small muted" }, detail),
    error.trace && words("error.trace", { id: error.trace }, "p", { class: "small muted" }),
    again && kind !== "missing" && kind !== "invalid" && h("button", { type: "button", class: "button plain small", t: "again", on: { click: again } }));
}
