"""Secrets out of text, before it is stored, told to a model or shown in Slack. Pure; nothing is logged.

What is known by its shape (vendors' tokens, JWTs, private keys, credentials in URLs) goes wherever it stands; what is
known by its name (`password=…`, `"api_key": "…"`) goes when the value can be one. Names stay, so that a reader sees
*that* there was a password. Every pattern is linear (bounded repeats, no nested ones), and running twice changes
nothing more. It errs to hiding: a hidden word costs a look at the source, a leaked one a rotation.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

from bot.core.secret_forms import HIDDEN, NOTHING_SECRET, WORDS, after_flag, without_given

__all__ = ["HIDDEN", "names_a_secret", "redact", "redact_json"]

_DEEPEST = 60
_PASSES = 6

# Shapes that are a secret wherever they stand. `(?<![A-Za-z0-9])` keeps them from starting inside a longer word.
_SHAPES = (
    r"eyJ[A-Za-z0-9_-]{6,4096}\.[A-Za-z0-9_-]{6,8192}(?:\.[A-Za-z0-9_-]{0,4096})?",  # JWT
    r"(?:AKIA|ASIA|ABIA|ACCA|AGPA|AIDA|AROA|ANPA)[A-Z0-9]{16}(?![A-Za-z0-9])",  # AWS
    r"gh[pousr]_[A-Za-z0-9]{30,255}",  # GitHub
    r"github_pat_[A-Za-z0-9_]{22,255}",
    r"gl(?:pat|ptt|dt|rt|cbt|oas|ft|imt|agent|soat)-[A-Za-z0-9_-]{16,255}",  # GitLab
    r"xox[abeoprs]-[A-Za-z0-9-]{10,512}",  # Slack
    r"xapp-\d-[A-Za-z0-9-]{10,512}",
    r"sk-[A-Za-z0-9_-]{20,512}",  # Anthropic, OpenAI and those that copy them
    r"[sr]k_(?:live|test)_[A-Za-z0-9]{10,255}",  # Stripe
    r"whsec_[A-Za-z0-9+/=]{16,255}",
    r"AIza[A-Za-z0-9_-]{35}",  # Google
    r"ya29\.[A-Za-z0-9_-]{20,2048}",
    r"GOCSPX-[A-Za-z0-9_-]{20,64}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-[A-Za-z0-9_-]{40,512}",
    r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20,128}",
    r"hv[sbr]\.[A-Za-z0-9_-]{20,512}",  # Vault
    r"SG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}",  # SendGrid
    r"hf_[A-Za-z0-9]{30,64}",
    r"do[opr]_v1_[a-f0-9]{64}",
    r"gl(?:sa|c)_[A-Za-z0-9_=+/]{24,512}",  # Grafana
    r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}",
    r"dapi[a-f0-9]{32}",  # Databricks
    r"ATATT3[A-Za-z0-9_=-]{40,255}",  # Atlassian
    r"NRAK-[A-Z0-9]{24,32}",
    r"sntry[su]_[A-Za-z0-9_=+/-]{24,255}",
    r"lin_api_[A-Za-z0-9]{32,64}",
    r"AGE-SECRET-KEY-1[A-Z0-9]{40,80}",
    r"(?:SK|AC)[a-f0-9]{32}(?![A-Za-z0-9])",  # Twilio
    r"\d{8,10}:AA[A-Za-z0-9_-]{32,36}",  # Telegram
    r"[A-Za-z0-9_~.]{3}8Q~[A-Za-z0-9_~.-]{31,40}",  # Azure client secret
)
_SHAPE = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(_SHAPES) + ")")
_SLACK_HOOK = re.compile(r"(hooks\.slack\.com/(?:services|workflows|triggers|commands|actions)/)[A-Za-z0-9/_-]{8,256}")
_PASSWORD_IN_URL = re.compile(r"(://[^\s/:@\"']{0,256}:)[^\s/\"'<>]{1,512}(?=@)")
_TOKEN_IN_URL = re.compile(r"(://)[^\s/:@\"'<>]{20,512}(?=@)")
_GO_DSN = re.compile(r"((?<![\w.-])[\w.-]{1,64}:)[^\s:@/]{1,256}(?=@(?:tcp|unix)\()")
_SIGNED_URL = re.compile(
    r"((?:[?&]|%26)(?:sig|signature|x-amz-signature|x-amz-security-token|x-goog-signature)=)[^\s&\"'<>]{8,2048}", re.I
)
_HEADER = re.compile(
    r"((?:proxy-)?authorization\\?[\"']?\s{0,3}[:=]\s{0,3}\\?[\"']?(?:(?:bearer|basic|token|apikey|digest|negotiate)\s{1,3})?)"
    r"([^\s\"'\\,;]{1,8192})",
    re.I,
)
_BEARER = re.compile(r"\b((?:bearer|basic|apikey)\s{1,3})([A-Za-z0-9._~+/=-]{8,8192})", re.I)
_COOKIE = re.compile(r"((?:set-)?cookie\\?[\"']?\s{0,3}:\s{0,3}\\?[\"']?)([^\r\n\"'\\]{1,8192})", re.I)
_EMAIL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}")

_NAMED = re.compile(
    r"(?P<name>" + WORDS + r")(?P<between>\\{0,3}[\"']?\s{0,3}(?:=>|:=|=|:)(?P<gap>\s{0,3}))"
    r"(?:(?P<escaped>\\{1,3}[\"'])(?P<inner>[^\"'\\\r\n]{1,4096})"
    r"|\"(?P<double>(?:[^\"\\\r\n]|\\[^\r\n]){1,4096})"
    r"|'(?P<single>(?:[^'\\\r\n]|\\[^\r\n]){1,4096})"
    r"|(?P<bare>[^\s\"'\\,;&)}\]>]{1,4096}))",
    re.I,
)
_SECRET_NAME = re.compile(r".{0,200}(?:" + WORDS + r"|authorization|cookie)", re.I | re.S)
_WORKING_DIRECTORY = re.compile(r"[./~]")
_BEGIN_KEY = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_END_KEY = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_LONGEST_KEY = 20_000
SHORT = 80


def redact(text: str, emails: bool = False) -> str:
    """``text`` with every secret replaced by `HIDDEN`. Never raises; at most a few times as long as what came in."""
    if len(text) < 6:
        return text
    return _short(text, emails) if len(text) <= SHORT else _thoroughly(text, emails)


@lru_cache(maxsize=4096)
def _short(text: str, emails: bool) -> str:
    """Label names and values come thousands of times in a storm; remembered, they cost nothing."""
    return _thoroughly(text, emails)


def _thoroughly(text: str, emails: bool) -> str:
    seen = text
    # One replacement can lay bare the next (a token inside a URL's password), so it runs until nothing changes.
    for _ in range(_PASSES):
        after = _once(seen)
        if after == seen:
            break
        seen = after
    return _EMAIL.sub(HIDDEN, seen) if emails else seen


def redact_json(value: Any, emails: bool = False) -> Any:
    """The same shape with every text redacted, and values hidden whose key names a secret. Tuples become lists."""
    return _walk(value, emails, 0)


def names_a_secret(name: str) -> bool:
    """Whether a field, header or environment variable of this name holds a secret (`DB_PASSWORD`, `apiKey`)."""
    return bool(_SECRET_NAME.fullmatch(name)) and name.upper() != "PWD"


def _once(text: str) -> str:
    text = _without_private_keys(text) if "PRIVATE KEY" in text else text
    text = _SHAPE.sub(HIDDEN, text)
    if "://" in text:
        text = _SLACK_HOOK.sub(rf"\1{HIDDEN}", text)
        text = _PASSWORD_IN_URL.sub(rf"\1{HIDDEN}", text)
        text = _TOKEN_IN_URL.sub(rf"\1{HIDDEN}", text)
    text = _SIGNED_URL.sub(rf"\1{HIDDEN}", text)
    text = _GO_DSN.sub(rf"\1{HIDDEN}", text)
    text = _HEADER.sub(_header, text)
    text = _COOKIE.sub(rf"\1{HIDDEN}", text)
    text = _BEARER.sub(_bearer, text)
    return without_given(_NAMED.sub(_named, text))


def _header(found: re.Match[str]) -> str:
    """`Authorization: Bearer x` loses x; prose after the word ("authorization: denied for user") stays."""
    lead, value = found[1], found[2]
    scheme = lead.rstrip()[-1:] not in (":", "=", '"', "'")
    return lead + HIDDEN if scheme or not value.isalpha() else found[0]


def _bearer(found: re.Match[str]) -> str:
    value = found[2]
    credential = any(sign.isdigit() or sign in "=+/_" for sign in value) or (len(value) >= 24 and "." not in value)
    return found[1] + HIDDEN if credential else found[0]


def _named(found: re.Match[str]) -> str:
    value = found["inner"] or found["double"] or found["single"] or found["bare"]
    prose = found["bare"] is not None and ":" in found["between"] and bool(found["gap"])
    name = found["name"].lower()
    if HIDDEN not in value and (
        NOTHING_SECRET.fullmatch(value)
        or (not _has_a_prefix(found) and _is_a_result(name, value))
        or not _can_be_secret(name, value, prose)
    ):
        return found[0]
    return found[0][: -len(value)] + HIDDEN


def _has_a_prefix(found: re.Match[str]) -> bool:
    before = found.string[found.start() - 1 : found.start()]
    return before.isalnum() or before in ("_", "-")


def _is_a_result(name: str, value: str) -> bool:
    """`pass=12 fail=0` counts and `auth=oidc` says how; `DB_PASS=12` and `REDIS_AUTH=oidc` do not."""
    if name == "auth":
        return value.isalpha()
    return name == "pass" and not value.strip("0123456789/%.,") and not (value.isdigit() and len(value) > 3)


def _can_be_secret(name: str, value: str, prose: bool) -> bool:
    """In prose ("bad token: unexpected end") only what looks random is hidden; after `=` or in quotes, nearly all."""
    if name == "pwd" and _WORKING_DIRECTORY.match(value):
        return False
    if not prose:
        return name.startswith(("pass", "pwd")) or (len(value) >= 4 and not (value.isdigit() and len(value) < 7))
    mixed = any(sign.isdigit() for sign in value) and any(sign.isalpha() for sign in value)
    if name.startswith("pass"):
        return len(value) >= 4 and not value.rstrip(".:!?").isalpha()
    return mixed and len(value) >= 12 and "/" not in value


def _without_private_keys(text: str) -> str:
    """Cut from each BEGIN to its END, or to the end of the text (at most 20,000 characters) where END is missing."""
    kept: list[str] = []
    position = 0
    while begin := _BEGIN_KEY.search(text, position):
        end = _END_KEY.search(text, begin.end(), begin.end() + _LONGEST_KEY)
        kept += [text[position : begin.start()], HIDDEN]
        position = end.end() if end else min(len(text), begin.end() + _LONGEST_KEY)
    return "".join(kept) + text[position:]


def _walk(value: Any, emails: bool, depth: int) -> Any:
    if isinstance(value, str):
        return redact(value, emails)
    if depth > _DEEPEST and isinstance(value, Mapping | list | tuple):
        return "[nested too deep to be checked]"
    if isinstance(value, Mapping):
        return _mapping(value, emails, depth)
    if isinstance(value, list | tuple):
        return _list(value, emails, depth)
    return value


def _list(value: Sequence[Any], emails: bool, depth: int) -> list[Any]:
    # Arguments come one by one: ["--password", "x"]
    pairs = zip(chain([None], value), value, strict=False)
    given = (after_flag(before, inner) if isinstance(inner, str) else None for before, inner in pairs)
    return [
        _walk(inner, emails, depth + 1) if shown is None else shown for inner, shown in zip(value, given, strict=True)
    ]


def _mapping(value: Mapping[Any, Any], emails: bool, depth: int) -> dict[Any, Any]:
    # An environment variable comes as {"name": "DB_PASSWORD", "value": "…"}: the name stands beside, not above.
    beside = isinstance(value.get("name"), str) and names_a_secret(value["name"])
    walked = {}
    for key, inner in value.items():
        hide = isinstance(key, str) and (names_a_secret(key) or (beside and key == "value"))
        name = redact(key, emails) if isinstance(key, str) else key
        walked[name] = HIDDEN if hide and _is_a_value(inner) else _walk(inner, emails, depth + 1)
    return walked


def _is_a_value(inner: Any) -> bool:
    if isinstance(inner, str):
        return bool(inner) and not NOTHING_SECRET.fullmatch(inner)
    return isinstance(inner, int | float) and not isinstance(inner, bool)
