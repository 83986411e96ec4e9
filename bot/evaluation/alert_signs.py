"""An alert's own words as signs: what it claims, about whom, with its numbers. It claims and proves nothing.

Where its text is all there is, an answer still names the object and the mechanism; evidence weighs more.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.core.measures import clip
from bot.core.signs import Role, Sign, Source

CLAIMED, NAMED = 0.45, 0.3
# what pods that are ready now refute; throttling, latency or errors they do not
REFUTABLE = frozenset({"oom_killed", "crash_loop", "image_pull", "not_ready"})
# mechanisms that an alert's text can name, in the field's words
MECHANISMS = (
    ("cpu_throttling", r"throttl", "its CPU limit is too low for what it does (CPU throttling)",
     "Raise or remove the container's CPU limit"),
    ("oom_killed", r"oom ?killed|out of memory", "it ran out of memory (OOMKilled)", "Raise its memory limit"),
    ("memory_high", r"memory (pressure|usage|utili[sz]ation)|high memory|memory.{0,20}(above|over|high)",
     "memory is nearly used up", "Find what uses the memory, or give it more"),
    ("disk_full", r"disk|filesystem|volume.{0,30}(full|fill|space)|running out of space", "storage fills up",
     "Free or enlarge it"),
    ("crash_loop", r"crash ?loop|crashing|restart", "it crashes and is started again (CrashLoopBackOff)",
     "Read its log"),
    ("image_pull", r"image ?pull|ErrImagePull", "its image cannot be pulled", "Correct the image"),
    ("not_ready", r"not ready|NotReady|unavailable|replicas? mismatch|not matched|non-ready", "it is not ready",
     "Look at its pods"),
    ("job_failed", r"job.{0,30}fail", "its Job failed", "Read the log of its pod"),
    ("latency_high", r"latency|slow|duration|response time", "it answers slowly (high latency)", "Find the slow step"),
    ("errors_high", r"error rate|5xx|errors", "it answers with errors", "Look at its errors"),
    ("cpu_high", r"cpu (usage|utili[sz]ation)|high cpu|cpu.{0,20}(above|over|high)|load", "the CPU is nearly used up",
     "Find what uses it"),
    ("dns", r"\bdns\b|resolv", "names do not resolve (DNS)", "Look at DNS"),
)  # fmt: skip
ALWAYS = re.compile(
    r"\bwatchdog\b|always firing|meant to ensure that the entire alerting pipeline|DeadMansSwitch", re.I
)


def fires_always(text: str) -> bool:
    """An alert that fires as long as alerting works: nothing is wrong when it does."""
    return bool(ALWAYS.search(text))


def always(name: str) -> tuple[Sign, ...]:
    says = (
        f"The alert {name or 'itself'} is always firing by design, to show that alerting works: that is expected and "
    )
    says += "not an issue; only its absence would be"
    return (Sign("alert_by_design", Role.WELL, Source.ALERT, says, weight=0.8),)


def alert_signs(
    name: str, texts: Iterable[str], labels: Mapping[str, str], service: str, namespace: str, at: datetime | None = None
) -> tuple[Sign, ...]:
    """One sign: the alert's words whole, with what mechanism they name."""
    words = ". ".join(dict.fromkeys(text.strip().rstrip(".") for text in texts if text and text.strip()))
    if not words and not name:
        return ()
    kind, means, mends = _mechanism(f"{name} {words}")
    who = labels.get("pod") or labels.get("node") or labels.get("instance") or service
    container = f" (container {labels['container']})" if labels.get("container") else ""
    place = f" in namespace {namespace}" if namespace else ""
    says = (
        f"The alert {name or 'itself'} says of {who or 'the cluster'}{container}{place}: “{clip(words or name, 260)}”"
    )
    says += f": {means}" if means else ""
    kind_of = "Pod" if labels.get("pod") else "Node" if labels.get("node") and not service else ""
    object_ = f"{kind_of}/{namespace}/{who}" if kind_of else who
    return (
        Sign(
            f"alert_{kind or 'fires'}", Role.SYMPTOM, Source.ALERT, says, object_, service, namespace,
            CLAIMED if kind else NAMED, at, at, (clip(words or name, 280),), mends=mends,
            facts={"refutable": kind in REFUTABLE},
        ),
    )  # fmt: skip


def _mechanism(text: str) -> tuple[str, str, str]:
    found = ((kind, means, mends) for kind, rule, means, mends in MECHANISMS if re.search(rule, text, re.I))
    return next(found, ("", "", ""))
