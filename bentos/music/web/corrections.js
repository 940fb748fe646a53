// The form in which a person names the right labels; a correction waits for review.
import { busy, h, named, words } from "./dom.js";
import { ask, notice } from "./service.js";
import { labelled } from "./words.js";

/** The form under an answer, with the labels of the model that answered; null where `/models` did not give it. */
export function corrections(route, lyrics, answer, model) {
  if (!model?.labels.length) return null;
  const answered = answer.labels.filter((one) => one.selected).map((one) => one.label);
  const type = model.kind === "multi-label" ? "checkbox" : "radio";
  const said = h("div", { class: "said-after", "aria-live": "polite" });
  const send = h("button", { class: "button plain", t: "correct.send" });
  const form = h("form", {},
    h("fieldset", {}, words(`correct.${type}`, undefined, "legend"),
      h("div", { class: "picks" }, ...model.labels.map((label) => h("label", {},
        h("input", { type, name: `right-${route}`, value: label, checked: answered.includes(label) }), named(labelled(label)))))),
    h("div", { class: "row" }, send), said);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.hasAttribute("aria-disabled")) return;
    const labels = [...new FormData(form).values()];
    if (!labels.length) {
      said.replaceChildren(words("correct.none", undefined, "p", { class: "problem" }));
      return;
    }
    busy(send, said, true);
    try {
      await ask("corrections", { route, lyrics, labels, answered, model_version: answer.model_version });
      said.replaceChildren(words("correct.waits", undefined, "p", { class: "notice good" }));
    } catch (error) {
      said.replaceChildren(notice(error));
    } finally {
      busy(send, said, false);
    }
  });
  return h("details", {}, words("correct.open", undefined, "summary"), form);
}
