"""What somebody may bring: a story with two faults at once, and a page whose first hypothesis is wrong."""

from typing import Any

from tests.world.running import other_names

PAGE = """---
id: kiln-cracks
title: Pots crack in the kiln
when:
  alerts: ["KilnCracks"]
causes:
  - id: damp
    name: damp clay
    cause: "The clay of {service} is damp"
    prior: 0.6
    requires:
      - {if: 'mentions(logs, "steam|moisture")', weight: 0.6}
    supports:
      - {if: rose(alert), weight: 0.5}
    next_step: "Let the clay dry"
    prevention: "Dry it for longer"
    could_tell_apart: "steam in the logs"
---
# Pots crack in the kiln

## Symptoms

Cracked pots.

## How to check by hand

Look whether the clay is damp: that is what it always was so far.

## How to fix

Let the clay dry.

## Follow-up

Buy a better shed.
"""


def two_faults() -> dict[str, Any]:
    """The kiln's rollout cracks pots while the shelf leaks memory since a rollout of its own."""
    story = other_names()
    leaky = "r.example/shelf:2"
    story["history"] = "40m"
    story["rollouts"].append({"service": "shelf", "at": "-13m", "image": leaky})
    story["faults"].append(
        {
            "name": "creaks",
            "service": "shelf",
            "when": {"image": leaky},
            "from": "-13m",
            "memory_mb_per_minute": 22,
            "restart_every": "8m",
            "reason": "OOMKilled",
        }
    )
    query = '(sum(kube_pod_container_status_last_terminated_reason{container="shelf",reason="OOMKilled"}) or vector(0))'
    story["alerts"].append(
        {
            "alert": "ShelfCollapses",
            "expr": f"{query} >= 1",
            "labels": {"severity": "critical", "service": "shelf", "namespace": "workshop"},
        }
    )
    return story
