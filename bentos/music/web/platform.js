// The figures of the models, the dates of the data and the latest runs, for somebody who looks after the collection.
import { h, intro, refill, svg, words } from "./dom.js";
import { ask, notice } from "./service.js";
import { has, number } from "./words.js";

const orRaw = (prefix, value, raw = value) => (has(`${prefix}.${value}`) ? { key: `${prefix}.${value}` } : raw);

export function mount(section) {
  const content = h("div", { class: "grid", "aria-live": "polite", "aria-busy": "true" }, words("busy", undefined, "p", { class: "busy muted" }));
  section.replaceChildren(intro("platform"), content);
  const title = section.querySelector("h1");
  async function load() {
    try {
      refill(content, title, ...shown(await ask("status")));
    } catch (error) {
      refill(content, title, notice(error, load));
    }
    content.setAttribute("aria-busy", "false");
  }
  load();
}

function shown(status) {
  const rows = status.tables.filter((one) => ["songs", "tracks"].includes(one.name));
  const reports = [...status.reports].sort((a, b) => a.split("/").length - b.split("/").length || a.startsWith("validation/") - b.startsWith("validation/"));
  const titles = Object.fromEntries(status.champions.map((one) => [one.task, one.title]));
  const newest = status.tables.map((one) => one.newest).filter(Boolean).sort().at(-1);
  const tile = (key, value) => h("div", { class: "card" }, words(key, undefined, "dt"), value);
  return [
    h("dl", { class: "tiles" },
      tile("tile.built", words("when", { date: { day: status.built_at } }, "dd")),
      tile("tile.newest", day(newest, "dd")),
      ...rows.map((one) => tile(`tile.${one.name}`, words("whole", { n: one.rows }, "dd")))),
    h("div", { class: "card" }, words("champions.title", undefined, "h2"), words("champions.lead", undefined, "p", { class: "muted small" }),
      h("ul", {}, ...status.champions.map(champion)),
      h("p", { class: "key", "aria-hidden": "true" }, h("span", {}, h("i", { class: "dot" }), words("champions.key.value")), h("span", {}, h("i", { class: "pale" }), words("champions.key.interval")), h("span", {}, h("i", { class: "ring" }), words("champions.key.baseline")))),
    h("div", { class: "grid two" },
      h("div", { class: "card" }, words("tables.title", undefined, "h2"), tables(status.tables)),
      h("div", { class: "card" }, words("runs.title", undefined, "h2"), status.runs.length ? runs(status.runs) : words("runs.none", undefined, "p", { class: "muted" }))),
    h("div", { class: "card" }, words("reports.title", undefined, "h2"), words("reports.lead", undefined, "p", { class: "muted small" }),
      h("ul", { class: "reports" }, ...reports.map((path) => h("li", {}, h("a", { href: `reports/${path}` }, report(path, titles)))))),
  ];
}

const day = (date, tag) => (date ? words("when", { date: { day: date } }, tag) : words("none", undefined, tag));

function champion(one) {
  const since = words("champions.since", { model: { key: `model.${one.candidate}` }, date: { date: one.since } }, "p", { class: "muted small" });
  const task = words("said", { text: orRaw("task", one.task, one.title) }, "h3");
  if (one.value === null) return h("li", { class: "champion" }, h("div", {}, task, since), words("champions.unmeasured", undefined, "p", { class: "muted" }));
  const key = has(`figure.${one.metric}`) ? `figure.${one.metric}` : "figure.other";
  const values = { value: { share: one.value }, baseline: { share: one.baseline }, v: { figure: one.value }, b: { figure: one.baseline }, metric: one.metric };
  return h("li", { class: "champion" },
    h("div", {}, task, words(one.baseline === null ? "figure.alone" : key, values, "p"), since),
    h("div", {}, h("p", {}, h("span", { class: "big", t: "figure.value", values: { value: { figure: one.value } } }), " ",
      one.low !== null && words("figure.interval", { metric: orRaw("metric", one.metric), low: { figure: one.low }, high: { figure: one.high }, n: one.rows }, "span", { class: "muted small" })), range(one)));
}

/** A figure from 0 to 1 as a dot in its interval, with a ring at the baseline. */
function range({ value, low, high, baseline }) {
  const x = (share) => `${2 + 96 * Math.min(Math.max(share, 0), 1)}%`;
  const mark = (share) => svg("text", { x: x(share), y: 38, "text-anchor": share > 0.5 ? "end" : "start" }, number(share, 0));
  return svg("svg", { class: "range", "aria-hidden": "true" },
    svg("line", { class: "axis", x1: x(0), x2: x(1), y1: 14, y2: 14 }), mark(0), mark(1),
    low !== null && svg("line", { class: "interval", x1: x(low), x2: x(high), y1: 14, y2: 14 }),
    baseline !== null && svg("circle", { class: "guess", cx: x(baseline), cy: 14, r: 5 }),
    svg("circle", { class: "value", cx: x(value), cy: 14, r: 6 }));
}

const head = (...keys) => h("thead", {}, h("tr", {}, ...keys.map(([key, kind]) => words(key, undefined, "th", { scope: "col", class: kind }))));
const scrolled = (label, table) => h("div", { class: "scroll", tabindex: "0", role: "region", label }, table);

const tables = (all) => scrolled("tables.title", h("table", {}, head(["tables.name"], ["tables.rows", "number"], ["tables.newest"]),
  h("tbody", {}, ...all.map((one) => h("tr", {}, words(`table.${one.name}`, undefined, "th", { scope: "row" }), h("td", { class: "number", t: "whole", values: { n: one.rows } }), day(one.newest, "td"))))));

const runs = (all) => scrolled("runs.title", h("table", {}, head(["runs.job"], ["runs.started"], ["runs.seconds", "number"]),
  h("tbody", {}, ...all.map((one) => h("tr", {},
    h("th", { scope: "row" }, words("said", { text: orRaw("job", one.job) }), h("p", { class: "muted small", t: "runs.by", values: { trigger: orRaw("trigger", one.trigger) } })),
    h("td", {}, h("span", { t: "when", values: { date: { date: one.started_at } } }), h("p", { class: "status small", "data-status": one.status }, words("said", { text: orRaw("status", one.status) }))),
    h("td", { class: "number", t: one.seconds === null ? "none" : "seconds", values: { n: Math.round(one.seconds) } }))))));

function report(path, titles) {
  const [folder, page] = path.split("/");
  if (!page) return words("reports.overview");
  if (folder === "tuning") return words("reports.tuning", { what: page });
  return folder === "validation" ? words("reports.checks", { table: orRaw("table", page.replace(".html", "")) }) : words("said", { text: orRaw("task", folder, titles[folder] ?? folder) });
}
