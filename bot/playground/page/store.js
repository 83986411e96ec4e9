// What this person sees of the workspace, kept current from the stream. It decides nothing about how it looks.

import { act, follow, look } from "./api.js";

const opened = Date.now() / 1000;
export const state = {
  me: "",
  config: { people: [], commands: [], home: "", title: "" },
  users: new Map(),
  groups: new Map(),
  bots: new Set(),
  channels: new Map(),
  ephemerals: [],
  views: [],
  notifications: [],
  violations: [],
  pressed: new Map(), // what was pressed and is under way or went wrong, by message and action
  reads: {},
  lost: false,
  ui: { channel: "", thread: null, side: null, newSince: 0, light: null },
};

let listeners = [];
let waiting = false;
let stop = () => {};

export const onChange = (listener) => listeners.push(listener);

/** Tell everybody once, soon. */
export function changed() {
  if (waiting) return;
  waiting = true;
  setTimeout(() => {
    waiting = false;
    for (const listener of listeners) listener();
  }, 16);
}

export async function become(user) {
  stop();
  const seen = await look("snapshot", { user });
  if (!seen.ok) return seen;
  state.me = user;
  state.users = new Map(seen.users.map((each) => [each.id, each]));
  state.groups = new Map(seen.usergroups.map((each) => [each.id, each]));
  state.bots = new Set(seen.apps.map((app) => app.bot_user_id));
  state.channels = new Map(seen.channels.map((each) => [each.id, channelOf(each)]));
  state.ephemerals = seen.ephemerals;
  state.views = seen.views;
  state.notifications = seen.notifications;
  state.violations = seen.violations;
  state.reads[user] ??= {};
  stop = follow(user, seen.seq, hear, (lost) => {
    state.lost = lost;
    changed();
  });
  changed();
  return seen;
}

const channelOf = (wire) => ({ ...wire, messages: new Map(wire.messages.map((one) => [one.ts, one])) });

const HEARD = {
  message_posted: (said) => put(said),
  message_changed: (said) => put(said),
  message_deleted: (said) => channel(said)?.messages.delete(said.deleted_ts),
  ephemeral_posted: (said) => state.ephemerals.push({ channel: said.channel, message: said.message }),
  ephemeral_changed: (said) => whisper(said.message.ts, (one) => ({ ...one, message: said.message })),
  ephemeral_deleted: (said) => whisper(said.ts, () => null),
  notification: (said) => said.delivered && state.notifications.push(said),
  violation: (said) => state.violations.push(said),
  view_opened: (said) => state.views.push(said.view),
  view_updated: (said) => (state.views = state.views.map((one) => (one.id === said.view.id ? said.view : one))),
  view_closed: (said) => (state.views = state.views.filter((one) => one.id !== said.view_id)),
  view_refused: () => {},
};

function hear(said) {
  const known = HEARD[said.kind];
  if (known) known(said);
  else refresh();
  changed();
}

const channel = (said) => state.channels.get(said.channel);

function put(said) {
  const where = channel(said);
  if (where) where.messages.set(said.message.ts, said.message);
  else refresh();
}

function whisper(ts, change) {
  state.ephemerals = state.ephemerals.map((one) => (one.message.ts === ts ? change(one) : one)).filter(Boolean);
}

let refreshing = null;
/** Look at everything anew, for what happens too seldom to be followed step by step: new channels, members, pins. */
function refresh() {
  refreshing ??= setTimeout(async () => {
    refreshing = null;
    const seen = await look("snapshot", { user: state.me });
    if (!seen.ok || seen.me !== state.me) return;
    state.channels = new Map(seen.channels.map((each) => [each.id, channelOf(each)]));
    Object.assign(state, { ephemerals: seen.ephemerals, views: seen.views, notifications: seen.notifications });
    changed();
  }, 60);
}

// --- questions

export const name = (id) => state.users.get(id)?.name ?? state.groups.get(id)?.handle ?? id;
export const called = (id) => state.users.get(id)?.real_name || name(id);
export const isBot = (id) => state.users.get(id)?.is_bot || state.bots.has(id);
export const open = () => state.channels.get(state.ui.channel);
export const inRoot = (message) => !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";

const byTs = (a, b) => Number(a.ts) - Number(b.ts);

/** What stands in a channel, or in one thread with its head, whispers included, oldest first. */
export function shown(where, thread = null) {
  const fits = (message) =>
    thread ? message.ts === thread || message.thread_ts === thread : inRoot(message);
  const whispers = state.ephemerals
    .filter((one) => one.channel === where.id)
    .map((one) => ({ ...one.message, ephemeral: true }))
    .filter((one) => (thread ? one.thread_ts === thread : !one.thread_ts));
  return [...[...where.messages.values()].filter(fits), ...whispers].sort(byTs);
}

export function repliesTo(where, ts) {
  return [...where.messages.values()].filter((one) => one.thread_ts === ts && one.ts !== ts).sort(byTs);
}

export const readUntil = (id) => state.reads[state.me]?.[id] ?? opened;

export function unread(where) {
  const since = readUntil(where.id);
  const fresh = [...where.messages.values()].some(
    (one) => Number(one.ts) > since && one.user !== state.me && one.subtype !== "channel_join" && inRoot(one),
  );
  const calls = state.notifications.filter((one) => one.channel === where.id && Number(one.ts) > since).length;
  return { fresh, calls };
}

export function markRead(id) {
  const where = state.channels.get(id);
  if (!where || document.hidden) return;
  const newest = Math.max(readUntil(id), ...[...where.messages.values()].map((one) => Number(one.ts)));
  state.reads[state.me][id] = newest;
}

export async function join(id) {
  return act("join", { user: state.me, channel: id });
}
