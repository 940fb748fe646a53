// The chat with the playlist beside it.
import { h, intro, say, words } from "./dom.js";
import { notice } from "./service.js";
import { line } from "./talk.js";
import { number } from "./words.js";

const MOST = 1_000;
const HINTS = ["assistant.hint.help", "assistant.hint.show", "assistant.hint.undo"];

export function mount(section) {
  const log = h("div");
  // Laid out from its end, so that the last message stays in sight.
  const scroll = h("div", { class: "log", role: "log", label: "assistant.log", tabindex: "0", "aria-live": "polite" }, log);
  const state = h("p", { class: "state", role: "status" });
  const list = h("div", { class: "stack" });
  const input = h("input", { type: "text", id: "said", maxlength: MOST, autocomplete: "off", placeholder: "assistant.placeholder" });
  const typing = h("div", { class: "bubble it dots", role: "status" }, h("i"), h("i"), h("i"), words("assistant.typing", undefined, "span", { class: "hidden" }));

  function add(element) {
    typing.remove();
    log.append(element);
    scroll.scrollTop = 0;
  }

  function show(answer) {
    const { reply, choices, understood, executed } = answer;
    if (!reply) {
      if (answer.type === "session") add(words("assistant.welcome", undefined, "p", { class: "bubble it" }));
      return;
    }
    for (const old of log.querySelectorAll(".choice button")) old.disabled = true;
    const asked = choices?.length > 0;
    add(h("div", { class: "bubble it", lang: answer.language }, asked ? reply.split("\n").filter((part) => !/^\d+\. /.test(part)).join("\n") : reply,
      asked && h("div", { class: "choice" }, ...choices.map((song, i) => h("button", { type: "button", on: { click: () => send(String(i + 1)) } }, `${i + 1}. ${song.title} – ${song.artist}`))),
      understood && details(understood, executed)));
  }

  const { say: speak } = line({
    heard(message) {
      if (message.type === "typing") {
        add(typing);
        return;
      }
      if (message.type === "changed") add(words("assistant.elsewhere", undefined, "p", { class: "aside" }));
      if (message.type !== "session" || !log.querySelector(".it:not(.dots)")) show(message);
      list.replaceChildren(...playlists(message));
    },
    changed(now) {
      state.dataset.state = now;
      say(state, `assistant.${now}`);
    },
    refused(error, again) {
      add(notice(error, again));
    },
  });

  function send(text) {
    add(h("p", { class: "bubble me" }, text));
    speak(text);
  }

  const form = h("form", { class: "say", novalidate: true },
    words("assistant.say", undefined, "label", { for: "said", class: "hidden" }), input, h("button", { class: "button", t: "assistant.send" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) {
      input.focus();
      return;
    }
    input.value = "";
    send(text);
  });
  const hints = h("div", { class: "hints" }, ...HINTS.map((key) => h("button", { type: "button", class: "button plain small", t: key, on: { click: (event) => send(event.currentTarget.textContent) } })));
  say(state, "assistant.connecting");
  list.replaceChildren(...playlists({ playlist: [], playlists: [] }));
  section.replaceChildren(intro("assistant"), h("div", { class: "grid chatting" },
    h("div", { class: "card chat" }, state, scroll, hints, form),
    h("div", { class: "card", role: "region", "aria-live": "polite", label: "playlist.title" }, list)));
}

function details(understood, executed) {
  return h("details", {}, words("assistant.details", undefined, "summary"), h("dl", {},
    words("assistant.understood", undefined, "dt"),
    ...understood.map((one) => h("dd", {}, h("code", {}, `${one.act} ${number(one.score)} – ${one.text}`))),
    words("assistant.executed", undefined, "dt"),
    ...(executed?.length ? executed.map((one) => h("dd", {}, h("code", {}, `${one.sql} ${JSON.stringify(one.parameters)}`))) : [words("assistant.nothing", undefined, "dd")])));
}

const minutes = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

function playlists({ playlist, playlists: all }) {
  const current = all.find((one) => one.current);
  const others = all.filter((one) => !one.current && one.songs.length);
  return [
    h("div", { class: "row apart" }, current?.name ? h("h2", {}, current.name) : words("playlist.title", undefined, "h2"), words("playlist.songs", { n: playlist.length }, "span", { class: "muted small" })),
    playlist.length ? songs(playlist) : words("playlist.empty", undefined, "p", { class: "muted" }),
    ...others.map((one) => h("details", {}, one.name ? h("summary", {}, one.name) : words("playlist.title", undefined, "summary"), songs(one.songs))),
  ];
}

const songs = (entries) => h("ol", { class: "songs playlist" }, ...entries.map((song) => h("li", {},
  h("span", { class: "title" }, song.title), h("span", { class: "length" }, song.duration_ms ? minutes(song.duration_ms) : ""),
  h("span", { class: "by" }, [song.artist, song.year].filter(Boolean).join(" · ")))));
