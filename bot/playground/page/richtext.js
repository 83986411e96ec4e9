// rich_text blocks: sections, lists, quotes and preformatted text of styled runs.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { link } from "./mrkdwn.js";
import { name, state } from "./store.js";
import { dated } from "./times.js";

const STYLES = { bold: "strong", italic: "em", strike: "s", code: "code" };
const WEB = /^(https?:\/\/|mailto:)/i;

export const rich = (elements) => (elements ?? []).map((one) => (PARTS[one.type] ?? (() => ""))(one));

const runs = (part) => (part.elements ?? []).map(run);

const PARTS = {
  rich_text_section: (part) => h("div", { class: "r-section" }, runs(part)),
  rich_text_quote: (part) => h("blockquote", {}, runs(part)),
  rich_text_preformatted: (part) => h("pre", { class: "code-block", tabindex: 0 }, runs(part)),
  rich_text_list: (part) =>
    h(part.style === "ordered" ? "ol" : "ul", { class: "r-list" }, (part.elements ?? []).map((one) => h("li", {}, runs(one)))),
};

function run(one) {
  let node = (RUNS[one.type] ?? (() => document.createTextNode("")))(one);
  for (const [style, tag] of Object.entries(STYLES)) if (one.style?.[style]) node = h(tag, {}, node);
  return node;
}

const RUNS = {
  text: (one) => document.createTextNode(one.text ?? ""),
  link: (one) => (WEB.test(one.url) ? link(one.url, one.text || one.url) : document.createTextNode(one.text ?? "")),
  user: (one) => h("span", { class: one.user_id === state.me ? "mention mine" : "mention" }, `@${name(one.user_id)}`),
  usergroup: (one) => h("span", { class: "mention" }, `@${name(one.usergroup_id)}`),
  channel: (one) => h("a", { class: "mention", href: `#${one.channel_id}`, "data-channel": one.channel_id }, `#${state.channels.get(one.channel_id)?.name ?? one.channel_id}`),
  emoji: (one) => document.createTextNode(emoji(`:${one.name}:`)),
  broadcast: (one) => h("span", { class: "mention mine" }, `@${one.range}`),
  date: (one) => h("time", {}, dated(new Date(one.timestamp * 1000), one.format ?? "{date_short} {time}")),
  color: (one) => document.createTextNode(one.value ?? ""),
};
