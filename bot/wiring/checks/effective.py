"""The effective settings of one process, secrets masked. What a setting is for is told by `settings.py` itself."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings

from bot.core.redact import redact

SHOWN_PREFIXES = ("xoxb-", "xapp-", "sk-ant-")


def shown(settings: BaseModel) -> dict[str, str]:
    """Every setting by the name people set, as text."""
    kind = type(settings)
    prefix = str(kind.model_config.get("env_prefix") or "")
    return {name_of(prefix, key, field): masked(getattr(settings, key)) for key, field in kind.model_fields.items()}


def names_of(kind: type[BaseSettings]) -> tuple[str, ...]:
    """The names under which a kind of settings is set."""
    prefix = str(kind.model_config.get("env_prefix") or "")
    return tuple(name_of(prefix, key, field) for key, field in kind.model_fields.items())


def name_of(prefix: str, key: str, field: Any) -> str:
    alias = field.validation_alias
    if isinstance(alias, str):
        return alias
    first = alias.choices[0] if alias is not None else prefix + key
    return str(first).upper()


def masked(value: object) -> str:
    """A value fit to be shown to anybody: nothing of a secret but its kind and length, no password of an address."""
    match value:
        case None | () | "":
            return "unset"
        case SecretStr():
            secret = value.get_secret_value()
            kind = next((prefix for prefix in SHOWN_PREFIXES if secret.startswith(prefix)), "")
            return f"{kind}… ({len(secret)} characters)"
        case tuple() | list():
            return " ".join(masked(one) for one in value)
        case Mapping():
            return ", ".join(f"{key}={masked(one)}" for key, one in value.items())
    return without_password(str(value))


def without_password(text: str) -> str:
    """An address without its password; any other text as it is."""
    if "://" not in text or "@" not in text:
        return redact(text)
    try:
        parts = urlsplit(text)
    except ValueError:
        return "… (not an address)"
    user, at, host = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    shown_user = f"{name}:…" if colon else "…"  # a user alone may be a token
    netloc = f"{shown_user if at else ''}{at}{host}"
    return urlunsplit(parts._replace(netloc=netloc, query=redact(parts.query)))
