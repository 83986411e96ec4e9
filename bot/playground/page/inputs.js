// The controls of menus, pickers and inputs, by Slack's type: a node, how to read it, how to put a value back.

import { h } from "./dom.js";
import { isBot, state } from "./store.js";

const plain = (object) => object?.text ?? "";

export const people = () => [...state.users.values()].filter((one) => !isBot(one.id) && !one.deleted);
const personOption = (one) => ({ value: one.id, text: { text: one.real_name || one.name } });
const channelOption = (one) => ({ value: one.id, text: { text: `#${one.name}` } });

/** A select of options, of people or of channels; the first line asks for a choice. */
function select(options, groups, chosen, asks, many = false) {
  const line = (option) => h("option", { value: option.value, selected: chosen.includes(option.value) }, plain(option.text));
  const node = h(
    "select",
    { class: "control", multiple: many },
    !many && h("option", { value: "", selected: chosen.length === 0, disabled: true, hidden: true }, asks || "Choose"),
    (options ?? []).map(line),
    (groups ?? []).map((group) => h("optgroup", { label: plain(group.label) }, group.options.map(line))),
  );
  const read = () => (many ? [...node.selectedOptions].map((one) => one.value) : node.value || null);
  const write = (value) => [...node.options].forEach((one) => (one.selected = [].concat(value ?? "").includes(one.value)));
  return { node, read, write };
}

const text = (kind) => (one, asks) => {
  const tag = one.multiline ? "textarea" : "input";
  const limits = { minlength: one.min_length, maxlength: one.max_length, min: one.min_value, max: one.max_value };
  const step = kind === "number" ? (one.is_decimal_allowed ? "any" : 1) : null;
  const type = tag === "input" ? kind : null;
  const node = h(tag, { class: "control", type, step, rows: one.multiline ? 4 : null, placeholder: asks, ...limits, autocomplete: "off" });
  node.value = one.initial_value ?? "";
  return { node, read: () => node.value || null, write: (value) => (node.value = value ?? "") };
};

const picker = (kind, initial, toSlack = (value) => value || null) => (one) => {
  const node = h("input", { class: "control", type: kind });
  const began = one[initial];
  node.value = kind === "datetime-local" && began ? new Date((began - new Date().getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16) : began ?? "";
  return { node, read: () => toSlack(node.value), write: (value) => (node.value = value ?? "") };
};

let number = 0;
const boxes = (kind, initial) => (one) => {
  const called = `choice-${++number}`;
  const first = [].concat(one[initial] ?? []).map((option) => option.value);
  const inputs = one.options.map((option) => h("input", { type: kind, name: called, value: option.value, checked: first.includes(option.value) }));
  const node = h(
    "div",
    { class: "choices", role: kind === "radio" ? "radiogroup" : "group" },
    one.options.map((option, at) => h("label", { class: "choice" }, inputs[at], h("span", {}, plain(option.text)))),
  );
  const chosen = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const read = () => (kind === "radio" ? chosen()[0] ?? null : chosen());
  const write = (value) => inputs.forEach((input) => (input.checked = [].concat(value ?? []).includes(input.value)));
  return { node, read, write };
};

const values = (options) => [].concat(options ?? []).map((one) => one.value ?? one);
const static_ = (many) => (one, asks) => select(one.options, one.option_groups, values(many ? one.initial_options : one.initial_option), asks, many);
const users = (many) => (one, asks) => select(people().map(personOption), [], values(many ? one.initial_users : one.initial_user), asks, many);
const channels = (many) => (one, asks) =>
  select([...state.channels.values()].map(channelOption), [], values(one.initial_channel ?? one.initial_conversation ?? one.initial_channels ?? one.initial_conversations), asks, many);

export const readers = {
  plain_text_input: text("text"),
  email_text_input: text("email"),
  url_text_input: text("url"),
  number_input: text("number"),
  static_select: static_(false),
  external_select: static_(false),
  multi_static_select: static_(true),
  multi_external_select: static_(true),
  users_select: users(false),
  multi_users_select: users(true),
  channels_select: channels(false),
  conversations_select: channels(false),
  multi_channels_select: channels(true),
  multi_conversations_select: channels(true),
  datepicker: picker("date", "initial_date"),
  timepicker: picker("time", "initial_time"),
  datetimepicker: picker("datetime-local", "initial_date_time", (value) => (value ? Math.floor(new Date(value).getTime() / 1000) : null)),
  radio_buttons: boxes("radio", "initial_option"),
  checkboxes: boxes("checkbox", "initial_options"),
};
