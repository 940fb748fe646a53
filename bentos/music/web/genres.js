// Genres of lyrics, with their explanation, similar songs and corrections; and the topic of a news text.
import { scoreBars } from "./bars.js";
import { corrections } from "./corrections.js";
import { busy, h, intro, named, refill, say, svg, words } from "./dom.js";
import { explained } from "./explained.js";
import { ask, notice } from "./service.js";
import { labelled } from "./words.js";

const MOST = 20_000;
const PORTUGUESE = "genre_pt";

/** The problem of a text before it is sent, as a key of words; null if there is none. */
function wrong(text) {
  if (!/\S/u.test(text)) return ["problem.empty"];
  const length = [...text].length;
  return length > MOST ? ["problem.long", { n: length - MOST, most: MOST }] : null;
}

/** A text field that shows its problem while a person types, and a form around it. */
function composer({ id, rows, tall, label, button, example, sampleOf, send }) {
  const problem = h("p", { class: "problem", id: `${id}-problem`, role: "alert" });
  const count = h("p", { class: "muted small number", id: `${id}-count` });
  const text = h("textarea", { id, rows, class: tall ? "tall" : null, "aria-describedby": `${id}-problem ${id}-count`, placeholder: `${label}.hint`, spellcheck: "false" });
  const submit = h("button", { class: "button", t: button });
  let touched = false;
  const check = () => {
    const found = wrong(text.value);
    const shown = found && (touched || found[0] !== "problem.empty");
    text.setAttribute("aria-invalid", String(Boolean(shown)));
    if (shown) say(problem, ...found);
    else { problem.textContent = ""; delete problem.dataset.t; }
    say(count, "count", { n: [...text.value].length, most: MOST });
    return !found;
  };
  const form = h("form", { class: "card stack", novalidate: true },
    words(label, undefined, "label", { for: id }), text,
    h("div", { class: "row apart" }, problem, count),
    h("div", { class: "row" }, submit, h("button", { type: "button", class: "button plain", t: example, on: { click: fill } })));
  async function fill() {
    try {
      const sample = await ask(`samples/${sampleOf()}`);
      text.value = sample.lyrics ?? sample.text;
      check();
      form.requestSubmit();
    } catch (error) {
      problem.replaceChildren(notice(error));
    }
  }
  text.addEventListener("input", check);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    touched = true;
    if (submit.hasAttribute("aria-disabled")) return;
    if (check()) await send(text.value, submit);
    else text.focus();
  });
  check();
  return form;
}

const ghost = () => svg("svg", { viewBox: "0 0 90 60", "aria-hidden": "true" }, svg("path", { d: "M8 26v8M22 16v28M36 6v48M50 18v24M64 10v40M78 24v12" }));

function verdict(labels, uncertain) {
  const chosen = labels.filter((one) => one.selected).map((one) => labelled(one.label));
  if (uncertain && chosen.length) return words("genres.perhaps", { labels: { list: chosen } }, "p", { class: "verdict" });
  if (!chosen.length) return words("genres.uncertain", undefined, "p", { class: "verdict" });
  return words("genres.sounds", { labels: { list: chosen } }, "p", { class: "verdict" });
}

function answered(route, answer, thresholds, lyrics, model) {
  const marks = answer.labels.some(({ label }) => thresholds[label] > 0);
  return h("div", { class: "stack" },
    h("div", {}, words(`genres.${route}`, undefined, "h2", { class: "over" }), verdict(answer.labels, answer.uncertain),
      answer.uncertain && words(marks ? "genres.uncertain.why" : "genres.unlikely.why", undefined, "p", { class: "muted" })),
    scoreBars(answer.labels, thresholds),
    marks && h("p", { class: "key", "aria-hidden": "true" },
      h("span", {}, h("i"), words("genres.key.yes")), h("span", {}, h("i", { class: "no" }), words("genres.key.no")), h("span", {}, h("i", { class: "tick" }), words("genres.key.mark"))),
    corrections(route, lyrics, answer, model));
}

function similar(songs) {
  return h("div", { class: "card similar-card" }, words("similar.title", undefined, "h2"), words("similar.lead", undefined, "p", { class: "muted small" }),
    h("ul", { class: "songs" }, ...songs.map((song) => h("li", {},
      h("div", {}, h("p", { class: "title" }, song.title), h("p", { class: "by" }, song.artist)),
      h("span", { class: "number muted", t: "similar.share", values: { share: { share: song.similarity } } }),
      h("div", { class: "chips" }, ...song.genres.map((genre) => h("span", { class: "chip" }, named(labelled(genre)))))))));
}

