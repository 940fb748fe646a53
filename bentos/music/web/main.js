// Sections, language and colours. Each section is a module of its own, loaded when it is first shown.
import { preferred, remember, speak } from "./words.js";
import { notice } from "./service.js";
import { t } from "./words.js";

const SECTIONS = ["genres", "discover", "assistant", "platform"];
const mounted = new Map();

const shown = () => {
  const asked = location.hash.replace(/^#\//, "");
  return SECTIONS.includes(asked) ? asked : SECTIONS[0];
};

async function show(moveFocus) {
  const name = shown();
  for (const section of SECTIONS) document.getElementById(section).hidden = section !== name;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  title();
  const section = document.getElementById(name);
  if (!mounted.has(name)) mounted.set(name, mount(name, section));
  await mounted.get(name);
  if (moveFocus && shown() === name) {
    scrollTo(0, 0);
    section.querySelector("h1")?.focus({ preventScroll: true });
  }
}

async function mount(name, section) {
  try {
    const module = await import(`./${name}.js`);
    module.mount(section);
  } catch (error) {
    mounted.delete(name);
    section.replaceChildren(notice(error, () => show(true)));
  }
}

function title() {
  document.title = `${t(`nav.${shown()}`)} – music_platform`;
}

const language = document.getElementById("language");
language.addEventListener("change", async () => {
  remember("language", language.value);
  await speak(language.value);
  title();
});

const theme = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

function coloured() {
  theme.setAttribute("aria-pressed", String(isDark()));
  document.dispatchEvent(new CustomEvent("theme"));
}

theme.addEventListener("click", () => {
  const next = isDark() ? "light" : "dark";
  const asSystem = (next === "dark") === system.matches;
  if (asSystem) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  remember("theme", asSystem ? null : next);
  coloured();
});
system.addEventListener("change", coloured);

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  document.getElementById("content").focus();
});

language.value = preferred();
await speak(language.value);
coloured();
addEventListener("hashchange", () => show(true));
await show(false);
