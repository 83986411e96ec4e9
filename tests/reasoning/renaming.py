"""Tells a shipped story in words nobody has seen: other services, nodes, metrics, labels, alerts, thresholds, onset.

What is renamed keeps its shape (names of images and variables too); nothing of what the bot ships knows a new word.
"""

import re
from typing import Any

import yaml

from tests.world.running import SCENARIOS

SERVICES = ("quern", "trivet", "gantry", "bobbin", "ferrule", "spigot", "tankard", "wimble", "dibber")
NODES = ("rack-q1", "rack-q2", "rack-q3", "rack-q4")
LABELS = {"service": "component", "code": "outcome"}


def renamed(name: str, minutes_later: int = 0) -> tuple[dict[str, Any], dict[str, str]]:
    """The story of a shipped scenario in other words, and how each old name is called in it."""
    text = (SCENARIOS / name / "scenario.yaml").read_text()
    told: dict[str, Any] = yaml.safe_load(text)
    names = dict(zip([one["name"] for one in told["services"]], SERVICES, strict=False))
    names |= dict(zip(told.get("nodes", ()), NODES, strict=False))
    names[told["namespace"]] = "outbuilding"
    names |= {metric: f"zz_{number}_measured" for number, metric in enumerate(told["metrics"].values())}
    names |= {one["alert"]: f"Bell{number + 41}" for number, one in enumerate(told["alerts"])}
    for old, new in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = re.sub(rf"(?<![a-z]){re.escape(old)}(?![a-z])", new, text)
    text = re.sub(r"> 0\.05", "> 0.08", text)
    text = re.sub(r'(?<=[{,])service=(?=")', f"{LABELS['service']}=", text)
    text = re.sub(r'(?<=[{,])code=~(?=")', f"{LABELS['code']}=~", text)
    story: dict[str, Any] = yaml.safe_load(text)
    story["metrics"]["labels"] = LABELS
    for moment in ("at", "from"):
        for part in (*story.get("rollouts", ()), *story["faults"]):
            if moment in part and str(part[moment]).startswith("-"):
                part[moment] = f"-{int(str(part[moment])[1:-1]) + minutes_later}m"
    return story, names
