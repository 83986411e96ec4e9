"""How lists, ids, addresses and folders are spelled in a setting: read from one line of text, refused in words.

What is refused is never shown where it may hold a secret.
"""

import re
import sysconfig
from ipaddress import IPv6Address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import redis
from pydantic_settings import NoDecode

from bot.core.events import MODEL_NAME, Severity

Names = Annotated[tuple[str, ...], NoDecode]
Paths = Annotated[tuple[Path, ...], NoDecode]
SHIPPED = (Path("runbooks"),)


def names(value: Any) -> Any:
    return tuple(part for part in value.replace(",", " ").split() if part) if isinstance(value, str) else value


def slack_ids(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [name for name in value if not re.fullmatch(r"[UWS][A-Z0-9]{2,}", name)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: Slack ids are needed (U… in a person's profile), not names")
    return value


def channel_id(value: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        raise ValueError("a channel's id is needed (C… in its details), not its name")
    return value


def redis_address(value: str) -> str:
    """One that the client can read whole. A password's / # or ? would cut it, and its rest pass for host and port."""
    if not value.startswith(("redis://", "rediss://", "unix://")):
        raise ValueError("it begins with redis://, rediss:// or unix://")
    try:
        parts = urlsplit(value)
        pool = redis.Redis.from_url(value).connection_pool
        pool.connection_class(**pool.connection_kwargs)  # made, not connected: an option it does not know shows here
    except (ValueError, TypeError, redis.RedisError):
        # none of their words: they quote the part they could not read, which is often part of the password
        raise ValueError(UNREADABLE_URL) from None
    database = parts.scheme == "unix" or re.fullmatch(r"/?[0-9]*", parts.path)
    options = not parts.query or all("=" in option for option in parts.query.split("&"))
    if parts.fragment or not database or not options or not (parts.hostname or parts.scheme == "unix"):
        raise ValueError(UNREADABLE_URL)
    return value


UNREADABLE_URL = (
    "it cannot be read as redis://USER:PASSWORD@HOST:PORT/DATABASE; "
    "in a password every / ? # @ : % is percent-encoded, / as %2F"
)


def address(value: str) -> str:
    """HOST:PORT, :PORT, or [IPv6]:PORT."""
    host_and_port(value)
    return value


def host_and_port(value: str) -> tuple[str, int]:
    """The parts of an address; no host means this machine alone. Raises ValueError in words."""
    host, colon, port = value.rpartition(":")
    if not colon or not re.fullmatch(r"[0-9]{1,5}", port) or not 1 <= int(port) <= 65535:
        raise ValueError("it is an address and a port from 1 to 65535, for example 127.0.0.1:8080")
    if host.startswith("[") and host.endswith("]"):
        return str(IPv6Address(host[1:-1])), int(port)
    if not re.fullmatch(r"[A-Za-z0-9._-]*", host):
        raise ValueError("it is an address and a port, for example 127.0.0.1:8080 or [::1]:8080")
    return host or "127.0.0.1", int(port)


def model_name(value: str) -> str:
    if not re.fullmatch(MODEL_NAME, value):
        raise ValueError("a model's name is letters, digits and . _ - : @ /")
    return value


def folders(value: Any) -> Any:
    return tuple(part for part in value.split(":") if part) if isinstance(value, str) else value


def or_shipped(value: tuple[Path, ...]) -> tuple[Path, ...]:
    """The default folder where it is not beside us: the checkout's, or the installed package's."""
    if value != SHIPPED or SHIPPED[0].is_dir():
        return value
    return next(((place / "runbooks",) for place in shipped_places() if (place / "runbooks").is_dir()), value)


def shipped_places() -> tuple[Path, Path]:
    """Where what is shipped beside the code may be: the checkout, or the installed package's folder."""
    return Path(__file__).resolve().parents[1], Path(sysconfig.get_path("data")) / "share" / "midwatch"


def shipped_policy() -> Path:
    """The folder of the policy that is shipped."""
    folders = [place / "manifests" / "policy" for place in shipped_places()]
    return next((folder for folder in folders if folder.is_dir()), folders[0])


def severities(value: tuple[str, ...]) -> tuple[str, ...]:
    if wrong := [name for name in value if name not in set(Severity)]:
        raise ValueError(f"{', '.join(wrong)}: severities are {', '.join(Severity)}")
    return value


def percent(value: Any) -> Any:
    """A share between 0 and 1, as it is usually written, in whole percent."""
    try:
        return round(float(value) * 100) if not isinstance(value, int) and float(value) <= 1 else value
    except (TypeError, ValueError):
        return value
