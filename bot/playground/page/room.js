// The open channel: its head, its messages, and beside it a thread or the pins.

import { toast } from "./dom.js";
import { byId, fill, h } from "./dom.js";
import { composer } from "./composer.js";
import { drawMessages } from "./messages.js";
import { closeSide, light, openPins, screen } from "./navigation.js";
import { mrkdwn } from "./mrkdwn.js";
import { called, join, markRead, open, state } from "./store.js";
import { blocks } from "./blocks.js";
import { timeOf } from "./times.js";
import { plainly } from "./acting.js";

const drawn = { head: "", composer: "", side: "" };

export function drawRoom() {
  const channel = open();
  if (!channel) return;
  drawHead(channel);
  drawMessages(byId("messages"), channel);
  byId("messages").setAttribute("aria-label", `Messages in #${channel.name}`);
  drawComposer(channel);
  drawSide(channel);
  markRead(channel.id);
}

function once(what, sign, draw) {
  const now = JSON.stringify(sign);
  if (drawn[what] === now) return;
  drawn[what] = now;
  draw();
}

function drawHead(channel) {
  const { name, topic, members, pins } = channel;
  once("head", [channel.id, name, topic, members, pins, state.ui.side], () =>
    fill(
      byId("room-head"),
      h("button", { type: "button", class: "back", "aria-label": "Back to the channels", "data-focus": "back", onclick: () => screen("channels") }, "‹"),
      h("div", { class: "room-title" }, h("h1", {}, `#${name}`), topic?.value && h("p", { class: "topic" }, mrkdwn(topic.value))),
      pins.length > 0 && h("button", { type: "button", class: "button quiet", "data-focus": "pins", onclick: openPins }, pins.length === 1 ? "1 pinned" : `${pins.length} pinned`),
      h("p", { class: "members", title: members.map(called).join(", ") }, members.length === 1 ? "1 member" : `${members.length} members`),
    ),
  );
}

function drawComposer(channel) {
  once("composer", [channel.id, channel.is_member, channel.is_archived, state.me], () =>
    fill(byId("composer"), channel.is_archived ? h("p", { class: "no-composer" }, "This channel is archived.") : channel.is_member ? composer(channel, null) : door(channel)),
  );
}

function door(channel) {
  const enter = async () => {
    const answer = await join(channel.id);
    if (!answer.ok) toast(plainly(answer), "bad");
  };
  return h(
    "div",
    { class: "no-composer" },
    h("p", {}, `You are looking at #${channel.name}. To press or write anything, join it.`),
    h("button", { type: "button", class: "button primary", "data-focus": "join", onclick: enter }, "Join Channel"),
  );
}

function drawSide(channel) {
  const side = byId("side");
  const what = state.ui.side;
  side.hidden = !what;
  side.onkeydown = (event) => {
    if (event.key === "Escape") closeSide();
  };
  byId("panes").classList.toggle("with-side", Boolean(what));
  if (!what) {
    drawn.side = "";
    return;
  }
  side.setAttribute("aria-label", what === "thread" ? "Thread" : "Pinned messages");
  if (what === "pins") once("side", [what, channel.id, channel.pins], () => fill(side, head("Pinned"), h("div", { class: "pins" }, channel.pins.map((pin) => pinned(channel, pin)))));
  else {
    once("side", [what, channel.id, state.ui.thread, channel.is_member, state.me], () =>
      fill(
        side,
        head("Thread", `#${channel.name}`),
        h("ol", { class: "messages", "aria-label": "Messages in this thread" }),
        channel.is_member && h("div", { class: "composer" }, composer(channel, state.ui.thread)),
      ),
    );
    drawMessages(side.querySelector(".messages"), channel, state.ui.thread);
  }
}

function head(title, under = "") {
  return h(
    "div",
    { class: "side-head" },
    h("h2", { tabindex: -1 }, title, under && h("span", { class: "under" }, under)),
    h("button", { type: "button", class: "close", "aria-label": `Close: ${title}`, onclick: closeSide }, "×"),
  );
}

function pinned(channel, pin) {
  const message = channel.messages.get(pin.ts);
  if (!message) return null;
  const where = { kind: "message", channel: channel.id, ts: message.ts };
  const jump = () => {
    closeSide();
    light(message.ts);
  };
  return h(
    "article",
    { class: "pin" },
    h("p", { class: "byline" }, h("strong", {}, called(message.user)), h("span", { class: "stamp" }, timeOf(message.ts)), h("button", { type: "button", class: "button quiet", onclick: jump }, "Jump")),
    message.blocks?.length ? blocks(message.blocks, where) : mrkdwn(message.text),
  );
}
