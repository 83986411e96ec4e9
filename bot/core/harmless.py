"""Which values of environment variables and arguments may be shown: those whose very shape is harmless. Pure.

Redaction hides what is known to be a secret; of a setting's value too little is known for that, so here it is the other
way round: switches, numbers with units, versions, short words, images, hosts, addresses without credentials and plain
paths are shown, and anything else is not. A name that smells of a secret shows switches only. What is done, signed and
compared is never made from what comes out of here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from bot.core.redact import HIDDEN, names_a_secret

VALUE_HIDDEN = "value hidden"
CHANGED_HIDDEN = "changed, value hidden"

_SWITCH = re.compile(r"|on|off|true|false|yes|no|enabled|disabled|none|null|auto", re.I)
_UNIT = r"(?:ns|us|µs|ms|s|m|min|h|d|k|[KMGTP]i?B?|[kmg]b|B|%|rps|qps)"
_NUMBER = re.compile(rf"[-+]?\d{{1,9}}(?:\.\d{{1,6}})?{_UNIT}?|(?:\d{{1,6}}(?:\.\d{{1,3}})?(?:h|m|s|ms)){{1,4}}")
_VERSION = re.compile(r"v?\d{1,4}(?:\.\d{1,4}){1,3}(?:[-+.][a-z]{1,8}\.?\d{0,4})?|v\d{1,3}")
_PART = r"(?:[a-z]{1,16}|[a-z]?\d{1,3}[a-z]?)"
_WORD = re.compile(rf"(?=.{{1,24}}\Z)(?:[a-z]{{1,16}}(?:[-_.]{_PART}){{0,6}}|[A-Z]{{2,12}}(?:_[A-Z]{{2,12}}){{0,3}})")
# atomic, or a long name with many dashes could be read in 2**n ways
_PIECE = r"(?>[a-z]{1,20}(?![a-z0-9])|[a-z0-9]{1,12}(?![a-z0-9]))"
_LABEL = rf"{_PIECE}(?:-{_PIECE}){{0,8}}"
_IP = r"(?:\d{1,3}\.){3}\d{1,3}"
_DOTTED = rf"(?:{_LABEL}\.){{1,8}}[a-z]{{2,20}}\.?|{_IP}|localhost"
_HOST = re.compile(rf"(?:{_DOTTED})(?::\d{{1,5}})?")
_NEAR = re.compile(rf"{_LABEL}:\d{{2,5}}|:\d{{2,5}}")
_STEP = rf"[a-z]{{0,16}}(?:[-_.]{_PART}){{0,6}}"
_PATH = re.compile(rf"(?:/{_STEP}){{1,10}}/?")
_ADDRESS = re.compile(
    rf"[a-z][a-z0-9+]{{0,15}}://(?:{_DOTTED}|{_LABEL})(?::\d{{1,5}})?(?:/(?:{_STEP}|v\d{{1,3}}|\d{{1,3}})){{0,10}}"
)
_REPOSITORY = rf"(?:{_DOTTED})(?::\d{{1,5}})?(?:/[a-z0-9][a-z0-9._-]{{0,62}}){{1,6}}"
_IMAGE = re.compile(rf"{_REPOSITORY}(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,62}})?(?:@sha256:[0-9a-f]{{64}})?")
_SHAPES = (_NUMBER, _VERSION, _WORD, _HOST, _PATH, _ADDRESS, _IMAGE)
_SMELLS = frozenset(
    ("pass", "pw", "pwd", "key", "keys", "auth", "dsn", "salt", "pin", "otp", "totp", "sig", "signature", "private",
     "cert", "hash", "nonce", "seed", "cookie", "session", "jwt", "hmac", "bearer", "login", "sas", "pat",
     "apikey", "webhook")
)  # fmt: skip
_NOT_PASS = ("compass", "bypass", "surpass", "trespass")
_SMELLING_PARTS = ("passw", "passphrase", "passcode", "secret", "token", "cred")
_PLACES = re.compile(
    r".*(?:host|addr|url|uri|endpoint|server|broker|upstream|service|backend|listen|port|peer|node)", re.I
)
_NAME_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_MOST_ITEMS = 12
_LONG_FLAG = re.compile(r"--?[A-Za-z][\w.-]{0,60}")
_SHORT_FLAG = re.compile(
    r"-[A-Za-z]|-(?![pP])[a-z]{2,16}|--[A-Za-z][a-zA-Z]{0,20}(?:[-_.][a-zA-Z]{1,20}|[-_.]\d{1,3}){0,8}"
)
_GIVEN = re.compile(r"(--?[A-Za-z][\w.-]{0,60}|[A-Za-z_][A-Za-z0-9_]{0,60})=(.*)", re.S)
_ARGUMENTS = ("args", "command")


def smells(name: str) -> bool:
    """Whether a name could be a secret's, more readily than `names_a_secret` says so: anywhere in it."""
    parts = [part.lower() for part in _NAME_PART.findall(name)]
    return names_a_secret(name) or any(
        part in _SMELLS
        or any(inner in part for inner in _SMELLING_PARTS)
        or (part.endswith("pass") and part not in _NOT_PASS)
        for part in parts
    )


def names_a_place(name: str) -> bool:
    """Whether a setting of this name says where something is (a host, an address, a port)."""
    return bool(_PLACES.match(name))


def is_harmless(name: str, value: str) -> bool:
    """Whether the value of the setting ``name`` may be shown."""
    if _SWITCH.fullmatch(value):
        return True
    if smells(name):
        return False
    items = value.split(",")
    return len(items) <= _MOST_ITEMS and all(_is_plain(name, item.strip()) for item in items)


def _is_plain(name: str, item: str) -> bool:
    if len(item) > 300:
        return False
    return any(shape.fullmatch(item) for shape in _SHAPES) or bool(_PLACES.match(name) and _NEAR.fullmatch(item))


def arguments_shown(arguments: Sequence[Any]) -> list[Any]:
    """A command line, each value hidden unless harmless under its flag's name; flags themselves stay."""
    return [_argument(before, given) for before, given in zip(chain([""], arguments), arguments, strict=False)]


def _argument(before: Any, given: Any) -> Any:
    if not isinstance(given, str):
        return given
    if named := _GIVEN.fullmatch(given):
        return given if is_harmless(named[1].lstrip("-"), named[2]) else f"{named[1]}={HIDDEN}"
    if _SHORT_FLAG.fullmatch(given):
        return given
    flag = before if isinstance(before, str) and _LONG_FLAG.fullmatch(before) else ""
    password_flag = flag in ("-p", "-P", "-a") and not given.isdigit()
    return given if not password_flag and is_harmless(flag.lstrip("-"), given) else HIDDEN


def without_values(item: Any) -> Any:
    """JSON of Kubernetes with every `{"name", "value"}` and every command line shown only as far as it is harmless."""
    if isinstance(item, Mapping):
        return dict(_members(item))
    return [without_values(inner) for inner in item] if isinstance(item, list) else item


def _members(item: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    name = item.get("name")
    for key, inner in item.items():
        if key == "value" and isinstance(name, str) and isinstance(inner, str):
            yield key, inner if is_harmless(name, inner) else HIDDEN
        elif key in _ARGUMENTS and isinstance(inner, list):
            yield key, arguments_shown(inner)
        else:
            yield key, without_values(inner)
