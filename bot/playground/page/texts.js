// Slack's text objects as nodes of the page.

import { emoji } from "./emoji.js";
import { mrkdwn } from "./mrkdwn.js";

/** A text object, or several lines of mrkdwn. */
export function text(object) {
  if (!object) return [];
  return object.type === "mrkdwn" ? mrkdwn(object.text) : [emoji(object.text ?? "")];
}
