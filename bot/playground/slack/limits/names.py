"""What a channel may be called, in Slack's own words for each refusal."""

import re

MOST = 80
ALLOWED = re.compile(r"[a-z0-9_-]+")
PUNCTUATION = re.compile(r"[_-]+")


def why_bad_name(name: str) -> str | None:
    if not name:
        return "invalid_name_required"
    if len(name) > MOST:
        return "invalid_name_maxlength"
    if PUNCTUATION.fullmatch(name):
        return "invalid_name_punctuation"
    if not ALLOWED.fullmatch(name):
        return "invalid_name_specials"
    return None
