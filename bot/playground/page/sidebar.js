// The channels: which one is open, which hold something new, where somebody calls.

import { fill, h } from "./dom.js";
import { go } from "./navigation.js";
import { state, unread } from "./store.js";

let sign = "";

export function drawSidebar(nav) {
  const all = [...state.channels.values()].filter((one) => one.kind === "public" || one.kind === "private");
  const mine = all.filter((one) => one.is_member).sort(order);
  const others = all.filter((one) => !one.is_member).sort(order);
  const marks = all.map((one) => [one.id, one.name, one.is_member, one.is_archived, unread(one)]);
  const now = JSON.stringify([state.ui.channel, state.me, marks]);
  if (now === sign) return;
  sign = now;
  fill(
    nav,
    h("h2", { class: "workspace" }, state.team ?? "Playground"),
    h("h3", { id: "mine" }, "Channels"),
    h("ul", { class: "channels", "aria-labelledby": "mine", onkeydown: arrows }, mine.map(line)),
    others.length > 0 && h("h3", { id: "others" }, "Not joined"),
    others.length > 0 && h("ul", { class: "channels", "aria-labelledby": "others", onkeydown: arrows }, others.map(line)),
  );
}

/** Home first, then the newest. */
function order(a, b) {
  const home = state.config.home;
  if ((a.id === home) !== (b.id === home)) return a.id === home ? -1 : 1;
  return a.is_archived - b.is_archived || b.created - a.created || a.name.localeCompare(b.name);
}

function line(channel) {
  const { fresh, calls } = unread(channel);
  const open = channel.id === state.ui.channel;
  const said = [channel.is_archived && "archived", fresh && "unread", calls && `${calls} mentions`].filter(Boolean).join(", ");
  return h(
    "li",
    {},
    h(
      "button",
      {
        type: "button",
        class: `channel ${fresh && !open ? "fresh" : ""} ${channel.is_archived ? "archived" : ""}`,
        "aria-current": open ? "page" : null,
        title: channel.name,
        "data-focus": `channel ${channel.id}`,
        onclick: () => go(channel.id),
      },
      h("span", { class: "hash", "aria-hidden": "true" }, channel.kind === "private" ? "◆" : "#"),
      h("span", { class: "channel-name" }, channel.name),
      said && h("span", { class: "sr" }, `, ${said}`),
      calls > 0 && h("span", { class: "calls", "aria-hidden": "true" }, calls),
    ),
  );
}

function arrows(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const all = [...document.querySelectorAll(".sidebar .channel")];
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
}
