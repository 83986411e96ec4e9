// Block Kit as DOM: each kind of block, on messages, in modals and on the Home tab alike.
// `where` says what a press inside belongs to; see acting.js.

import { h } from "./dom.js";
import { element, field } from "./elements.js";
import { image } from "./files.js";
import { mrkdwn } from "./mrkdwn.js";
import { rich } from "./richtext.js";
import { text } from "./texts.js";

export function blocks(list, where) {
  return (list ?? []).map((block) => (DRAW[block.type] ?? unknown)(block, where));
}

const DRAW = {
  header: (block) => h("h2", { class: "b-header" }, text(block.text)),
  divider: () => h("hr", { class: "b-divider" }),
  section,
  context: (block) => h("div", { class: "b-context" }, block.elements.map(small)),
  actions: (block, where) =>
    h("div", { class: "b-actions" }, block.elements.map((one) => element(one, block, where))),
  context_actions: (block, where) =>
    h("div", { class: "b-actions" }, block.elements.map((one) => element(one, block, where))),
  image: (block) => image(block),
  rich_text: (block) => h("div", { class: "b-rich" }, rich(block.elements)),
  markdown: (block) => h("div", { class: "b-section" }, mrkdwn(block.text)),
  input: field,
  table,
  alert: (block) => h("p", { class: `b-alert ${block.level ?? "default"}`, role: "note" }, text(block.text)),
};

function section(block, where) {
  const fields = (block.fields ?? []).map((one) => h("div", { class: "b-field" }, text(one)));
  const accessory = block.accessory?.type === "image" ? image(block.accessory) : element(block.accessory, block, where);
  return h(
    "div",
    { class: "b-section" },
    h(
      "div",
      { class: "b-words" },
      block.text && h("div", {}, text(block.text)),
      fields.length > 0 && h("div", { class: "b-fields" }, fields),
    ),
    accessory && h("div", { class: "b-accessory" }, accessory),
  );
}

function small(one) {
  return one.type === "image" ? image(one, "tiny") : h("span", {}, text(one));
}

function table(block) {
  const [head, ...rows] = block.rows;
  const cell = (tag) => (one) => h(tag, { scope: tag === "th" ? "col" : null }, one.type === "rich_text" ? rich(one.elements) : String(one.text ?? one.value ?? ""));
  return h(
    "div",
    { class: "b-table", tabindex: 0 },
    h("table", {}, h("thead", {}, h("tr", {}, head.map(cell("th")))), h("tbody", {}, rows.map((row) => h("tr", {}, row.map(cell("td")))))),
  );
}

const unknown = (block) => h("p", { class: "b-unknown" }, `(a block of type ${block.type}, which this page does not draw)`);
