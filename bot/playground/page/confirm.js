// The small dialog that stands before an act. Escape and Cancel mean no.

import { h } from "./dom.js";
import { text } from "./texts.js";

let number = 0;

/** True when the person says yes. */
export function confirmed(confirm) {
  return new Promise((settle) => {
    const title = `confirm-${++number}`;
    const close = (yes) => {
      dialog.close();
      dialog.remove();
      settle(yes);
    };
    const danger = confirm.style === "danger" ? "danger" : "primary";
    const dialog = h(
      "dialog",
      { class: "dialog small", "aria-labelledby": title, oncancel: (event) => (event.preventDefault(), close(false)) },
      h("h2", { id: title }, text(confirm.title)),
      h("div", { class: "dialog-body" }, text(confirm.text)),
      h(
        "div",
        { class: "dialog-feet" },
        h("button", { type: "button", class: "button", onclick: () => close(false) }, text(confirm.deny)),
        h("button", { type: "button", class: `button ${danger}`, autofocus: true, onclick: () => close(true) }, text(confirm.confirm)),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
