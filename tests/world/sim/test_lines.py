"""What pods write, and that it can be searched and read from the container alike."""

import json
from typing import Any

import numpy as np
import pytest

from bot.playground.world.scenario import Scenario
from bot.playground.world.search.documents import Indices
from bot.playground.world.sim.chatter import Span, lifecycle
from bot.playground.world.sim.journal import Journal
from bot.playground.world.sim.lives import troubles_of
from bot.playground.world.sim.town import Town
from bot.playground.world.tempo import Tempo

from .builders import BAD, FAULT, START, Pods, pods, scenario

LOG = {"level": "ERROR", "rate": 3, "message": "charge {id} failed: NoSuchColumn {x}"}


def _lines(story: Scenario, lives: Pods, seconds: int = 600) -> tuple[Journal, list[Any], Indices]:
    indices = Indices()
    journal = Journal(story, indices, START)
    town = Town(story, START, 0, troubles_of(story.faults, START, Tempo()), journal, Tempo())
    _, lines = town.live(lives, Span(START + np.arange(-seconds + 1.0, 1.0), 1.0))
    journal.publish(lines)
    return journal, lines, indices


def test_a_fault_s_lines_come_from_its_pods_at_its_rate_in_its_time() -> None:
    story = scenario(faults=[{**FAULT, "from": "-300s", "logs": [LOG]}])
    lives = pods(story)
    for pod in lives["till"][:2]:
        pod.image = BAD
    _, lines, _ = _lines(story, lives)
    struck = [line for line in lines if "NoSuchColumn {x}" in line.message]

    assert len(struck) == pytest.approx(900, abs=120)
    assert {line.get("kubernetes.pod.name") for line in struck} == {"till-0", "till-1"}
    assert min(line.at for line in struck) >= START - 301
    assert all(line.get("container.image.tag") == "2" for line in struck)


def test_callers_complain_about_the_service_that_fails_and_no_other() -> None:
    story = scenario(faults=[{**FAULT, "when": {}, "error_ratio": 0.5}])
    _, lines, _ = _lines(story, pods(story))
    complaints = {line.message.split(" failed")[0] for line in lines if line.message.startswith("call to ")}

    assert complaints == {"call to till"}


def test_every_pod_has_everyday_lines_and_one_harmless_warning() -> None:
    story = scenario()
    _, lines, _ = _lines(story, pods(story))
    warned = {line.get("kubernetes.pod.name") for line in lines if "no effect" in line.message}

    assert len(warned) == 7
    assert {line.get("log.level") for line in lines} >= {"INFO", "WARN"}
    assert sum(line.get("log.level") == "ERROR" for line in lines) < 10


def test_the_same_lines_are_searchable_and_printed_by_the_container() -> None:
    story = scenario()
    journal, lines, indices = _lines(story, pods(story))
    indexed = indices.by_name["logs-kubernetes.container_logs-n"].documents

    assert len(indexed) == len(lines)
    assert [one.at for one in indexed] == sorted(one.at for one in indexed)
    printed = journal.logs("n", "till-0", None)
    assert len(printed) == sum(line.get("kubernetes.pod.name") == "till-0" for line in lines)
    parsed = json.loads(printed[0][1])
    assert set(parsed) >= {"@timestamp", "log.level", "message"}
    assert journal.logs("n", "mail-0", None)[0][1].split()[1] in ("INFO", "WARN", "DEBUG", "ERROR")
    assert journal.logs("n", "nobody", None) == []


def test_a_pods_first_words_follow_its_start_as_fast_as_the_story_passes() -> None:
    (pod, *_), tempo = pods(scenario())["till"], Tempo()
    pod.began = START
    tempo.set(10, START)
    words = lifecycle(pod, START, START + 5, tempo)

    assert [line.at - START for line in words] == pytest.approx([0.02, 0.11], abs=1e-3)
