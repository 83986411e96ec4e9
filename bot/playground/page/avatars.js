// Faces: a letter on a colour for people, the crescent for the bot.

import { h } from "./dom.js";
import { called, isBot } from "./store.js";

const COLOURS = 6;

export function avatar(user, size = "") {
  if (isBot(user)) return h("img", { class: `avatar bot ${size}`, src: "static/moon.svg", alt: "" });
  let sum = 0;
  for (const letter of user) sum = (sum * 31 + letter.charCodeAt(0)) % 997;
  return h("span", { class: `avatar c${sum % COLOURS} ${size}`, "aria-hidden": "true" }, (called(user)[0] ?? "?").toUpperCase());
}
