// Tracks like a track, or with a feel that a person sets; and their clusters, as a map and as profiles.
import { profileBars } from "./bars.js";
import { combobox } from "./combobox.js";
import { h, intro, named, refill, say, words } from "./dom.js";
import { colourOf, sign, trackMap } from "./map.js";
import { ask, notice } from "./service.js";
import { credited, labelled } from "./words.js";

const RANGES = { danceability: [0, 1], speechiness: [0, 1], instrumentalness: [0, 1], valence: [0, 1], tempo: [40, 250] };
const START = { danceability: 0.65, speechiness: 0.06, instrumentalness: 0.1, valence: 0.6, tempo: 118 };
const PAUSE = 200;

export function mount(section) {
  const title = h("h2", { tabindex: "-1" });
  const list = h("ul", { class: "songs" });
  const results = h("div", { class: "card", role: "region", "aria-live": "polite", "aria-busy": "false", label: "discover.results" }, title, list);
  const mapCard = h("div", { class: "card" }, words("map.title", undefined, "h2"), words("map.lead", undefined, "p", { class: "muted small" }));
  const clusters = h("div", { class: "card wide" }, words("clusters.title", undefined, "h2"), words("clusters.lead", undefined, "p", { class: "muted small" }));
  const profiled = h("div");
  clusters.append(profiled);
  let map = null, asking = null, again = null;

  async function recommend(body, key, values) {
    asking?.abort();
    const mine = asking = new AbortController();
    again = () => recommend(body, key, values);
    results.setAttribute("aria-busy", "true");
    try {
      const answer = await ask("recommendations", body, mine.signal);
      const found = answer.tracks.map(entry);
      refill(list, title, ...(found.length ? found : [words("discover.none", undefined, "li", { class: "muted" })]));
      map?.mark(answer.tracks.map((track) => track.track_id).concat(body.track_id ?? []));
    } catch (error) {
      if (error.name === "AbortError") return;
      refill(list, title, h("li", {}, notice(error, again)));
    }
    say(title, key, values);
    results.setAttribute("aria-busy", "false");
  }

  const like = (track) => {
    for (const [name, input] of Object.entries(inputs)) if (typeof track[name] === "number") set(input, track[name]);
    recommend({ track_id: track.track_id, k: 5 }, "discover.like", { title: track.track_name, artist: credited(track.artists) });
  };

  const entry = (track) => h("li", {},
    h("div", {},
      h("p", { class: "title" }, track.track_name), h("p", { class: "by" }, credited(track.artists), track.year ? ` · ${track.year}` : ""),
      h("p", { class: "why" }, track.reason),
      h("div", { class: "chips" }, ...(track.genres ?? []).slice(0, 4).map((genre) => h("span", { class: "chip" }, named(labelled(genre)))))),
    h("button", { type: "button", class: "button plain small", on: { click: () => like(track) } }, words("discover.more"), h("span", { class: "hidden" }, `: ${track.track_name}`)));

  const inputs = {};
  const set = (input, value) => {
    input.value = value;
    const tempo = input.name === "tempo";
    say(input.output, tempo ? "bpm" : "share", tempo ? { n: Math.round(input.value) } : { share: { share: Number(input.value) } });
  };
  let pause = 0;
  const feel = () => {
    const features = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, Number(input.value)]));
    recommend({ ...features, k: 5 }, "discover.feel");
  };
  const sliders = h("fieldset", {}, words("sliders.title", undefined, "legend"),
    h("div", { class: "sliders" }, ...Object.entries(RANGES).map(([name, [low, high]]) => {
      const input = inputs[name] = h("input", { type: "range", id: `feel-${name}`, name, min: low, max: high, step: high > 1 ? 1 : 0.01 });
      input.output = h("output", { for: `feel-${name}` });
      set(input, START[name]);
      input.addEventListener("input", () => {
        set(input, input.value);
        clearTimeout(pause);
        pause = setTimeout(feel, PAUSE);
      });
      return h("div", { class: "slider" }, words(`feature.${name}`, undefined, "label", { for: `feel-${name}` }), input.output, input,
        h("div", { class: "ends", "aria-hidden": "true" }, words(`feature.${name}.low`), words(`feature.${name}.high`)));
    })));

  async function drawMap() {
    try {
      const drawn = await ask("map");
      map?.element.remove();
      map = trackMap(drawn, like);
      mapCard.append(map.element);
      profiled.replaceChildren(...profiles(drawn.clusters));
    } catch (error) {
      mapCard.append(notice(error));
      clusters.hidden = true;
    }
  }

  const search = combobox({
    id: "track", label: "discover.find", hint: "discover.find.hint", choose: like,
    find: async (query, signal) => (await ask(`tracks?${new URLSearchParams({ query, limit: 8 })}`, undefined, signal)).tracks,
    option: (track) => [h("span", {}, track.track_name), h("span", { class: "by" }, credited(track.artists))],
    chosen: (track) => track.track_name,
  });
  section.replaceChildren(intro("discover"), h("div", { class: "grid side" },
    h("div", { class: "card wide stack" }, search, sliders), results, mapCard, clusters));
  drawMap();
  feel();
  // The service names clusters and reasons in the page's language.
  document.addEventListener("language", () => { drawMap(); again(); });
}

/** Every cluster with its centre, drawn and as a table. */
function profiles(clusters) {
  const features = Object.keys(RANGES);
  return [
    h("div", { class: "profiles" }, ...clusters.map((cluster, i) => h("div", { class: "profile", vars: { c: colourOf(i) } },
      h("h3", {}, sign(i), h("span", {}, cluster.name)),
      words("clusters.tracks", { n: cluster.tracks }, "p", { class: "muted small" }),
      profileBars(Object.fromEntries(features.map((name) => [name, cluster.profile[name]])), RANGES)))),
    h("details", {}, words("clusters.table", undefined, "summary"), h("div", { class: "scroll", tabindex: "0", role: "region", label: "clusters.title" }, h("table", {},
      h("thead", {}, h("tr", {}, words("clusters.cluster", undefined, "th", { scope: "col" }), ...features.map((name) => words(`feature.${name}`, undefined, "th", { scope: "col", class: "number" })), words("clusters.count", undefined, "th", { scope: "col", class: "number" }))),
      h("tbody", {}, ...clusters.map((cluster) => h("tr", {}, h("th", { scope: "row" }, cluster.name),
        ...features.map((name) => h("td", { class: "number", t: "whole", values: { n: cluster.profile[name] } })),
        h("td", { class: "number", t: "whole", values: { n: cluster.tracks } }))))))),
  ];
}
