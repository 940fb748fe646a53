// The page's words in the chosen language, and numbers and dates in its notation.
export const LANGUAGES = ["en", "es", "pt"];

let words = {};
let language = "en";

/** The first of a person's languages that the page speaks; one that was chosen before comes first. */
export function preferred() {
  const asked = [remembered("language"), ...navigator.languages].map((one) => (one ?? "").slice(0, 2));
  return asked.find((one) => LANGUAGES.includes(one)) ?? "en";
}

/** The language that the page speaks. */
export const spokenLanguage = () => language;

/** Load a language and translate everything that is shown. */
export async function speak(chosen) {
  const answer = await fetch(`web/${chosen}.json`);
  if (!answer.ok) throw new Error(`web/${chosen}.json: ${answer.status}`);
  words = await answer.json();
  language = chosen;
  document.documentElement.lang = chosen;
  translate(document);
  document.dispatchEvent(new CustomEvent("language"));
}

/** The value that the browser keeps under a name; null if storage is switched off. */
export function remembered(name) {
  try { return localStorage.getItem(name); } catch { return null; }
}

export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch { /* the person chooses again next time */ }
}

export const has = (key) => key in words;

/** The words under a key; `{name}` becomes that value: text, a number, or an object that names its notation. */
export function t(key, values = {}) {
  const form = values.n === 1 && has(`${key}.one`) ? `${key}.one` : key;
  return (words[form] ?? key).replace(/\{(\w+)\}/g, (_, name) => written(values[name]));
}

function written(value) {
  if (typeof value === "number") return new Intl.NumberFormat(language, { maximumFractionDigits: 2 }).format(value);
  if (value === null || typeof value !== "object") return String(value ?? "–");
  if ("share" in value) return percent(value.share);
  if ("date" in value) return date(value.date, { dateStyle: "medium", timeStyle: "short" });
  if ("day" in value) return date(value.day, { dateStyle: "medium" });
  if ("figure" in value) return number(value.figure);
  if ("list" in value) return new Intl.ListFormat(language, { type: "conjunction" }).format(value.list.map(written));
  return t(value.key, value.values);
}

export const percent = (share) => new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 0 }).format(share);

export function number(value, digits = 2) {
  return new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

export function signed(value) {
  return new Intl.NumberFormat(language, { signDisplay: "exceptZero", minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(value).replace("-", "−");
}

function date(value, style) {
  const when = new Date(value);
  return Number.isNaN(when.valueOf()) ? "–" : new Intl.DateTimeFormat(language, style).format(when);
}

const NAMES = { axe: "axé", forro: "forró", "k-pop": "K-pop", mpb: "MPB", "r-b": "R&B", romantico: "romântico" };

/** A label as people write it. */
export const labelled = (label) => (has(`label.${label}`) ? { key: `label.${label}` } : NAMES[label] ?? label.replaceAll("-", " "));

/** Artists as people write them: tables put a semicolon between them. */
export const credited = (artists) => artists.split(";").map((artist) => artist.trim()).join(", ");

/** Put an element's own words, and those of its attributes, into the present language. */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t, values(element));
  for (const element of root.querySelectorAll("[data-t-label]")) element.setAttribute("aria-label", t(element.dataset.tLabel, values(element)));
  for (const element of root.querySelectorAll("[data-t-placeholder]")) element.placeholder = t(element.dataset.tPlaceholder);
}

const values = (element) => JSON.parse(element.dataset.values ?? "{}");
