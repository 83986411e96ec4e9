// Who you are: responder, approver or visitor. Changing it changes what is seen.

import { avatar } from "./avatars.js";
import { fill, h, say } from "./dom.js";
import { go } from "./navigation.js";
import { become, called, changed, state } from "./store.js";

let drawn = "";

export function drawPeople(holder) {
  const sign = JSON.stringify([state.me, state.users.size]);
  if (sign === drawn) return;
  drawn = sign;
  fill(holder, state.config.people.map(choice));
}

function choice(person) {
  const mine = person.user === state.me;
  return h(
    "button",
    {
      type: "button",
      role: "radio",
      class: "person",
      "aria-checked": String(mine),
      tabindex: mine ? 0 : -1,
      title: `${called(person.user)}: ${person.about}`,
      "data-focus": `person ${person.user}`,
      onclick: () => choose(person),
      onkeydown: arrows,
    },
    avatar(person.user, "small"),
    h("span", { class: "person-name" }, called(person.user)),
    h("span", { class: "person-role" }, person.role),
  );
}

export async function choose(person) {
  const place = { ...state.ui };
  await become(person.user);
  go(state.channels.has(place.channel) ? place.channel : state.config.home);
  Object.assign(state.ui, { side: place.side, thread: place.thread });
  say(`You are ${called(person.user)}, ${person.role}: ${person.about}`);
  changed();
}

function arrows(event) {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step) return;
  event.preventDefault();
  const people = state.config.people;
  const at = people.findIndex((one) => one.user === state.me);
  const next = people[(at + step + people.length) % people.length];
  choose(next).then(() => setTimeout(() => document.querySelector(`[data-focus="person ${next.user}"]`)?.focus(), 40));
}
