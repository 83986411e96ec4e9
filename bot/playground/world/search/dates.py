"""Dates as queries write them: ISO 8601 in any precision, epoch numbers, and date math such as `now-15m/m`.

Returns whole milliseconds. A bound that leaves parts out means the first moment for `gte` and `lt`, the last for
`lte` and `gt`, as Elasticsearch rounds.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone

from bot.playground.world.search.refusal import SearchRefused, unparsable

_ISO = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d)"
    r"(?:[T ](?:(?P<hour>\d\d)(?::(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?)?)?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d)?"
)
_MATH = re.compile(r"([+-])(\d*)([yMwdhHms])|/([yMwdhHms])")
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_STEP = {"w": 604_800_000, "d": 86_400_000, "h": 3_600_000, "H": 3_600_000, "m": 60_000, "s": 1000}
_ROUNDED = {"y": 1, "M": 2, "d": 3, "h": 4, "H": 4, "m": 5, "s": 6}


def moment(written: object, now: int, up: bool = False, form: str | None = None, zone: str | None = None) -> int:
    """Return milliseconds since 1970; `up` takes the last moment of what is rounded or left out."""
    if isinstance(written, bool) or not isinstance(written, str | int | float):
        raise unparsable(f"failed to parse date field [{written}]")
    if form is not None and "epoch_second" in form and re.fullmatch(r"-?\d+(\.\d+)?", str(written)):
        return round(float(written) * 1000)
    if isinstance(written, int | float):
        return int(written)
    if re.fullmatch(r"-?\d{5,}(\.\d+)?", written):
        return int(float(written))
    anchor, math = _split(written)
    start = now if anchor == "now" else _iso(anchor, up and not math, zone)
    return _calculate(start, math, up, written)


def _split(written: str) -> tuple[str, str]:
    if written.startswith("now"):
        return "now", written[3:]
    anchor, _, math = written.partition("||")
    return anchor, math


def _iso(written: str, up: bool, zone: str | None) -> int:
    found = _ISO.fullmatch(written)
    if not found:
        raise _no_date(written)
    given = [found[part] for part in _PARTS]
    numbers = [int(part) if part else default for part, default in zip(given, (1970, 1, 1, 0, 0, 0), strict=True)]
    try:
        start = datetime(*numbers, tzinfo=_zone(found["zone"] or zone))  # type: ignore[arg-type,misc]
    except ValueError as error:
        raise _no_date(written) from error
    fraction = int((found["fraction"] or "0").ljust(3, "0")[:3])
    if up and not found["fraction"]:
        return _millis(_next(start, sum(1 for part in given if part))) - 1
    return _millis(start) + fraction


def _no_date(written: str) -> SearchRefused:
    reason = f"failed to parse date field [{written}] with format [strict_date_optional_time||epoch_millis]"
    return SearchRefused(400, "parse_exception", reason)


def _zone(written: str | None) -> timezone:
    if written in (None, "Z", "UTC", "z"):
        return UTC
    found = re.fullmatch(r"([+-])(\d\d):?(\d\d)?", written or "")
    if not found:
        raise unparsable(f"Failed to parse time zone [{written}]")
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-offset if found[1] == "-" else offset)


def _calculate(start: int, math: str, up: bool, written: str) -> int:
    at, value = 0, start
    while at < len(math):
        step = _MATH.match(math, at)
        if not step:
            raise SearchRefused(400, "parse_exception", f"operator not supported for date math [{written}]")
        value = _round(value, step[4], up) if step[4] else _shift(value, step[1], int(step[2] or 1), step[3])
        at = step.end()
    return value


def _shift(value: int, sign: str, count: int, unit: str) -> int:
    count = -count if sign == "-" else count
    if unit in _STEP:
        return value + count * _STEP[unit]
    base = datetime.fromtimestamp(value / 1000, UTC)
    months = base.year * 12 + base.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    return _millis(base.replace(year=year, month=month + 1, day=min(base.day, monthrange(year, month + 1)[1])))


def _round(value: int, unit: str, up: bool) -> int:
    base = datetime.fromtimestamp(value // 1000, UTC)
    if unit == "w":
        start = datetime(base.year, base.month, base.day, tzinfo=UTC) - timedelta(days=base.weekday())
        return _millis(start + timedelta(days=7)) - 1 if up else _millis(start)
    kept = _ROUNDED[unit]
    whole = (base.year, base.month, base.day, base.hour, base.minute, base.second)
    numbers = [*whole[:kept], *(1, 1, 1, 0, 0, 0)[kept:]]
    start = datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type,misc]
    return _millis(_next(start, kept)) - 1 if up else _millis(start)


def _next(start: datetime, precision: int) -> datetime:
    """Return the first moment after the year, month, day, hour, minute or second (1 to 6) that begins at `start`."""
    if precision == 1:
        return start.replace(year=start.year + 1)
    if precision == 2:
        return (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return start + (timedelta(days=1), timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1))[precision - 3]


def _millis(when: datetime) -> int:
    return round(when.timestamp() * 1000)
