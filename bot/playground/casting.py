"""Who the people of the playground are and what they may, as the page in the browser is told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

RESPONDER = "U0RESPONDR"
APPROVER = "U0APPROVER"
VISITOR = "U0VISITOR0"
ROLES = (
    (RESPONDER, "responder", "on call tonight: invited to incidents, may ask for everything, may not approve"),
    (APPROVER, "approver", "may approve or deny what the bot proposes"),
    (VISITOR, "visitor", "reads along and is refused, kindly, when pressing a button"),
)


def told_to_page(scenario: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """People, commands and the story's title; commands as the app's manifest has them."""
    told = ("command", "description", "usage_hint")
    commands = manifest["features"]["slash_commands"]
    return {
        "title": title_of(scenario),
        "people": [{"user": user, "role": role, "about": about} for user, role, about in ROLES],
        "commands": [{name: command[name] for name in told if name in command} for command in commands],
    }


def title_of(scenario: Path) -> str:
    told: Any = yaml.safe_load((scenario / "scenario.yaml").read_text(encoding="utf-8"))
    return str(told.get("title") or scenario.name) if isinstance(told, dict) else scenario.name
