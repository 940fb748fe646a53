// A field that searches while a person types: the combobox pattern of ARIA 1.2, with a list of options.
import { h, say, words } from "./dom.js";
import { notice } from "./service.js";

const PAUSE = 150;

/**
 * The field.
 *
 * `find(query, signal)` gives the items found, `option(item)` the elements of one, `chosen(item)` its text in the field.
 */
export function combobox({ id, label, hint, find, option, chosen, choose }) {
  const input = h("input", { type: "text", id, role: "combobox", "aria-expanded": "false", "aria-controls": `${id}-options`, "aria-autocomplete": "list", autocomplete: "off", spellcheck: "false", maxlength: 200, placeholder: hint });
  const options = h("ul", { class: "options", id: `${id}-options`, role: "listbox", label, hidden: true });
  const count = h("p", { class: "muted small", "aria-live": "polite" });
  const failed = h("div");
  let items = [], at = -1, asking = null, pause = 0;

  function open(yes) {
    options.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) move(-1);
  }

  function move(to) {
    at = to;
    [...options.children].forEach((one, i) => one.setAttribute("aria-selected", String(i === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `${id}-${at}`);
      options.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function take(i) {
    input.value = chosen(items[i]);
    open(false);
    count.textContent = "";
    choose(items[i]);
  }

  async function search() {
    asking?.abort();
    failed.replaceChildren();
    const query = input.value.trim();
    if (!query) {
      open(false);
      return;
    }
    asking = new AbortController();
    try {
      items = await find(query, asking.signal);
      options.replaceChildren(...items.map((item, i) => h("li", { role: "option", id: `${id}-${i}`, "aria-selected": "false", on: {
        pointerdown: (event) => event.preventDefault(), click: () => take(i), pointermove: () => at !== i && move(i),
      } }, ...option(item))));
      open(items.length > 0);
      say(count, items.length ? "found" : "found.none", { n: items.length });
    } catch (error) {
      if (error.name === "AbortError") return;
      open(false);
      failed.replaceChildren(notice(error, search));
    }
  }

  input.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(search, PAUSE);
  });
  input.addEventListener("blur", () => open(false));
  input.addEventListener("keydown", (event) => {
    const last = items.length - 1;
    const act = {
      ArrowDown: () => (options.hidden ? items.length && open(true) : move(at < last ? at + 1 : 0)),
      ArrowUp: () => move(at > 0 ? at - 1 : last),
      Enter: () => at >= 0 && take(at),
      Escape: () => open(false),
    }[event.key];
    if (!act || (options.hidden && event.key !== "ArrowDown")) return;
    event.preventDefault();
    act();
  });
  return h("div", { class: "stack" }, words(label, undefined, "label", { for: id }), h("div", { class: "combo" }, input, options), count, failed);
}
