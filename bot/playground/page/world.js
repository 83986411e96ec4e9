// The world's panel: services with what they suffer, a way to break, mend and hurry them, and Slack's rules.

import { world } from "./api.js";
import { chart } from "./chart.js";
import { byId, fill, h, keyed, say, toast } from "./dom.js";
import { guide } from "./guide.js";
import { drawSpeed } from "./speed.js";
import { changed, state } from "./store.js";

const LOOK_MS = 1000;
const CHART_MS = 4000;
const SICK = 0.02;

const begun = new Map(); // when somebody pressed Break, by fault: its pods take a while to come
const COMING_MS = 20000;
const seen = { now: null, charts: null, verdict: null, error: "" };
export const services = () => Object.keys(seen.now?.services ?? {});
export const worldNow = () => seen.now;
const visible = () => !document.hidden && !byId("stage").classList.contains("without-world");

export function startWorld() {
  const panel = byId("world");
  if (!state.config.has_world) {
    panel.hidden = true;
    byId("world-switch").hidden = true;
    return;
  }
  fill(
    panel,
    h("section", { class: "panel guide", id: "guide", "aria-label": "What to do" }),
    h("section", { class: "panel", "aria-labelledby": "world-title" }, h("h2", { id: "world-title" }, "The world"), h("div", { id: "faults" }), h("div", { class: "speed", id: "speed" }), h("ul", { class: "services", id: "services" })),
    h("section", { class: "panel", "aria-labelledby": "rules-title" }, h("h2", { id: "rules-title" }, "Slack’s rules"), h("div", { id: "rules" })),
  );
  every(LOOK_MS, "state", (answer) => (seen.now = answer));
  every(CHART_MS, "charts", (answer) => (seen.charts = answer));
}

async function every(pause, what, keep) {
  if (visible() || !seen.now) {
    const asked = Date.now();
    const answer = await world(what);
    seen.error = answer.error ? String(answer.error) : "";
    if (!answer.error) keep({ ...answer, asked });
    changed();
  }
  setTimeout(() => every(pause, what, keep), pause);
}

export function drawWorld() {
  if (!byId("services")) return;
  guide(byId("guide"), seen.now);
  drawFaults();
  drawSpeed(byId("speed"), seen.now);
  drawServices();
  drawRules();
}

let faultsDrawn = "";
function drawFaults() {
  const faults = seen.now?.faults ?? [];
  const sign = JSON.stringify([seen.error, faults.map((one) => [one.name, one.bites, coming(one), one.breakable, one.pods.length])]);
  if (sign === faultsDrawn) return;
  faultsDrawn = sign;
  fill(byId("faults"), seen.error && h("p", { class: "trouble" }, seen.error), faults.map(fault));
}

const coming = (one) => Date.now() - (begun.get(one.name) ?? 0) < COMING_MS;

function fault(one) {
  const how = one.by_rollout[0] ? `by rolling out “${one.by_rollout[0]}”` : `fault “${one.name}”`;
  const act = (what) => async () => {
    if (what === "break") begun.set(one.name, Date.now());
    const answer = await world(what, { name: one.name });
    if (answer.error) toast(answer.error, "bad");
    else say(what === "break" ? `${one.service} is being broken` : `${one.name} was taken away`);
  };
  return h(
    "div",
    { class: one.bites ? "fault bites" : "fault" },
    h("p", {}, h("strong", {}, one.service), " ", one.bites ? `is broken: ${one.name.replaceAll("-", " ")}${one.pods.length ? `, ${one.pods.length} pods` : ""}` : coming(one) ? "is being broken …" : how),
    one.bites
      ? h("button", { type: "button", class: "button quiet", "data-focus": `mend ${one.name}`, title: "Takes the fault away by a miracle; nothing is rolled back", onclick: act("mend") }, "Mend by Miracle")
      : h("button", { type: "button", class: "button danger", disabled: !one.breakable, "data-focus": `break ${one.name}`, "data-break": one.name, onclick: act("break") }, one.breakable ? "Break It" : "Over"),
  );
}

function drawServices() {
  const list = Object.entries(seen.now?.services ?? {});
  keyed(
    byId("services"),
    list.map(([name, service]) => {
      const curves = seen.charts?.services?.[name];
      return { key: name, sign: JSON.stringify([service, curves?.error_ratio, curves?.rps, curves?.p99_ms]), draw: () => row(name, service, curves) };
    }),
  );
}

function row(name, service, curves) {
  const ready = service.pods.filter((pod) => pod.ready).length;
  const sick = service.error_ratio > SICK || ready < service.pods.length;
  const p99 = curves?.p99_ms?.findLast((value) => value !== null);
  const version = service.image.split(":").at(-1);
  return h(
    "li",
    { class: `service ${service.broken.length ? "broken" : sick ? "sick" : ""}` },
    h(
      "details",
      { "data-key": name },
      h(
        "summary",
        {},
        h("span", { class: "service-name" }, name, h("span", { class: "version" }, version)),
        h("span", { class: "service-state" }, service.broken.length ? "broken" : sick ? "suffering" : "well"),
        h("span", { class: "figure" }, percent(service.error_ratio), h("small", {}, "errors")),
        chart(curves?.error_ratio, { label: `Error ratio of ${name}, last 10 minutes`, most: 0.3, kind: sick ? "bad" : "good" }),
      ),
      h("p", { class: "figures" }, figure("requests", `${service.rps.toFixed(0)}/s`), figure("p99", p99 === undefined ? "—" : `${Math.round(p99)} ms`), figure("ready", `${ready} of ${service.pods.length}`)),
      h("p", { class: "pods", role: "img", "aria-label": `${ready} of ${service.pods.length} pods ready` }, service.pods.map((pod) => h("span", { class: pod.ready ? "pod ready" : "pod", title: `${pod.name}, revision ${pod.revision}, ${pod.ready ? "ready" : "not ready"}` }))),
      h("div", { class: "big-charts" }, big("Requests a second", curves?.rps, "plain"), big("Errors, %", curves?.error_ratio?.map((v) => (v === null ? null : v * 100)), sick ? "bad" : "good", 5), big("p99, ms", curves?.p99_ms, "plain")),
    ),
  );
}

const big = (title, values, kind, most = 0) =>
  h("figure", {}, h("figcaption", {}, title), chart(values, { label: title, kind, most, tall: true }));
const figure = (name, value) => h("span", {}, h("small", {}, name), " ", h("b", {}, value));
const percent = (ratio) => (ratio < 0.0995 ? `${(ratio * 100).toFixed(1)} %` : `${Math.round(ratio * 100)} %`);

let rulesDrawn = -1;
function drawRules() {
  if (rulesDrawn === state.violations.length) return;
  rulesDrawn = state.violations.length;
  const list = [...state.violations].reverse().slice(0, 50);
  fill(
    byId("rules"),
    list.length
      ? h("ol", { class: "violations" }, list.map(violation))
      : h("p", { class: "all-well" }, "No limit, scope or deadline of Slack’s was broken."),
  );
}

function violation(one) {
  const { rule, at, kind, seq, app_id, ...rest } = one;
  const said = Object.entries(rest).map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return h("li", {}, h("time", {}, new Date(at * 1000).toLocaleTimeString("en-GB")), " ", h("strong", {}, rule.replaceAll("_", " ")), said.length > 0 && h("span", {}, said.join(", ").slice(0, 300)));
}
