// Interactive elements: buttons, menus, pickers and inputs. Native controls wherever there is one: they work with a
// keyboard, a screen reader and a thumb.

import { placeOf, use } from "./acting.js";
import { h } from "./dom.js";
import { people, readers } from "./inputs.js";
import { state } from "./store.js";
import { text } from "./texts.js";

/** An element in a message, or one of a view that acts at once. */
export function element(one, block, where) {
  if (!one) return null;
  if (one.type === "button" || one.type === "icon_button") return button(one, block, where);
  if (one.type === "overflow") return overflow(one, block, where);
  if (one.type === "feedback_buttons") return [one.positive_button, one.negative_button].map((each) => button({ ...one, type: "button", text: each.text, value: each.value, action_id: one.action_id }, block, where));
  const control = readers[one.type]?.(one, one.placeholder?.text ?? "Choose");
  if (!control) return h("span", { class: "b-unknown" }, `(${one.type})`);
  control.node.setAttribute("aria-label", one.placeholder?.text ?? "Choose");
  control.node.dataset.focus = placeOf(where, one.action_id, block.block_id);
  control.node.addEventListener("change", () => use(where, block, one, control.read()));
  control.node.dataset.block = block.block_id;
  (where.controls ??= []).push({ block: block.block_id, read: control.read });
  return control.node;
}

function button(one, block, where) {
  const place = placeOf(where, one.action_id, block.block_id);
  const now = state.pressed.get(place);
  const label = one.accessibility_label ?? null;
  return h(
    "button",
    {
      type: "button",
      class: `button ${one.style ?? ""} ${now ?? ""}`,
      "aria-label": label,
      "aria-busy": now === "going" ? "true" : null,
      "data-action": one.action_id,
      "data-focus": place,
      onclick: () => use(where, block, one),
    },
    text(one.text),
    one.url && h("span", { class: "sr" }, " (opens a new window)"),
    now === "failed" && h("span", { class: "failed-mark", role: "img", "aria-label": "This did not get through" }, "!"),
  );
}

function overflow(one, block, where) {
  const items = one.options.map((option) =>
    h("button", { type: "button", class: "menu-item", role: "menuitem", onclick: () => choose(option) }, text(option.text)),
  );
  const list = h("div", { class: "menu", role: "menu", hidden: true, onkeydown: move }, items);
  const opener = h(
    "button",
    { type: "button", class: "button more", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": "More actions", "data-focus": placeOf(where, one.action_id, block.block_id), onclick: () => show(list.hidden) },
    "⋯",
  );
  const holder = h("span", { class: "overflow", onfocusout: (event) => holder.contains(event.relatedTarget) || show(false) }, opener, list);
  function show(yes) {
    list.hidden = !yes;
    opener.setAttribute("aria-expanded", String(yes));
    if (yes) items[0]?.focus();
  }
  function choose(option) {
    show(false);
    opener.focus();
    if (option.url) window.open(option.url, "_blank", "noopener,noreferrer");
    use(where, block, one, option.value);
  }
  function move(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      items[(items.indexOf(document.activeElement) + step + items.length) % items.length].focus();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      show(false);
      opener.focus();
    }
  }
  return holder;
}

let number = 0;
/** An input block of a view: label, control, hint and the place of its error. */
export function field(block, where) {
  const id = `in-${++number}`;
  const control = (readers[block.element.type] ?? readers.plain_text_input)(block.element, block.element.placeholder?.text);
  const error = h("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const hint = block.hint && h("p", { class: "field-hint", id: `${id}-hint` }, text(block.hint));
  control.node.id ||= id;
  control.node.dataset.focus = `${where.view ?? where.ts} ${block.block_id}`;
  control.node.dataset.block = block.block_id;
  control.node.setAttribute("aria-describedby", `${id}-error ${id}-hint`);
  if (!block.optional) control.node.setAttribute("aria-required", "true");
  if (block.dispatch_action) control.node.addEventListener("change", () => use(where, block, block.element, control.read()));
  (where.controls ??= []).push({ block: block.block_id, read: control.read, write: control.write, node: control.node, error });
  const group = control.node.getAttribute("role");
  const label = h(group ? "p" : "label", { class: "field-label", id: `${id}-label`, for: group ? null : control.node.id }, text(block.label), block.optional && h("span", { class: "optional" }, " (optional)"));
  if (group) control.node.setAttribute("aria-labelledby", `${id}-label`);
  return h("div", { class: "field" }, label, control.node, hint, error);
}

export { people };
