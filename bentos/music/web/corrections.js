// A person says which labels are right; what was said waits for review.
import { busy, h, named, words } from "./dom.js";
import { ask, notice } from "./service.js";
import { labelled } from "./words.js";

/** The form under an answer; nothing where the model's labels are not known. */
export function corrections(route, lyrics, answer, known) {
  if (!known?.length) return null;
  const answered = answer.labels.filter((one) => one.selected).map((one) => one.label);
  const type = route === "genres" ? "checkbox" : "radio";
  const said = h("div", { class: "said-after", "aria-live": "polite" });
  const send = h("button", { class: "button plain", t: "correct.send" });
  const form = h("form", {},
    h("fieldset", {}, words(`correct.${type}`, undefined, "legend"),
      h("div", { class: "picks" }, ...known.map((label) => h("label", {},
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
