"""Which indices a name means, who may read them, and the points in time that are open."""

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from hashlib import sha256

from bot.playground.world.search.documents import Document, Index, Indices
from bot.playground.world.search.refusal import SearchRefused, no_such_index, unparsable

_ACTION = "indices:data/read/search"


def resolve(indices: Indices, written: str, ignore_missing: bool = False, allow_none: bool = True) -> list[Index]:
    """Return the indices of `a,logs-*,-logs-b`.

    A concrete name that is not there is 404, unless missing ones are ignored. Where none may not be allowed, *every*
    pattern must match something: `a-*,b-*` is 404 for `b-*` though there are indices of `a-*`.
    """
    found: dict[str, Index] = {}
    for part in (written or "_all").split(","):
        if part.startswith("-"):
            found = {name: index for name, index in found.items() if not fnmatchcase(name, part[1:])}
            continue
        pattern = {"_all": "*", "": "*"}.get(part, part)
        named = {name: index for name, index in indices.by_name.items() if fnmatchcase(name, pattern)}
        if not named and not (allow_none if "*" in pattern else ignore_missing):
            raise no_such_index(part)
        found |= named
    if not found and not allow_none:
        raise no_such_index(written)
    return sorted(found.values(), key=lambda index: index.name)


@dataclass(frozen=True)
class Reader:
    name: str
    patterns: Sequence[str] = ("*",)

    def check(self, index: str) -> None:
        if not any(fnmatchcase(index, pattern) for pattern in self.patterns):
            reason = (
                f"action [{_ACTION}] is unauthorized for user [{self.name}] on indices [{index}],"
                f" this action is granted by the index privileges [read,all]"
            )
            raise SearchRefused(403, "security_exception", reason)


@dataclass(frozen=True)
class Guard:
    """Who may ask: API keys and passwords to index patterns; with neither, everybody may."""

    api_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    users: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def reader(self, authorization: str | None) -> Reader:
        if not self.api_keys and not self.users:
            return Reader("anonymous")
        scheme, _, secret = (authorization or "").partition(" ")
        if scheme.lower() == "apikey" and secret in self.api_keys:
            return Reader(_key_name(secret), self.api_keys[secret])
        if scheme.lower() == "basic" and (user := _decoded(secret)) in self.users:
            return Reader(user.partition(":")[0], self.users[user])
        kind = "missing authentication credentials" if not authorization else "unable to authenticate user"
        challenge = ['Basic realm="security", charset="UTF-8"', "ApiKey"]
        raise SearchRefused(
            401, "security_exception", f"{kind} for REST request", header={"WWW-Authenticate": challenge}
        )


def _decoded(secret: str) -> str:
    try:
        return b64decode(secret, validate=True).decode()
    except ValueError:
        return ""


def _key_name(secret: str) -> str:
    return _decoded(secret).partition(":")[0] or "key"


@dataclass(frozen=True)
class _Pinned:
    documents: tuple[Document, ...]
    until: float


class Points:
    """Open points in time: what a search sees stays as it was when the point was opened."""

    def __init__(self) -> None:
        self._open: dict[str, _Pinned] = {}
        self._count = 0

    def open(self, documents: Sequence[Document], until: float) -> str:
        self._count += 1
        name = b64encode(sha256(f"{self._count}:{until}".encode()).digest()).decode()
        self._open[name] = _Pinned(tuple(documents), until)
        return name

    def documents(self, name: object, now: float, until: float) -> Sequence[Document]:
        """Return what the point sees and keep it open until a later moment."""
        self._open = {one: pinned for one, pinned in self._open.items() if pinned.until > now}
        if not isinstance(name, str):
            raise unparsable("[pit] requires [id]")
        pinned = self._open.get(name)
        if pinned is None:
            raise SearchRefused(404, "search_context_missing_exception", f"No search context found for id [{name}]")
        self._open[name] = _Pinned(pinned.documents, max(pinned.until, until))
        return pinned.documents

    def close(self, name: object) -> bool:
        return isinstance(name, str) and self._open.pop(name, None) is not None
