// What to try, ticked off as it happens. It knows nothing of the bot but what anybody in the channel sees.

import { fill, h } from "./dom.js";
import { go } from "./navigation.js";
import { called, isBot, state } from "./store.js";

const done = new Set(); // what was seen, also before the page was loaded anew
const KEPT = "midwatch-guide";
let story = null; // when the world began: another one begins the guide anew
let drawn = "";
let dismissed = false;
let wantsChange = true;
let began = false; // whether the story had begun before anybody looked

export function guide(holder, world) {
  notice(world);
  const sign = JSON.stringify([[...done], dismissed, began, wantsChange, state.channels.size, state.me]);
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

const steps = () => [start(), ...(wantsChange ? fixing() : leaving())];

const start = () =>
  began
    ? ["broken", "Something is broken", "this story began before you came"]
    : ["broken", "Break a service", "with the red button below; the alert follows in some seconds"];

/** A story that ends with a change somebody approves. */
const fixing = () => [
  ["asked", "Watch", "an incident channel opens, with evidence, a likely cause and a proposed fix", incident()],
  ["refused", `Be ${who("visitor")}`, "press Approve, and be refused (join the channel first)", incident()],
  ["decided", `Be ${who("approver")}`, "read the dry run in the thread, then approve; or deny, and nothing runs", incident()],
  ["well", "See it recover", "the errors fall; then the bot checks, and says how it knows", incident()],
];

/** A story in which the right answer is to change nothing. */
const leaving = () => [
  ["asked", "Watch", "an incident channel opens, with evidence and what is wrong, or that nothing is", incident()],
  ["decided", "Take it", "press I Have It on the card: the others see that somebody does", incident()],
  ["well", "See it end", "nothing is proposed, for nothing would help; it closes when the alert does", incident()],
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
  remember(world.started);
  wantsChange = world.wants_change;
  began = world.begins_by_itself;
  if (began || world.faults.some((one) => one.bites)) done.add("broken");
  const messages = [...state.channels.values()].flatMap((one) => [...one.messages.values()]);
  const well = Object.values(world.services).every((one) => !one.broken.length && one.error_ratio < 0.02);
  if (wantsChange) noticeFix(messages, well);
  else noticeLeft(messages, well);
  sessionStorage.setItem(KEPT, JSON.stringify({ story, done: [...done] }));
}

function remember(started) {
  if (story === started) return;
  story = started;
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  done.clear();
  if (kept?.story === started) for (const one of kept.done) done.add(one);
}

function noticeLeft(messages, well) {
  const said = JSON.stringify(messages.filter((one) => isBot(one.user)).map((one) => one.blocks ?? []));
  if (/diagnosis[^"]* looks/.test(said)) done.add("asked");
  if (done.has("asked") && /commander: (?!nobody)/.test(said)) done.add("decided");
  if (done.has("asked") && well && /resolved/i.test(said)) done.add("well");
}

function noticeFix(messages, well) {
  const buttons = messages.flatMap((one) => (one.blocks ?? []).flatMap((block) => (block.type === "actions" ? block.elements : [])));
  const asks = buttons.some((one) => one.text?.text?.startsWith("Approve"));
  if (asks) done.add("asked");
  const visitor = state.config.people.find((one) => one.role === "visitor")?.user;
  const refusals = JSON.stringify(state.ephemerals).includes("may not decide");
  if (state.me === visitor && done.has("asked") && refusals) done.add("refused");
  if (done.has("asked") && !asks) done.add("decided");
  if (done.has("decided") && well) done.add("well");
}