/** Whether lyrics are Portuguese: the answer offers exactly the labels of that language, and the model knows others. */
function isPortuguese(answer, model) {
  const offered = new Set(answer.labels.map((one) => one.label));
  const inPortuguese = Object.entries(model?.languages ?? {}).filter(([, languages]) => languages.includes("pt")).map(([label]) => label);
  return inPortuguese.length > 0 && offered.size < model.labels.length && offered.size === inPortuguese.length && inPortuguese.every((label) => offered.has(label));
}

export function mount(section) {
  const empty = h("div", { class: "empty" }, ghost(), words("genres.waiting", undefined, "p"));
  const result = h("div", { class: "card", "aria-live": "polite", "aria-busy": "false", role: "region", label: "genres.result" }, empty);
  const more = h("div", { class: "more" });
  let models = null;

  const known = async () => {
    models ??= ask("models").then((answer) => Object.fromEntries(answer.models.map((model) => [model.task, model])));
    return models.catch(() => { models = null; return {}; });
  };
  const marks = (model) => Object.fromEntries((model?.labels ?? []).map((label, i) => [label, model.thresholds?.[i] ?? 0]));

  async function send(lyrics, button) {
    busy(button, result, true);
    refill(result, button, h("div", { class: "empty" }, words("busy", undefined, "p", { class: "busy" })));
    more.replaceChildren();
    try {
      const [answer, byTask] = await Promise.all([ask("genres", { lyrics, explain: true }), known()]);
      result.replaceChildren(answered("genres", answer, marks(byTask.genre), lyrics, byTask.genre));
      more.replaceChildren(...panels(lyrics, answer));
      if (byTask[PORTUGUESE] && isPortuguese(answer, byTask.genre)) await portuguese(lyrics, byTask[PORTUGUESE]);
    } catch (error) {
      result.replaceChildren(notice(error, () => send(lyrics, button)));
    } finally {
      busy(button, result, false);
    }
  }

  async function portuguese(lyrics, model) {
    const part = h("div", { class: "stack" });
    result.firstElementChild.append(h("hr", { class: "line" }), part);
    try {
      const answer = await ask(PORTUGUESE, { lyrics, explain: true });
      part.replaceChildren(answered(PORTUGUESE, { ...answer, labels: answer.labels.slice(0, 5) }, {}, lyrics, model));
    } catch (error) {
      part.replaceChildren(notice(error));
    }
  }

  function panels(lyrics, answer) {
    return [
      answer.explanations?.length && explained(lyrics, answer.explanations),
      answer.similar?.length && similar(answer.similar),
    ].filter(Boolean);
  }

  section.replaceChildren(
    intro("genres"),
    h("div", { class: "grid answered" },
      composer({ id: "lyrics", rows: 9, tall: true, label: "genres.lyrics", button: "genres.send", example: "example", send,
        sampleOf: () => (document.documentElement.lang === "pt" ? PORTUGUESE : "genres") }),
      result, more),
    topics());
}

/** The topic of a news text: a model of its own, beside the others. */
function topics() {
  const result = h("div", { class: "card", "aria-live": "polite", "aria-busy": "false", role: "region", label: "topics.result" },
    h("div", { class: "empty" }, words("topics.waiting", undefined, "p")));
  async function send(text, button) {
    busy(button, result, true);
    try {
      const answer = await ask("topics", { text });
      const best = answer.labels[0];
      refill(result, button, h("div", { class: "stack" },
        words(answer.uncertain ? "topics.uncertain" : "topics.answer", { label: labelled(best.label) }, "p", { class: "verdict" }),
        scoreBars(answer.labels)));
    } catch (error) {
      result.replaceChildren(notice(error, () => send(text, button)));
    } finally {
      busy(button, result, false);
    }
  }
  return h("div", { class: "beside" },
    h("div", { class: "intro small" }, words("topics.title", undefined, "h2"), words("topics.lead", undefined, "p")),
    h("div", { class: "grid two" },
      composer({ id: "news", rows: 5, label: "topics.text", button: "topics.send", example: "example", sampleOf: () => "topics", send }), result));
}
