// The line to the assistant: a WebSocket that reconnects by itself, and plain requests while it is closed.
import { ask, Refused } from "./service.js";
import { remember, remembered } from "./words.js";

const KEPT = "session";
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;

/**
 * Open the line. Messages of the service go to `heard`, its state ("live", "away", "missing") to `changed`, and
 * refusals to `refused`. Gives `say(text)`.
 */
export function line({ heard, changed, refused }) {
  let socket = null, pause = FIRST_PAUSE, waiting = null, asked = null;

  function connect() {
    const address = new URL("assistant/ws", document.baseURI);
    address.protocol = address.protocol.replace("http", "ws");
    address.hash = "";
    socket = new WebSocket(address);
    socket.addEventListener("open", () => greet(remembered(KEPT)));
    socket.addEventListener("message", ({ data }) => take(JSON.parse(data)));
    socket.addEventListener("close", () => {
      changed("away");
      setTimeout(connect, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
      if (waiting !== null) {
        const text = waiting;
        waiting = null;
        refused(new Refused(0), () => say(text));
      }
    });
  }

  function greet(session) {
    asked = session;
    socket.send(JSON.stringify(session ? { session_id: session } : {}));
  }

  function take(message) {
    if (message.type === "session") {
      pause = FIRST_PAUSE;
      changed("live");
    }
    if (message.type === "error") {
      // A session that was idle for too long was deleted: a new one takes its place.
      if (asked && message.detail?.some((problem) => problem.loc?.[0] === "session_id")) {
        remember(KEPT, null);
        greet(null);
        return;
      }
      const isMissing = message.detail?.some((problem) => problem.type === "not_found");
      if (isMissing) changed("missing");
      waiting = null;
      refused(new Refused(isMissing ? 404 : 422, message));
      return;
    }
    if (message.session_id) remember(KEPT, message.session_id);
    if (message.type !== "typing") {
      asked = null;
      waiting = message.type === "answer" ? null : waiting;
    }
    heard(message);
  }

  async function say(text) {
    if (socket?.readyState === WebSocket.OPEN) {
      waiting = text;
      socket.send(JSON.stringify({ text }));
      return;
    }
    heard({ type: "typing" });
    try {
      const session = remembered(KEPT);
      const answer = await ask("assistant", session ? { text, session_id: session } : { text });
      remember(KEPT, answer.session_id);
      heard({ type: "answer", ...answer });
    } catch (error) {
      refused(error, () => say(text));
    }
  }

  connect();
  return { say };
}
