// Small line charts, drawn as SVG. What a chart says is also there in figures; its label says what it is.

import { svg } from "./dom.js";

const WIDTH = 120;

/** `values`: numbers or null, oldest first; `most`: the top of the scale at least. */
export function chart(values, { label, most = 0, kind = "plain", tall = false }) {
  const height = tall ? 44 : 26;
  const known = (values ?? []).filter((value) => value !== null);
  const top = Math.max(most, ...known, 1e-9) * (tall ? 1.1 : 1);
  const x = (at) => (at / Math.max(1, (values?.length ?? 1) - 1)) * WIDTH;
  const y = (value) => height - 1.5 - (value / top) * (height - 4);
  const now = known.at(-1);
  const said = now === undefined ? `${label}: nothing measured yet` : `${label}: now ${shown(now)}, highest ${shown(Math.max(...known))}`;
  const { line, area } = paths(values ?? [], x, y, height);
  return svg(
    "svg",
    { class: `chart ${kind} ${tall ? "tall" : ""}`, viewBox: `0 0 ${WIDTH} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": said },
    svg("path", { class: "area", d: area }),
    svg("path", { class: "line", d: line }),
  );
}

const shown = (value) => (value >= 10 ? Math.round(value) : Number(value.toPrecision(2)));

/** A line and the area under it; a gap where nothing was measured. */
function paths(values, x, y, height) {
  let line = "";
  let area = "";
  let begun = null;
  values.forEach((value, at) => {
    if (value === null) {
      if (begun !== null) area += `L${x(at - 1).toFixed(1)} ${height}Z`;
      begun = null;
      return;
    }
    const point = `${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    line += `${begun === null ? "M" : "L"}${point}`;
    area += begun === null ? `M${x(at).toFixed(1)} ${height}L${point}` : `L${point}`;
    begun ??= at;
  });
  if (begun !== null) area += `L${x(values.length - 1).toFixed(1)} ${height}Z`;
  return { line, area };
}
