// Using an element: the confirm dialog first, then the act; what is under way and what went wrong is shown beside it.

import { act } from "./api.js";
import { confirmed } from "./confirm.js";
import { toast } from "./dom.js";
import { changed, state } from "./store.js";

const SLOW = "Midwatch did not answer in time. Try again.";

/** `where`: {kind: "message", channel, ts} or {kind: "view", view, values()}. */
export const placeOf = (where, action_id, block_id) => `${where.ts ?? where.view} ${block_id} ${action_id}`;

export async function use(where, block, element, value) {
  if (element.url) window.open(element.url, "_blank", "noopener,noreferrer");
  if (element.confirm && !(await confirmed(element.confirm))) return;
  const place = placeOf(where, element.action_id, block.block_id);
  if (state.pressed.get(place) === "going") return;
  state.pressed.set(place, "going");
  changed();
  const answer = await send(where, block, element, value);
  if (answer.ok) state.pressed.delete(place);
  else state.pressed.set(place, "failed");
  if (!answer.ok) toast(plainly(answer), "bad");
  changed();
}

function send(where, block, element, value) {
  const common = { user: state.me, action_id: element.action_id, block_id: block.block_id, confirm: Boolean(element.confirm) };
  const given = value === undefined ? {} : { value };
  if (where.kind === "message") return act("click", { ...common, ...given, channel: where.channel, message_ts: where.ts });
  return act("view_click", { ...common, ...given, view_id: where.view, values: where.values() });
}

export function plainly(answer) {
  const known = { operation_timeout: SLOW, dispatch_failed: "Midwatch is not connected just now. Try again." };
  if (answer.error === "not_in_channel") return "You are not in this channel: join it first.";
  return known[answer.error] ?? answer.shown ?? `That did not work: ${answer.error}`;
}
