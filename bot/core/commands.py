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
    "do <change> <name> · help"
)
TITLE_NEEDED = "Give it a title: incident <title> [service:<name>] [severity:<sev1|sev2|sev3|warn>]"
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
class Help:
    pass


Command = Status | OpenIncident | AskForIncident | Explain | Do | Help


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
