"""`/ops …` in words -> a value. Pure; what cannot be understood raises `BadInput` saying what can."""

import re
from dataclasses import dataclass

from bot.core.errors import BadInput
from bot.core.events import Severity
from bot.core.labels import as_name, severity_of

LONGEST = 2000
LONGEST_TITLE = 250
USAGE = (
    "status [service] · incident [title] [service:<name>] [severity:<sev1|sev2|sev3|warn>] · explain <anything> · "
    "do <change> <name> · freeze [minutes] [reason] · unfreeze · help"
)
TITLE_NEEDED = "Give it a title: incident <title> [service:<name>] [severity:<sev1|sev2|sev3|warn>]"
MOST_MINUTES = 1440
LONGEST_REASON = 300
# “30”, “30m”, “30 min”, “2 hours”; not “2nd datacenter is down”
LASTING = re.compile(
    r"([-+]?\d[\d.,]*)\s*(minutes|minute|mins|min|m|hours|hour|h|days|day|d|seconds|sec|s)?(?=\s|$)\s*(.*)",
    re.IGNORECASE | re.DOTALL,
)
OPTION = re.compile(r"(?:^|\s)(service|severity|namespace):(\S+)", re.IGNORECASE)


@dataclass(frozen=True)
class Status:
    service: str | None = None


@dataclass(frozen=True)
class OpenIncident:
    title: str
    service: str | None = None
    namespace: str | None = None
    severity: Severity = Severity.SEV2


@dataclass(frozen=True)
class AskForIncident:
    """An incident without a title: a form asks for it, with these filled in."""

    service: str | None = None
    severity: Severity = Severity.SEV2


@dataclass(frozen=True)
class Explain:
    words: str


@dataclass(frozen=True)
class Do:
    """A change somebody asks for; which one, `wanted.read_wanted` says."""

    words: str


@dataclass(frozen=True)
class Freeze:
    """Nothing is to be carried out, for ``minutes``; None: until somebody lifts it."""

    minutes: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class Unfreeze:
    pass


@dataclass(frozen=True)
class Help:
    pass


Command = Status | OpenIncident | AskForIncident | Explain | Do | Freeze | Unfreeze | Help


def parse(text: str) -> Command:
    """What the person asked for."""
    if len(text) > LONGEST:
        raise BadInput(f"That is {len(text):,} characters; {LONGEST:,} are the most this command takes.")
    word, rest = [*text.split(maxsplit=1), "", ""][:2]
    match word.lower():
        case "" | "help":
            return Help()
        case "status":
            return Status(_service(rest))
        case "incident":
            return _incident(rest)
        case "explain":
            return _explain(rest.strip())
        case "do":
            return Do(rest.strip())
        case "freeze":
            return _freeze(rest.strip())
        case "unfreeze":
            return _unfreeze(rest.strip())
    raise BadInput(f"There is no “{word[:40]}” here. What there is: {USAGE}")


def _service(rest: str) -> str | None:
    words = rest.split()
    if len(words) > 1:
        raise BadInput("Name one service: /ops status [service]")
    return as_name(words[0].removeprefix("service:")) if words else None


def _incident(rest: str) -> OpenIncident | AskForIncident:
    options = {key.lower(): value for key, value in OPTION.findall(rest)}
    title = " ".join(OPTION.sub(" ", rest).split())
    if not title:
        return AskForIncident(as_name(options.get("service")), _severity(options.get("severity")))
    if len(title) > LONGEST_TITLE:
        raise BadInput(
            f"The title has {len(title)} characters; at most {LONGEST_TITLE} fit. Put the rest in the channel."
        )
    return OpenIncident(
        title, as_name(options.get("service")), as_name(options.get("namespace")), _severity(options.get("severity"))
    )


def _severity(word: str | None) -> Severity:
    if word is None:
        return Severity.SEV2
    if word.lower() not in {s.value for s in Severity}:
        raise BadInput(f"Severity “{word[:20]}” is not one of sev1, sev2, sev3, warn, info.")
    return severity_of(word)


def _explain(words: str) -> Explain:
    if not words:
        raise BadInput("Explain what? /ops explain <alert name, error text, PromQL, kind/name, or a symptom in words>")
    if not re.search(r"[^\W_]{2}", words):
        raise BadInput(
            f"There are no words in “{words[:40]}”. Name an alert, an error, PromQL, kind/name or a symptom."
        )
    return Explain(words)


def _freeze(rest: str) -> Freeze:
    """A number in front is how long; everything else is why."""
    told = LASTING.fullmatch(rest)
    minutes = _minutes(told[1], (told[2] or "m").lower(), told[3]) if told else None
    reason = " ".join((told[3] if told else rest).split())
    if len(reason) > LONGEST_REASON:
        raise BadInput(
            f"The reason has {len(reason)} characters; at most {LONGEST_REASON} fit. Nothing is frozen yet: say it "
            "shorter, or freeze first and tell the channel."
        )
    return Freeze(minutes, reason)


def _minutes(number: str, unit: str, reason: str) -> int:
    minutes = int(number) * (60 if unit.startswith("h") else 1) if number.isascii() and number.isdigit() else 0
    if not 1 <= minutes <= MOST_MINUTES or unit[0] in "ds":
        why = f" {' '.join(reason.split())[:LONGEST_REASON]}" if reason else ""
        raise BadInput(
            f"“{number[:20]}” is not a number of minutes from 1 to {MOST_MINUTES} (a day), so nothing is frozen yet. "
            f"Type /ops freeze {MOST_MINUTES}{why}, or /ops freeze{why} until somebody lifts it."
        )
    return minutes


def _unfreeze(rest: str) -> Unfreeze:
    if rest:
        raise BadInput("To lift a freeze, type nothing after it: /ops unfreeze. Nothing was lifted.")
    return Unfreeze()
