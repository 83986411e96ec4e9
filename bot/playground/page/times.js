// Times as people read them, in the browser's own time zone.

const day = (when) => new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const clockSeconds = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const short = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const long = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const numeric = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

const pretty = (format) => (when) =>
  ({ 0: "today", 1: "yesterday", "-1": "tomorrow" })[Math.round((day(new Date()) - day(when)) / 86400000)] ??
  format.format(when);

const TOKENS = {
  date_num: (when) => numeric.format(when),
  date: (when) => short.format(when),
  date_short: (when) => short.format(when),
  date_long: (when) => long.format(when),
  date_pretty: pretty(short),
  date_short_pretty: pretty(short),
  date_long_pretty: pretty(long),
  time: (when) => clock.format(when),
  time_secs: (when) => clockSeconds.format(when),
  ago: (when) => `${Math.max(0, Math.round((Date.now() - when) / 60000))} min ago`,
};

/** Slack's date format: words with `{tokens}`. */
export const dated = (when, format) => format.replace(/\{(\w+)\}/g, (all, token) => TOKENS[token]?.(when) ?? all);

export const ofTs = (ts) => new Date(Number(ts) * 1000);
export const timeOf = (ts) => clock.format(ofTs(ts));
export const fullOf = (ts) => `${long.format(ofTs(ts))}, ${clockSeconds.format(ofTs(ts))}`;
