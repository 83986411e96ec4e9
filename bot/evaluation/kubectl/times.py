"""Times and ages as kubectl writes them: `3m27s (x9 over 4m37s)`, `49d`, `Thu, 27 Feb 2025 07:36:21 +0100`. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

_PART = re.compile(r"(\d+)([ywdhms])")
_AGE = re.compile(
    r"^(?P<last>(?:\d+[ywdhms])+)(?: ago)?(?:\s*\(x(?P<count>\d+)(?: over (?P<over>(?:\d+[ywdhms])+))?\))?$"
)
_SECONDS = {"y": 31536000, "w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_STAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?")
_MAIL = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}")


@dataclass(frozen=True)
class Age:
    last: timedelta
    first: timedelta
    count: int


def age_of(text: str) -> Age | None:
    found = _AGE.match(text.strip())
    if not found:
        return None
    last = span_of(found.group("last"))
    over = found.group("over")
    return Age(last, span_of(over) if over else last, int(found.group("count") or 1))


def span_of(text: str) -> timedelta:
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in _PART.findall(text)))


def moment_of(text: str) -> datetime | None:
    """A mail date or RFC 3339; a time without an offset counts as UTC."""
    text = text.strip()
    try:
        read = parsedate_to_datetime(text) if _MAIL.match(text) else datetime.fromisoformat(text)
    except (ValueError, TypeError, IndexError):
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def moments_in(text: str) -> list[datetime]:
    found = (moment_of(one) for one in (*_STAMP.findall(text), *_MAIL.findall(text)))
    return [one for one in found if one is not None]


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
