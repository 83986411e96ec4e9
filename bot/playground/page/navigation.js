// Going somewhere: a channel, a thread, a message. Remembers nothing but where one is.

import { byId } from "./dom.js";
import { changed, markRead, readUntil, state } from "./store.js";

const LOOK_MS = 120;
const LOOKS = 20;

export function go(channel, ts = null, thread = null) {
  const where = state.channels.get(channel);
  if (!where) return;
  if (state.ui.channel !== channel) {
    state.ui.newSince = readUntil(channel);
    state.ui.side = null;
    state.ui.thread = null;
  }
  state.ui.channel = channel;
  screen("room");
  const inThread = Boolean(thread && thread !== ts);
  if (inThread) openThread(channel, thread);
  light(ts, inThread ? ".side" : ".room");
  markRead(channel);
  changed();
}

export function openThread(channel, ts) {
  if (state.ui.channel !== channel) go(channel);
  state.ui.thread = ts;
  state.ui.side = "thread";
  screen("side");
  changed();
  setTimeout(enterSide, 60);
}

/** Into the side pane: its composer where it has one, its heading otherwise; never out of what one writes already. */
function enterSide() {
  const side = byId("side");
  if (!side.contains(document.activeElement)) (side.querySelector("textarea") ?? side.querySelector("h2"))?.focus();
}

export function openPins() {
  state.ui.side = "pins";
  screen("side");
  changed();
  setTimeout(enterSide, 60);
}

export function closeSide() {
  state.ui.side = null;
  state.ui.thread = null;
  screen("room");
  changed();
  byId("messages").focus();
}

/** On a narrow frame only one of the panes is to be seen. */
export const screen = (name) => (byId("panes").dataset.screen = name);

/** Show one message, once it is drawn: a thread that was just opened takes a moment. */
export function light(ts, pane = ".room") {
  if (!ts) return;
  state.ui.light = ts;
  let looks = 0;
  const look = () => {
    const row = document.querySelector(`${pane} .message[data-ts="${CSS.escape(ts)}"]`);
    if (row) {
      row.scrollIntoView({ block: "center" });
      row.focus({ preventScroll: true });
    } else if (++looks < LOOKS) setTimeout(look, LOOK_MS);
  };
  setTimeout(look, LOOK_MS);
  setTimeout(() => {
    state.ui.light = null;
    changed();
  }, 2500);
}

/** Links inside the workspace are followed here; nothing is loaded. */
export function followLinks(event) {
  const anchor = event.target.closest?.("a[data-channel]");
  if (!anchor) return;
  event.preventDefault();
  const { channel, ts, thread } = anchor.dataset;
  go(channel, ts, thread);
}
