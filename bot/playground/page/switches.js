// The three switches at the top: as wide as a phone, dark or light, the world's panel.

import { byId, say } from "./dom.js";

const THEMES = ["auto", "light", "dark"];
const SHOWN = { auto: "Auto", light: "Light", dark: "Dark" };

function remembered(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    /* a browser that keeps nothing: the choice lives as long as the page */
  }
}

export function startSwitches() {
  theme(THEMES.includes(remembered("theme")) ? remembered("theme") : "auto");
  byId("theme").addEventListener("click", () => {
    const now = document.documentElement.dataset.theme;
    theme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
    say(`Theme: ${SHOWN[document.documentElement.dataset.theme]}`);
  });
  pressing(byId("phone"), (on) => byId("frame").classList.toggle("phone", on));
  pressing(byId("world-switch"), (on) => byId("stage").classList.toggle("without-world", !on));
  if (matchMedia("(max-width: 900px)").matches) byId("world-switch").click();
}

function theme(name) {
  document.documentElement.dataset.theme = name;
  byId("theme").textContent = SHOWN[name];
  byId("theme").setAttribute("aria-label", `Theme: ${SHOWN[name]}`);
  remember("theme", name);
}

function pressing(button, turn) {
  button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(on));
    turn(on);
  });
}
