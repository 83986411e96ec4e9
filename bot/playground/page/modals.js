// The modal on top of this person's stack: its blocks, what is filled in, submitting, refusals by field, closing.

import { act } from "./api.js";
import { plainly } from "./acting.js";
import { blocks } from "./blocks.js";
import { h, say, toast } from "./dom.js";
import { changed, state } from "./store.js";
import { text } from "./texts.js";

let dialog = null;
let shownView = null;

export function drawModal() {
  const view = state.views.at(-1) ?? null;
  if (view?.hash === shownView?.hash && view?.id === shownView?.id) return;
  const kept = view && shownView?.id === view.id ? dialog.where.values() : {};
  const before = dialog?.before ?? document.activeElement;
  dialog?.close();
  dialog?.remove();
  dialog = null;
  shownView = view;
  if (view) show(view, kept, before);
  else before?.isConnected && before.focus();
}

function show(view, kept, before) {
  const where = { kind: "view", view: view.id, controls: [] };
  where.values = () => Object.fromEntries(where.controls.map((one) => [one.block, one.read()]));
  const body = h("div", { class: "dialog-body" }, blocks(view.blocks, where));
  for (const one of where.controls) if (kept[one.block] !== undefined && kept[one.block] !== null) one.write?.(kept[one.block]);
  const title = h("h2", { id: "modal-title" }, text(view.title));
  const submit = view.submit && h("button", { type: "submit", class: "button primary" }, text(view.submit));
  const form = h(
    "form",
    { novalidate: true, onsubmit: (event) => (event.preventDefault(), send(view, where, submit)) },
    h("header", {}, title, h("button", { type: "button", class: "close", "aria-label": "Close the dialog", onclick: () => close(view, where) }, "×")),
    body,
    h("footer", { class: "dialog-feet" }, h("button", { type: "button", class: "button", onclick: () => close(view, where) }, view.close ? text(view.close) : submit ? "Cancel" : "Close"), submit),
  );
  dialog = h("dialog", { class: "dialog modal", "aria-labelledby": "modal-title", oncancel: (event) => (event.preventDefault(), close(view, where)) }, form);
  dialog.where = where;
  dialog.before = before;
  document.body.append(dialog);
  dialog.showModal();
  (where.controls[0]?.node ?? title).focus?.();
}

async function send(view, where, submit) {
  if (!state.views.some((one) => one.id === view.id)) return; // closed in the same moment
  mark(where, {});
  if (submit) submit.disabled = true;
  const answer = await act("view_submit", { user: state.me, view_id: view.id, values: where.values() });
  if (submit?.isConnected) submit.disabled = false;
  if (answer.ok) return settle(view, answer);
  if (answer.error === "missing_input") return mark(where, Object.fromEntries(answer.blocks.map((block) => [block, "Please fill this in."])));
  if (answer.errors) return mark(where, answer.errors);
  toast(plainly(answer), "bad");
}

/** The stream tells the same; whichever comes first is seen. */
function settle(view, answer) {
  if (!answer.response_action) state.views = state.views.filter((one) => one.id !== view.id);
  changed();
}

function mark(where, errors) {
  for (const one of where.controls.filter((control) => control.error)) {
    const wrong = errors[one.block];
    one.error.hidden = !wrong;
    one.error.textContent = wrong ?? "";
    one.node.setAttribute("aria-invalid", String(Boolean(wrong)));
  }
  const first = where.controls.find((one) => errors[one.block]);
  first?.node?.focus();
  if (first) say(errors[first.block]);
}

async function close(view, where) {
  state.views = state.views.filter((one) => one.id !== view.id);
  changed();
  await act("view_close", { user: state.me, view_id: view.id, values: where.values() });
}
