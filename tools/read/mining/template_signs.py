"""Templates that a log search already grouped and counted, as signs: the new and risen errors of the service. Pure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from bot.core.measures import clip
from bot.core.signs import Role, Sign, Source
from tools.read.mining.known_errors import read_error
from tools.read.shapes.templates import WORSE

MOST = 6
RISES = 3.0
UNKNOWN = 0.4


def signs_of_templates(rows: Iterable[Mapping[str, Any]], facts: Mapping[str, Any], service: str) -> list[Sign]:
    """``facts`` has the lengths of both stretches, `window_s` and `baseline_s`; ``service`` the one asked about."""
    lengths = (float(facts.get("window_s") or 1), float(facts.get("baseline_s") or 1))
    found = [_sign(row, service) for row in rows if row.get("level") in WORSE and _is_news(row, *lengths)]
    return sorted(found, key=lambda sign: (-sign.weight, sign.says))[:MOST]


def _is_news(row: Mapping[str, Any], window: float, baseline: float) -> bool:
    """What is not known of before is no news."""
    count, before = row.get("count") or 0, row.get("baseline_count")
    if not count or before is None:
        return False
    return bool(row.get("new")) or (before > 0 and count / window > RISES * before / baseline)


def _sign(row: Mapping[str, Any], service: str) -> Sign:
    example = str(row.get("example") or row.get("template") or "")
    known = read_error(example)
    often = f"{row.get('count')} times{' (not before)' if row.get('new') else ''}"
    means = f": {known.says}" if known else ""
    return Sign(
        f"log_{known.kind}" if known else "log_new_error",
        known.role if known else Role.SYMPTOM,
        Source.LOGS,
        f"{service or 'A service'} logs, {often}: “{clip(example, 220)}”{means}",
        service,
        service,
        weight=known.weight if known else UNKNOWN,
        began=_moment(row.get("first_seen")),
        last=_moment(row.get("last_seen")),
        quotes=(example[:300],),
        blames=known.blames if known else (),
        facts={"template": str(row.get("template") or "")[:200], "count": row.get("count")},
    )


def _moment(value: Any) -> datetime | None:
    try:
        read = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
    return read if read is None or read.tzinfo else None
