// The few emoji names that occur in operations chat; a name not known here stays as it was written.

const KNOWN = {
  white_check_mark: "✅", heavy_check_mark: "✔️", x: "❌", warning: "⚠️", eyes: "👀", fire: "🔥", rotating_light: "🚨",
  bell: "🔔", hourglass: "⌛", rocket: "🚀", thumbsup: "👍", "+1": "👍", thumbsdown: "👎", "-1": "👎", tada: "🎉", wave: "👋",
  pray: "🙏", memo: "📝", mag: "🔍", lock: "🔒", robot_face: "🤖", moon: "🌙", bulb: "💡", red_circle: "🔴", large_green_circle: "🟢",
  large_yellow_circle: "🟡", pushpin: "📌", raised_hands: "🙌", heart: "❤️", thinking_face: "🤔", gear: "⚙️", wrench: "🔧",
};

export const emoji = (text) => text.replace(/:([a-z0-9_+-]+):/g, (all, name) => KNOWN[name] ?? all);
export const OFFERED = ["eyes", "+1", "white_check_mark", "pray"];
