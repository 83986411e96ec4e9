// What a phone would show on its lock screen when somebody is called: who, where, and the first words of the message.

import { avatar } from "./avatars.js";
import { byId, h } from "./dom.js";
import { emoji } from "./emoji.js";
import { unescaped } from "./mrkdwn.js";
import { go } from "./navigation.js";
import { called, name, state } from "./store.js";

const SHOWN_MS = 9000;
const MOST = 300;
let heard = null;

/** Show what came since the last look; what was there before the page opened, or belongs to another person, is old. */
export function drawNotices() {
  const fresh = heard?.me === state.me ? state.notifications.slice(heard.count) : [];
  if (fresh.length && !state.channels.has(fresh.at(-1).channel)) return; // a channel so new that the page does not know it yet
  heard = { me: state.me, count: state.notifications.length };
  for (const card of [...byId("notices").children]) if (card.dataset.of === state.ui.channel && !document.hidden) card.remove();
  for (const one of fresh.slice(-3)) if (one.channel !== state.ui.channel || document.hidden) show(one);
}

function show(notification) {
  const channel = state.channels.get(notification.channel);
  const author = channel?.messages.get(notification.ts)?.user ?? "";
  const take = () => {
    card.remove();
    go(notification.channel, notification.ts, notification.thread_ts);
  };
  const card = h(
    "button",
    { type: "button", class: "notice", "data-of": notification.channel, onclick: take },
    avatar(author),
    h("span", { class: "notice-words" }, h("strong", {}, `${called(author)} in #${channel?.name ?? ""}`), h("span", {}, plainly(notification.text))),
  );
  byId("notices").append(card);
  setTimeout(() => card.remove(), SHOWN_MS);
}

/** A phone shows no markup: links by their label, people by their name. */
function plainly(text) {
  const plain = String(text ?? "")
    .replace(/<@([^>|]+)[^>]*>/g, (all, id) => `@${name(id)}`)
    .replace(/<!date[^|>]*\|([^>]*)>/g, "$1")
    .replace(/<#([^>|]+)[^>]*>/g, (all, id) => `#${state.channels.get(id)?.name ?? id}`)
    .replace(/<[^>|]+\|([^>]+)>/g, "$1")
    .replace(/<([^>]+)>/g, "$1");
  return emoji(unescaped(plain)).slice(0, MOST);
}
