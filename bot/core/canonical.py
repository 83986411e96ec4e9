"""One byte string for one JSON value (RFC 8785), and its SHA-256.

Everything that is hashed or signed goes through here. Floats are refused: two machines may print one float
in two ways, and no number in a ledger needs one (use integers or decimal strings).
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import rfc8785

Json = dict[str, Any]


def canonical(value: Any) -> bytes:
    """The RFC 8785 bytes of ``value``; raises ValueError for a float or anything JSON cannot hold."""
    _refuse_floats(value)
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise ValueError(f"not canonical JSON: {error}") from error


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def digest(value: Any) -> str:
    """SHA-256 (64 hex digits) over the canonical form."""
    return sha256_hex(canonical(value))


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise ValueError(f"a float ({value!r}) cannot be canonical; use an integer or a decimal string")
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
