// Slack's mrkdwn as DOM nodes: links, mentions, dates, code, quotes, bold, italic, struck. Everything else is text.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { name, state } from "./store.js";
import { dated } from "./times.js";

const SAFE = /^(https?:\/\/|mailto:)/i;
// the workspace names itself by its own address, which a forwarded port may hide from the browser
const PERMALINK = /^http:\/\/(?:127\.0\.0\.1|localhost)(?::\d+)?\/archives\/(\w+)\/p(\d{10})(\d{6})(?:\?thread_ts=([\d.]+))?/;
const WRAPS = { "*": "strong", _: "em", "~": "s" };

export const unescaped = (text) => text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A whole text: code blocks, quotes and lines. */
export function mrkdwn(text) {
  return String(text ?? "")
    .split("```")
    .flatMap((part, at) => (at % 2 ? [fenced(part)] : lines(part)));
}

const fenced = (part) => h("pre", { class: "code-block", tabindex: 0 }, unescaped(part.replace(/^\n|\n$/g, "")));

function lines(part) {
  const found = [];
  let quote = null;
  for (const line of part.replace(/^\n|\n$/g, "").split("\n")) {
    const quoted = /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (quoted) {
      if (quote) quote.append(h("br"));
      else found.push((quote = h("blockquote")));
      quote.append(...inline(quoted[1]));
      continue;
    }
    if (found.length && !quote) found.push(h("br"));
    quote = null;
    found.push(...inline(line));
  }
  return found;
}

/** One line. */
export function inline(text) {
  const found = [];
  let plain = "";
  const flush = () => {
    if (plain) found.push(emoji(unescaped(plain)));
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const taken = piece(text, at);
    if (!taken) {
      plain += text[at++];
      continue;
    }
    flush();
    found.push(taken.node);
    at = taken.end;
  }
  flush();
  return found;
}

function piece(text, at) {
  const sign = text[at];
  if (sign === "<") return angled(text, at);
  if (sign === "`") return closed(text, at, (inside) => h("code", {}, unescaped(flat(inside))));
  if (WRAPS[sign] && !/\w/.test(text[at - 1] ?? "")) return closed(text, at, (inside) => h(WRAPS[sign], {}, inline(inside)));
  return null;
}

/** What stands between a sign and its next like: not empty, no space at its edges, nothing of a word after it. */
function closed(text, at, make) {
  const end = text.indexOf(text[at], at + 1);
  const inside = text.slice(at + 1, end);
  if (end < 0 || !inside.trim() || (text[at] !== "`" && (inside !== inside.trim() || /\w/.test(text[end + 1] ?? "")))) return null;
  return { node: make(inside), end: end + 1 };
}

const flat = (inside) => inside.replace(/<([^<>|]+)\|([^<>]+)>/g, "$2").replace(/<(https?:[^<>]+)>/g, "$1");

function angled(text, at) {
  const end = text.indexOf(">", at);
  if (end < 0) return null;
  const [target, ...label] = text.slice(at + 1, end).split("|");
  const node = token(target, label.join("|"));
  return node && { node, end: end + 1 };
}

function token(target, label) {
  if (target.startsWith("@")) return mention(`@${name(target.slice(1))}`, target.slice(1) === state.me);
  if (target.startsWith("#")) return channelLink(target.slice(1), label);
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!subteam^")) return mention(`@${name(target.slice(9))}`, false);
  if (target.startsWith("!")) return mention(`@${label || target.slice(1)}`, true);
  return SAFE.test(target) ? link(unescaped(target), unescaped(label || target)) : null;
}

const mention = (text, mine) => h("span", { class: mine ? "mention mine" : "mention" }, text);

function channelLink(id, label) {
  const shown = state.channels.get(id)?.name ?? label ?? id;
  return h("a", { class: "mention", href: `#${id}`, "data-channel": id }, `#${shown}`);
}

/** A link to a message of this workspace opens it here; any other opens a new window that knows nothing of this one. */
export function link(url, text) {
  const inside = PERMALINK.exec(url);
  if (inside) {
    const [, channel, seconds, micros, thread] = inside;
    const place = { "data-channel": channel, "data-ts": `${seconds}.${micros}`, "data-thread": thread };
    return h("a", { href: `#${channel}`, ...place }, text);
  }
  return h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}

function date(target, label) {
  const [, stamp, format, url] = target.split("^");
  const when = new Date(Number(stamp) * 1000);
  const text = Number.isFinite(when.getTime()) && format ? dated(when, format) : label;
  const shown = h("time", { datetime: Number.isFinite(when.getTime()) ? when.toISOString() : null, title: when }, text);
  return url && SAFE.test(url) ? h("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, shown) : shown;
}
