"""What the act process reads of the alerts as they were sent: the rule to check by, and the kind of trouble stated.

Whoever can write to Redis could have written these. The rule is on the card people approve; what is stated can only
make more people necessary (`required` in the policy), because nothing is allowed for being of a type.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.errors import NotFound
from bot.core.expressions import alert_expression
from bot.core.incident import Incident
from bot.core.ports import Payloads

STATED_IN = ("type", "category")
TYPE = re.compile(r"[a-z][a-z0-9_-]{0,30}")


def expression_of(incident: Incident, payloads: Payloads) -> str:
    """The expression of the earliest alert that has one, those still firing first; "" where none has."""
    return next(
        (expression for content in _contents(incident, payloads) if (expression := alert_expression(content))), ""
    )


def types_of(incident: Incident, payloads: Payloads) -> tuple[str, ...]:
    """Every type that any of its alerts states in a label (availability, performance, security …), in order."""
    found: set[str] = set()
    for content in _contents(incident, payloads):
        labels = content.get("labels")
        said = [str(labels.get(name, "")).lower() for name in STATED_IN] if isinstance(labels, Mapping) else []
        found |= {word for word in said if TYPE.fullmatch(word)}
    return tuple(sorted(found))


def _contents(incident: Incident, payloads: Payloads) -> Iterator[Mapping[str, Any]]:
    for alert in sorted(incident.alerts.values(), key=lambda alert: (not alert.firing, alert.starts_at)):
        try:
            content = payloads.get(incident.id, alert.content)
        except NotFound:
            continue
        if isinstance(content, dict):
            yield content
