// Horizontal bars: a list that reads as one.
import { h, named, spoken } from "./dom.js";
import { labelled } from "./words.js";

/** One bar per label with its score, a mark at its threshold, and whether it is answered. */
export function scoreBars(labels, thresholds = {}) {
  return h("ul", { class: "bars" }, ...labels.map(({ label, score, selected }) => {
    const threshold = thresholds[label] ?? 0;
    return h("li", { class: selected ? "picked" : null },
      h("span", { class: "name" }, named(labelled(label))),
      h("span", { class: "track", vars: { w: score, m: threshold }, "aria-hidden": "true" },
        h("span", { class: "fill" }), threshold > 0 && h("span", { class: "mark" })),
      h("span", { class: "number" }, h("span", { t: "share", values: { share: { share: score } } })),
      selected && spoken("genres.answered"),
      threshold > 0 && spoken("genres.threshold", { share: { share: threshold } }));
  }));
}

/** One bar per feature of a cluster's centre, as long as its place in the feature's range. */
export function profileBars(profile, ranges) {
  return h("ul", { class: "bars" }, ...Object.entries(profile).map(([feature, value]) => {
    const [low, high] = ranges[feature] ?? [0, 1];
    return h("li", {},
      h("span", { class: "name", t: `feature.${feature}` }),
      h("span", { class: "track", vars: { w: Math.min(Math.max((value - low) / (high - low), 0), 1) }, "aria-hidden": "true" }, h("span", { class: "fill" })),
      h("span", { class: "number", t: high > 1 ? "whole" : "share", values: high > 1 ? { n: Math.round(value) } : { share: { share: value } } }));
  }));
}

