"""Signing and checking with Ed25519 (`cryptography`). Keys come as PEM or as base64 of the 32 raw bytes.

`serve` alone reads a private key; `act` reads public ones (several, separated by blanks or commas, while a key is
being replaced). A key's id is the first 16 hex digits of SHA-256 over its 32 public bytes.
"""

import base64
import binascii
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from bot.core.errors import SettingsWrong
from bot.core.signing import Signed

PEM = "-----BEGIN"
RAW_BYTES = 32
WANTED = "PEM, or base64 of 32 bytes (`midwatch keys` writes a pair)"


@dataclass(frozen=True)
class Pair:
    """One line each, fit for a setting."""

    private: str
    public: str
    key: str


class Ed25519Signer:
    """Holds the private key; its repr does not show it."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.key = key_id(private.public_key())

    @classmethod
    def read(cls, text: str) -> "Ed25519Signer":
        """From the setting; raises `SettingsWrong` without ever repeating what it read."""
        return cls(_private(text))

    def sign(self, document: bytes) -> Signed:
        return Signed(self.key, self._private.sign(document).hex())

    def public(self) -> str:
        """The public half, as base64."""
        return _raw(self._private.public_key())


class Ed25519Verifier:
    """`signing.Verifier` over the public keys it was given."""

    def __init__(self, *public: Ed25519PublicKey) -> None:
        self._keys = {key_id(key): key for key in public}

    @classmethod
    def read(cls, text: str) -> "Ed25519Verifier":
        """From the setting; raises `SettingsWrong` for anything that cannot be a public key."""
        parts = _pems(text) if PEM in text else text.replace(",", " ").split()
        if not parts:
            raise SettingsWrong(f"MIDWATCH_VERIFY_KEY is empty; {WANTED}")
        return cls(*(_public(part) for part in parts))

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._keys)

    def verify(self, document: bytes, signed: Signed) -> bool:
        key = self._keys.get(signed.key)
        if key is None:
            return False
        try:
            key.verify(bytes.fromhex(signed.signature), document)
        except (InvalidSignature, ValueError):
            return False
        return True


def key_id(public: Ed25519PublicKey) -> str:
    return sha256(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def generate() -> Pair:
    """A new pair, for `midwatch keys` and the playground."""
    private = Ed25519PrivateKey.generate()
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    return Pair(base64.b64encode(raw).decode(), _raw(private.public_key()), key_id(private.public_key()))


def _raw(public: Ed25519PublicKey) -> str:
    return base64.b64encode(public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def _private(text: str) -> Ed25519PrivateKey:
    try:
        if PEM not in text:
            return Ed25519PrivateKey.from_private_bytes(_decoded(text))
        key = load_pem_private_key(_unfolded(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsWrong(f"MIDWATCH_SIGNING_KEY is no private Ed25519 key; {WANTED}")
    return key


def _public(text: str) -> Ed25519PublicKey:
    try:
        if PEM not in text:
            return Ed25519PublicKey.from_public_bytes(_decoded(text))
        key = load_pem_public_key(_unfolded(text))
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise SettingsWrong(f"MIDWATCH_VERIFY_KEY is no public Ed25519 key; {WANTED}")
    return key


def _decoded(text: str) -> bytes:
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(raw) != RAW_BYTES:
        raise ValueError(f"{len(raw)} bytes, not {RAW_BYTES}")
    return raw


def _unfolded(text: str) -> bytes:
    """A PEM as it was, also when an environment file kept its line breaks as a backslash and an n."""
    return text.strip().replace("\\n", "\n").encode()


def _pems(text: str) -> list[str]:
    return [PEM + part for part in text.replace("\\n", "\n").split(PEM) if part.strip(" ,\n")]
