// What could be meant: commands and their words from the app's manifest, people, channels, the world's services.

import { services } from "./world.js";
import { isBot, state } from "./store.js";

const MOST = 8;

/** `before` is the text up to the cursor; each suggestion is the whole text it would become. */
export function suggestions(before, inThread) {
  if (before.startsWith("/") && !inThread) return commands(before);
  const word = /(^|\s)([@#])([\w.-]*)$/.exec(before);
  if (!word) return [];
  const [, , sign, begun] = word;
  const head = before.slice(0, before.length - begun.length);
  return (sign === "@" ? people() : channels())
    .filter((one) => one.name.toLowerCase().startsWith(begun.toLowerCase()))
    .slice(0, MOST)
    .map((one) => ({ text: `${head}${one.name} `, shown: sign + one.name, about: one.about }));
}

const people = () => [...state.users.values()].map((one) => ({ name: one.name, about: isBot(one.id) ? "app" : one.real_name }));
const channels = () => [...state.channels.values()].map((one) => ({ name: one.name, about: one.topic?.value ?? "" }));

function commands(before) {
  const forms = state.config.commands.flatMap(formsOf);
  const fitting = forms.filter((form) => form.shown.startsWith(before) || form.text.trim().startsWith(before.trim()));
  const begun = forms.find((form) => before.startsWith(form.text) && /^[[<]service/.test(form.asks));
  if (!begun) return fitting.slice(0, MOST);
  const word = before.slice(begun.text.length);
  return services()
    .filter((name) => name.startsWith(word) && name !== word)
    .slice(0, MOST)
    .map((name) => ({ text: begun.text + name, shown: begun.text + name, about: "service" }));
}

/** A usage hint lists its forms with " | " between; what is in brackets is to be filled in. */
function formsOf(command) {
  return (command.usage_hint || "").split(" | ").map((form) => {
    const fixed = form.replace(/[[<].*$/, "").trim();
    const text = `${command.command} ${fixed}${fixed ? " " : ""}`;
    return { text, shown: `${command.command} ${form}`, asks: form.slice(fixed.length).trim(), about: "" };
  });
}
