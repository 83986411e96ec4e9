"""Agrees on the media type of an answer: `application/vnd.elasticsearch+json;compatible-with=9`, 8, or plain JSON."""

import re
from dataclasses import dataclass

from bot.playground.world.search.refusal import SearchRefused

_NEWEST, _OLDEST = 9, 8
_VENDOR = re.compile(r"application/vnd\.elasticsearch\+(?:json|x-ndjson)\s*;\s*compatible-with\s*=\s*(\d+)")
_PLAIN = re.compile(r"(application/(json|x-ndjson)|text/plain|\*/\*).*")


@dataclass(frozen=True)
class Media:
    content_type: str = "application/json"


def agreed(accept: str | None, content: str | None) -> Media:
    """Return the answer's media type; raise for a version this server cannot be, as Elasticsearch does."""
    wanted = [_version(header, name) for name, header in (("Accept", accept), ("Content-Type", content)) if header]
    versions = [version for version in wanted if version]
    if not versions:
        return Media()
    if len(set(versions)) > 1:
        raise _refused(f"[{', '.join(map(str, versions))}]", "Accept, Content-Type")
    return Media(f"application/vnd.elasticsearch+json;compatible-with={versions[0]}")


def _version(header: str, name: str) -> int:
    found = _VENDOR.search(header)
    if found:
        version = int(found[1])
        if not _OLDEST <= version <= _NEWEST:
            raise _refused(header, name)
        return version
    if "vnd.elasticsearch" in header or (name == "Content-Type" and not _PLAIN.match(header)):
        raise _refused(header, name)
    return 0


def _refused(header: str, name: str) -> SearchRefused:
    reason = (
        f"Invalid media-type value on headers [{name}]: {header}. A compatible version is required, one of"
        f" [{_OLDEST}, {_NEWEST}]"
    )
    return SearchRefused(400, "media_type_header_exception", reason)
