// How fast the world's story passes. The speed is the world's and not this window's: shown is what the world says.

import { world } from "./api.js";
import { fill, h, say, toast } from "./dom.js";
import { changed } from "./store.js";

let drawn = "";
let mine = null; // what was chosen here: it stands until the world has taken it and was asked again after that

export function drawSpeed(holder, now) {
  if (mine?.taken && now.asked > mine.taken) mine = null;
  const speed = mine?.speed ?? now?.speed;
  const sign = JSON.stringify([speed, now?.speeds]);
  if (!speed || sign === drawn) return;
  drawn = sign;
  const hint = speed > 1 && h("p", { class: "hint", id: "speed-hint" }, passing(speed));
  fill(
    holder,
    h("span", { class: "speed-title", id: "speed-title" }, "Time speed"),
    h("div", { class: "segments", role: "radiogroup", "aria-labelledby": "speed-title", "aria-describedby": hint && "speed-hint" }, now.speeds.map((one) => segment(one, one === speed))),
    hint,
  );
}

const passing = (speed) => `The world’s own waits (rollouts, leaks, an alert’s “for”) pass ${speed} times as fast; clocks, traffic and Midwatch’s waits stay real.`;

function segment(speed, checked) {
  const radio = h("input", { type: "radio", name: "speed", value: speed, checked, "data-focus": `speed ${speed}`, onchange: () => choose(speed) });
  return h("label", { class: "segment" }, radio, h("span", {}, `${speed}×`));
}

async function choose(speed) {
  const asked = (mine = { speed, taken: 0 });
  changed();
  const answer = await world("speed", { speed });
  if (answer.error) toast(answer.shown ?? answer.error, "bad");
  else say(speed > 1 ? passing(speed) : "Time passes as it does");
  if (mine !== asked) return; // somebody pressed on meanwhile
  mine = answer.error ? null : { speed: answer.speed, taken: Date.now() };
  changed();
}
