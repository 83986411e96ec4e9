// Messages as rows of a list: who, when, what, and what one can do with it.

import { placeOf } from "./acting.js";
import { act } from "./api.js";
import { avatar } from "./avatars.js";
import { blocks } from "./blocks.js";
import { h, keyed } from "./dom.js";
import { emoji, OFFERED } from "./emoji.js";
import { files } from "./files.js";
import { mrkdwn } from "./mrkdwn.js";
import { openThread } from "./navigation.js";
import { called, isBot, name, repliesTo, shown, state } from "./store.js";
import { fullOf, timeOf } from "./times.js";

const NEAR_SECONDS = 300;

/** Draw a channel's or a thread's messages into `list`, keeping what did not change. */
export function drawMessages(list, channel, thread = null) {
  const place = `${channel.id} ${thread}`;
  if (list.place !== place) begin(list, place);
  const messages = shown(channel, thread);
  const start = thread ? [] : [{ key: "beginning", sign: channel.name, draw: () => beginning(channel) }];
  keyed(list, [...start, ...messages.flatMap((message, at) => rows(channel, message, messages[at - 1], thread))]);
  if (list.atEnd) list.scrollTop = list.scrollHeight;
}

/** Another channel or thread: at its end, and staying there while it grows and its pictures come, until scrolled up. */
function begin(list, place) {
  list.atEnd = true;
  if (list.place === undefined) {
    let before = 0;
    const moved = () => {
      // only a way up is a wish to stay there: what grows below moves nobody away from the end
      if (list.scrollHeight - list.scrollTop - list.clientHeight < 60) list.atEnd = true;
      else if (list.scrollTop < before) list.atEnd = false;
      before = list.scrollTop;
    };
    list.addEventListener("scroll", moved, { passive: true });
    new ResizeObserver(() => list.atEnd && (list.scrollTop = list.scrollHeight)).observe(list);
    list.addEventListener("load", () => list.atEnd && (list.scrollTop = list.scrollHeight), true);
  }
  list.place = place;
}

const HOME = "Midwatch announces incidents here. World, at the top, shows tonight’s steps and how the services are. Type “/ops help” to see what can be asked.";

const beginning = (channel) =>
  h("li", { class: "beginning" }, h("strong", {}, `#${channel.name}`), channel.id === state.config.home ? HOME : "This is where the channel begins.");

function rows(channel, message, before, thread) {
  const replies = thread ? [] : repliesTo(channel, message.ts);
  const whispers = thread ? 0 : state.ephemerals.filter((one) => one.message.thread_ts === message.ts).length;
  const joined = follows(before, message);
  const lit = state.ui.light === message.ts;
  const pressed = [...state.pressed].filter(([place]) => place.startsWith(`${message.ts} `));
  const sign = JSON.stringify([message, replies.map((one) => one.ts), whispers, joined, lit, pressed, state.me, state.users.size, state.channels.size]);
  const row = { key: message.ts, sign, draw: () => draw(channel, message, { replies, whispers, joined, lit, thread }) };
  const fresh = state.ui.newSince && Number(message.ts) > state.ui.newSince && !(Number(before?.ts) > state.ui.newSince);
  if (thread || !fresh || !before) return [row];
  return [{ key: "new", sign: String(state.ui.newSince), draw: () => h("li", { class: "new-line" }, h("span", {}, "New")) }, row];
}

/** One under the other, without a face between: the same voice within five minutes. */
function follows(before, message) {
  if (!before || before.user !== message.user || before.ephemeral !== message.ephemeral || message.subtype || before.subtype) return false;
  return Number(message.ts) - Number(before.ts) < NEAR_SECONDS && !(message.blocks?.length > 2);
}

function draw(channel, message, about) {
  if (message.subtype && message.subtype !== "tombstone" && message.subtype !== "thread_broadcast") {
    const actor = message.text.startsWith("<@") ? null : h("strong", {}, `${called(message.user)} `);
    return h("li", { class: "quiet-line", "data-ts": message.ts }, actor, mrkdwn(message.text), " ", stamp(message));
  }
  const classes = ["message", about.joined && "joined", message.ephemeral && "ephemeral", about.lit && "lit"].filter(Boolean);
  return h(
    "li",
    { class: classes.join(" "), "data-ts": message.ts, tabindex: -1 },
    about.joined ? h("span", { class: "avatar-gap" }) : avatar(message.user),
    h(
      "article",
      { class: "message-body", "aria-label": `${called(message.user)}, ${timeOf(message.ts)}` },
      message.ephemeral && h("p", { class: "only-you" }, "Only visible to you"),
      message.pinned_to && h("p", { class: "pinned-mark" }, "Pinned"),
      !about.joined && byline(message),
      content(channel, message),
      files(message.files),
      reactions(channel, message),
      !about.thread && footer(channel, message, about),
    ),
    !message.ephemeral && tools(channel, message, about),
  );
}

function byline(message) {
  return h(
    "p",
    { class: "byline" },
    h("strong", {}, called(message.user)),
    isBot(message.user) && h("span", { class: "app-mark" }, "APP"),
    h("span", { class: "stamp" }, stamp(message)),
  );
}

const stamp = (message) => h("time", { title: fullOf(message.ts) }, timeOf(message.ts));

function content(channel, message) {
  const where = { kind: "message", channel: channel.id, ts: message.ts };
  const words = message.blocks?.length ? blocks(message.blocks, where) : [h("div", { class: "words" }, mrkdwn(message.text))];
  const edited = message.edited && h("span", { class: "edited", title: `Edited ${timeOf(message.edited.ts)}` }, "(edited)");
  return h("div", { class: "content" }, words, edited);
}

function reactions(channel, message) {
  const list = message.reactions ?? [];
  if (!list.length) return null;
  const one = (each) =>
    h(
      "button",
      { type: "button", class: each.users.includes(state.me) ? "reaction mine" : "reaction", "aria-label": `${each.name}: ${each.users.map(name).join(", ")}`, onclick: () => react(channel, message, each.name) },
      `${emoji(`:${each.name}:`)} ${each.count}`,
    );
  return h("p", { class: "reactions" }, list.map(one));
}

const react = (channel, message, which) => act("react", { user: state.me, channel: channel.id, ts: message.ts, name: which });

function footer(channel, message, { replies, whispers }) {
  const count = replies.length + whispers;
  if (!count) return null;
  const faces = [...new Set(replies.map((one) => one.user))].slice(0, 4);
  const last = replies.at(-1);
  return h(
    "button",
    { type: "button", class: "replies", "data-focus": placeOf({ ts: message.ts }, "replies", ""), onclick: () => openThread(channel.id, message.ts) },
    faces.map((user) => avatar(user, "tiny")),
    h("strong", {}, count === 1 ? "1 reply" : `${count} replies`),
    last && h("span", {}, `last at ${timeOf(last.ts)}`),
  );
}

function tools(channel, message, { thread }) {
  const quick = OFFERED.map((which) =>
    h("button", { type: "button", "aria-label": `React with ${which}`, onclick: () => react(channel, message, which) }, emoji(`:${which}:`)),
  );
  const reply = h("button", { type: "button", "aria-label": "Reply in thread", onclick: () => openThread(channel.id, message.ts) }, "Reply");
  return h("div", { class: "tools", role: "group", "aria-label": "Message actions" }, quick, !thread && reply);
}
