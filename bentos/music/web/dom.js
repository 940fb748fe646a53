// Elements. Text of a person or of the service becomes text, never markup.
import { t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. Of `properties`, `t` is a key of words for its text, `values` their values, `label` and `placeholder`
 * are keys for those attributes, `on` listeners, `vars` CSS variables; any other property is an attribute.
 */
export function h(tag, properties = {}, ...children) {
  return filled(document.createElement(tag), properties, children);
}

/** The same in SVG. */
export function svg(tag, properties = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), properties, children);
}

function filled(element, { t: key, values, label, placeholder, on = {}, vars = {}, ...attributes }, children) {
  if (values) element.dataset.values = JSON.stringify(values);
  if (key) say(element, key, values);
  if (label) {
    element.dataset.tLabel = label;
    element.setAttribute("aria-label", t(label, values));
  }
  if (placeholder) {
    element.dataset.tPlaceholder = placeholder;
    element.setAttribute("placeholder", t(placeholder));
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  for (const [name, value] of Object.entries(vars)) element.style.setProperty(`--${name}`, value);
  for (const [event, listener] of Object.entries(on)) element.addEventListener(event, listener);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Show words in an element, and translate them whenever the language changes. */
export function say(element, key, values) {
  element.dataset.t = key;
  if (values) element.dataset.values = JSON.stringify(values);
  else delete element.dataset.values;
  element.textContent = t(key, values);
}

/** Words in an element of their own. */
export const words = (key, values, tag = "span", properties = {}) => h(tag, { t: key, values, ...properties });

/** Words for screen readers alone. */
export const spoken = (key, values) => words(key, values, "span", { class: "hidden" });

/** A label in the page's words, or as people write it. */
export const named = (label, tag = "span") => (typeof label === "string" ? h(tag, {}, label) : words(label.key, undefined, tag));

/** The heading and the sentence that every section begins with. */
export function intro(section) {
  return h("div", { class: "intro" },
    h("h1", { id: `${section}-title`, tabindex: "-1", t: `${section}.title` }),
    h("p", { t: `${section}.lead` }));
}

/** Show that a request is running: the button says so and takes no second click. */
export function busy(button, region, yes) {
  button.classList.toggle("busy", yes);
  button.toggleAttribute("aria-disabled", yes);
  if (yes) button.setAttribute("aria-disabled", "true");
  region.setAttribute("aria-busy", String(yes));
}

/** Put other children into a region; where one of the old ones had the focus, `heir` gets it. */
export function refill(region, heir, ...children) {
  const hadFocus = region.contains(document.activeElement);
  region.replaceChildren(...children);
  if (hadFocus) heir.focus();
}
