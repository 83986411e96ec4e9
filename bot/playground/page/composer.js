// Where one writes: messages, and commands with their completion from the app's manifest.

import { plainly } from "./acting.js";
import { act } from "./api.js";
import { h, toast } from "./dom.js";
import { suggestions } from "./completing.js";
import { state } from "./store.js";

let number = 0;
const drafts = new Map(); // what was begun and not sent, by channel, thread and person

/** The box for a channel, or for one thread of it. */
export function composer(channel, thread) {
  const id = thread ? `thread-box-${++number}` : "composer-box";
  const list = h("ul", { class: "suggestions", id: `${id}-list`, role: "listbox", "aria-label": "Suggestions", hidden: true });
  const what = thread ? "Reply in thread" : `Message #${channel.name}`;
  const box = h("textarea", {
    id,
    rows: 1,
    placeholder: thread ? "Reply…" : "Message, or / for a command",
    "aria-label": what,
    "aria-autocomplete": "list",
    "aria-haspopup": "listbox",
    "aria-controls": `${id}-list`,
    "data-focus": `composer ${thread ?? ""}`,
    oninput: () => (drafts.set(mine, box.value), grow(), suggest()),
    onkeydown: keys,
    onblur: () => setTimeout(() => hide(), 150),
  });
  const button = h("button", { type: "button", class: "send", "aria-label": "Send", onclick: send }, "➤");
  const mine = [state.me, channel.id, thread ?? ""].join("/");
  let offered = [];
  let at = -1;
  box.value = drafts.get(mine) ?? "";

  function grow() {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight, 180)}px`;
  }

  function suggest() {
    offered = suggestions(box.value.slice(0, box.selectionStart), Boolean(thread));
    at = offered.length ? 0 : -1;
    show();
  }

  function show() {
    list.replaceChildren(
      ...offered.map((one, index) =>
        h(
          "li",
          { id: `${id}-${index}`, role: "option", "aria-selected": String(index === at), onpointerdown: (event) => (event.preventDefault(), take(index)) },
          h("strong", {}, one.shown),
          one.about && h("span", {}, one.about),
        ),
      ),
    );
    list.hidden = !offered.length;
    if (at >= 0) box.setAttribute("aria-activedescendant", `${id}-${at}`);
    else box.removeAttribute("aria-activedescendant");
  }

  function hide() {
    offered = [];
    at = -1;
    show();
  }

  function take(index) {
    const rest = box.value.slice(box.selectionStart);
    box.value = offered[index].text + rest;
    box.setSelectionRange(offered[index].text.length, offered[index].text.length);
    hide();
    if (offered_again()) suggest();
    grow();
    box.focus();
  }

  const offered_again = () => box.value.startsWith("/") && box.value.endsWith(" ");

  function keys(event) {
    if (event.isComposing) return;
    const open = offered.length > 0;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (open && step) {
      event.preventDefault();
      at = (at + step + offered.length) % offered.length;
      show();
    } else if (open && (event.key === "Tab" || (event.key === "Enter" && offered[at].text.trim() !== box.value.trim()))) {
      event.preventDefault();
      take(at);
    } else if (open && event.key === "Escape") {
      event.stopPropagation();
      hide();
    } else if (event.key === "Escape" && box.value) {
      event.stopPropagation(); // it would close the thread over what was begun
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      send();
    }
  }

  async function send() {
    const text = box.value.trim();
    if (!text) return;
    hide();
    const said = { user: state.me, channel: channel.id, text, thread_ts: thread };
    box.value = "";
    drafts.delete(mine);
    grow();
    const answer = await act(text.startsWith("/") ? "command" : "message", said);
    if (!answer.ok) {
      toast(plainly(answer), "bad");
      if (!box.value) box.value = text;
    }
  }

  return h("div", { class: "compose" }, list, box, button);
}
