// The lines that moved an answer up or down, shown by colour, by sign and by form of the line.
import { h, named, say, spoken, words } from "./dom.js";
import { labelled, signed } from "./words.js";

/** Share of the strongest effect below which a line counts as without effect. */
const LITTLE = 0.08;

/** Lyrics as sent, with the effect of each line on one label; the label can be chosen where there are several. */
export function explained(lyrics, explanations) {
  const lines = h("ol", { class: "lines", "aria-live": "polite" });
  const title = h("h2");
  const method = h("p", { class: "muted small" });
  const show = ({ label, method: how, lines: effects }) => {
    lines.replaceChildren(...shown(lyrics, effects));
    say(title, "why.title", { label: labelled(label) });
    say(method, `why.${how}`, { label: labelled(label) });
  };
  const choice = explanations.length > 1 && h("fieldset", {}, words("why.choose", undefined, "legend", { class: "hidden" }),
    h("div", { class: "picks" }, ...explanations.map((one, i) => h("label", {},
      h("input", { type: "radio", name: "why", value: one.label, checked: i === 0, on: { change: () => show(one) } }), named(labelled(one.label))))));
  show(explanations[0]);
  return h("div", { class: "card stack why-card" },
    h("div", {}, title, method),
    choice, lines,
    h("p", { class: "key", "aria-hidden": "true" },
      h("span", {}, h("i"), words("why.up")), h("span", {}, h("i", { class: "dashed" }), words("why.down"))));
}

function shown(lyrics, effects) {
  const byLine = new Map(effects.map((one) => [one.line, one.effect]));
  const most = Math.max(...effects.map((one) => Math.abs(one.effect)), 1e-9);
  return lyrics.split("\n").map((text, i) => {
    const effect = byLine.get(i);
    const share = Math.abs(effect ?? 0) / most;
    const moves = share < LITTLE ? null : effect > 0 ? "up" : "down";
    return h("li", { class: moves, vars: { w: share } },
      h("span", { class: "effect" }, effect === undefined ? "" : h("span", { "data-effect": effect }, signed(effect))),
      h("span", { class: "said" }, moves && spoken(`why.${moves}.said`), text));
  });
}
