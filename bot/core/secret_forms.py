"""How secrets are named, and the forms in which people and command lines give them. Pure; used by `redact`.

A name is known by its words (`DB_PASS`, `stripe-key`, `dbAuth`); one that only finds data (`routing_key`) is none.
Here are the forms without `=` or `:`, as `--password x`, `curl -u user:x`, "the password is 'x'". What follows a flag
may be prose ("--password is required"), so a few words are left alone. Every pattern is linear: bounded repeats.
"""

import re

HIDDEN = "[redacted]"

_ORDINARY_KEYS = (
    "primary", "foreign", "partition", "routing", "cache", "sort", "idempotency", "public", "lock", "row", "dedup",
    "index", "unique", "object", "group", "order", "topology", "lookup", "shard", "message", "metric", "map", "s3",
    "file", "path", "incident", "duplicate", "invalid", "missing", "composite", "binding", "no", "the", "any",
)  # fmt: skip
WORDS = (
    r"pass[_-]?(?:word|wd|phrase|code)|pwd|secret(?:[_-]?access)?[_-]?key(?:[_-]?id)?|access[_-]?key(?:[_-]?id)?"
    r"|(?:api|private|account|signing|encryption|master|shared|storage|client|service|app|license)[_-]?key"
    r"|shared[_-]?access[_-]?signature|client[_-]?secret|credentials?|secret|token|auth[_-]?cookie|session[_-]?id|api[_-]?auth"
    r"|(?<![A-Za-z])(?:pass|pw|auth|dsn|salt|creds?)|(?<=[a-z])(?-i:Pass|Auth|Dsn|Salt|Creds?)"
    r"|" + "".join(rf"(?<!{word})" for word in _ORDINARY_KEYS) + r"(?<=[A-Za-z0-9])[_-]key"
)
NOTHING_SECRET = re.compile(
    r"(?:true|false|null|nil|none|undefined|empty|yes|no|\*+|x{3,}|\.{3}|<[^>]{0,80}>|\$\{?[\w.:-]{1,80}\}?|\$\([\w.]{1,80}\)?|%\w"
    r"|\{\{.{0,80}|\[.{0,80}|\{\}?|-)",
    re.I,
)

_FLAG_NAME = r"--?(?=[A-Za-z])[\w.-]{0,60}?(?:" + WORDS + r")(?![\w.-])"
_FLAG = re.compile(
    r"(?<![\w-])" + _FLAG_NAME + r"(?:\\?[\"'])?,?[^\S\r\n]{1,3}"
    r"(?:\\?\"(?P<double>[^\"\\\r\n]{1,4096})|'(?P<single>[^'\r\n]{1,4096})"
    r"|(?P<bare>[^\s\"'\\,;)\]}-][^\s\"'\\,;)\]}]{0,4095}))",
    re.I,
)
_ONE_FLAG = re.compile(_FLAG_NAME, re.I)
_USER_FLAG = r"-u|--(?:proxy-)?user"
_USER = re.compile(
    r"(?<![\w-])(?:-u|--(?:proxy-)?user(?=[\s=\"']))(?:\\?[\"'])?[,=]?[^\S\r\n]{0,3}"
    r"(?:\\?[\"'](?P<quoted_user>[^\s:\"'\\]{1,128}):(?P<quoted>[^\"'\\\r\n]{1,512})"
    r"|(?P<bare_user>[^\s:\"'\\=-][^\s:\"'\\]{0,127}):(?P<bare>[^\s\"'\\]{1,512}))"
)
_ONE_USER_FLAG = re.compile(_USER_FLAG)
_QUOTED = re.compile(
    r"(?:(?<![A-Za-z])pass(?:word|wd|phrase|code)?|(?<![A-Za-z])pwd|(?:api|access|secret|signing|private)[ _-]?key"
    r"|identified\s{1,3}by)\s{1,3}(?:(?:is|was|of)\s{1,3})?"
    r"(?:\\?\"(?P<double>[^\"\\\r\n]{1,4096})|'(?P<single>[^'\r\n]{1,4096}))",
    re.I,
)
_PROSE = frozenset(
    ("is", "are", "was", "were", "to", "or", "and", "for", "in", "on", "as", "of", "with", "has", "had", "must", "from",
     "the", "a", "an", "not", "no", "flag", "option", "instead", "cannot", "can", "requires", "require", "required",
     "missing", "needs", "need", "will", "may", "should", "value", "file", "argument")
)  # fmt: skip


def without_given(text: str) -> str:
    """``text`` without the secrets that follow a flag, a user or the word itself."""
    if "-" in text:
        text = _USER.sub(_user, _FLAG.sub(_hidden, text))
    return _QUOTED.sub(_hidden, text)


def after_flag(flag: object, value: str) -> str | None:
    """What to show of an argument in a list where the one before it says that it is a secret, else None."""
    if not isinstance(flag, str) or value.startswith("-") or NOTHING_SECRET.fullmatch(value):
        return None
    if _ONE_FLAG.fullmatch(flag):
        return HIDDEN
    user, colon, secret = value.partition(":")
    if _ONE_USER_FLAG.fullmatch(flag) and colon and _is_a_password(user, secret):
        return f"{user}:{HIDDEN}"
    return None


def _hidden(found: re.Match[str]) -> str:
    form = str(found.lastgroup)
    value = found[form]
    spoken = form == "bare" and value.rstrip(".:!?").lower() in _PROSE
    if spoken or value.startswith(HIDDEN[:-1]) or NOTHING_SECRET.fullmatch(value):
        return found[0]
    return found[0][: -len(value)] + HIDDEN


def _user(found: re.Match[str]) -> str:
    user, value = (found["quoted_user"], found["quoted"]) if found["quoted"] else (found["bare_user"], found["bare"])
    return found[0][: -len(value)] + HIDDEN if _is_a_password(user, value) else found[0]


def _is_a_password(user: str, value: str) -> bool:
    """Not `1000:1000` (user and group) and not the rest of an address."""
    return bool(value) and not value.startswith("//") and not (user.isdigit() and value.isdigit())
