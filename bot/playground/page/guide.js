// What to try, ticked off as it happens. It knows nothing of the bot but what anybody in the channel sees.

import { fill, h } from "./dom.js";
import { go } from "./navigation.js";
import { called, isBot, state } from "./store.js";

const done = new Set();
let drawn = "";
let dismissed = false;
let began = null; // whether the story had begun before anybody looked

export function guide(holder, world) {
  notice(world);
  const sign = JSON.stringify([[...done], dismissed, began, state.channels.size, state.me]);
  if (sign === drawn || !state.config.people.length) return;
  drawn = sign;
  holder.hidden = dismissed;
  const hide = h("button", { type: "button", class: "close", "aria-label": "Hide this guide", onclick: () => ((dismissed = true), guide(holder, world)) }, "×");
  fill(holder, hide, h("h2", {}, "Tonight’s watch"), h("ol", {}, steps().map(step)));
}

function who(role) {
  const person = state.config.people.find((one) => one.role === role);
  return person ? called(person.user) : role;
}

const steps = () => [
  began
    ? ["broken", "Something is broken", "this story began before you came"]
    : ["broken", "Break a service", "with the red button below; the alert follows in some seconds"],
  ["asked", "Watch", "an incident channel opens, with evidence, a likely cause and a proposed fix", incident()],
  ["refused", `Be ${who("visitor")}`, "press Approve, and be refused (join the channel first)", incident()],
  ["decided", `Be ${who("approver")}`, "read the dry run in the thread, then approve; or deny, and nothing runs", incident()],
  ["well", "See it recover", "the errors fall; then the bot checks, and says how it knows", incident()],
];

/** The newest channel the bot opened. */
function incident() {
  const made = [...state.channels.values()].filter((one) => isBot(one.creator) && !one.is_archived);
  return made.sort((a, b) => b.created - a.created)[0];
}

function step([key, title, words, channel]) {
  const ticked = done.has(key);
  const way = channel && h("button", { type: "button", class: "way", onclick: () => go(channel.id) }, `#${channel.name}`);
  return h(
    "li",
    { class: ticked ? "ticked" : "" },
    h("span", { class: "tick", role: "img", "aria-label": ticked ? "done" : "to do" }, ticked ? "✓" : ""),
    h("span", {}, h("strong", {}, title), ": ", words, key === "asked" && way ? [" ", way] : ""),
  );
}

function notice(world) {
  if (!world) return;
  const messages = [...state.channels.values()].flatMap((one) => [...one.messages.values()]);
  const buttons = messages.flatMap((one) => (one.blocks ?? []).flatMap((block) => (block.type === "actions" ? block.elements : [])));
  const asks = buttons.some((one) => one.text?.text?.startsWith("Approve"));
  began ??= world.faults.some((one) => one.bites);
  if (world.faults.some((one) => one.bites)) done.add("broken");
  if (asks) done.add("asked");
  const visitor = state.config.people.find((one) => one.role === "visitor")?.user;
  if (state.me === visitor && done.has("asked") && state.ephemerals.length) done.add("refused");
  if (done.has("asked") && !asks) done.add("decided");
  const well = Object.values(world.services).every((one) => !one.broken.length && one.error_ratio < 0.02);
  if (done.has("decided") && well) done.add("well");
}
