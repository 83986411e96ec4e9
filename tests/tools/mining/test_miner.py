"""Templates out of lines: what belongs together is together, nothing is lost, memory is bounded, secrets are hidden."""

import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.records import LogLine
from bot.core.signs import Role
from bot.core.window import window_of
from tools.read.mining.distilling import News, distil, lags, signs_of
from tools.read.mining.headers import Headers
from tools.read.mining.miner import MOST_TEMPLATES, Miner, mine

ALERT = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
WINDOW = window_of(ALERT, ALERT + timedelta(minutes=10))
CHANCE = random.Random(7)
USERS = ["root", "admin", "test", "guest", "oracle", "bob", "alice", "ubuntu", "carol"]
Make = Callable[[], str]


def some(most: int) -> int:
    return CHANCE.randint(0, most)


def address() -> str:
    return f"10.{some(255)}.{some(255)}.{some(255)}"


SYSTEMS: dict[str, tuple[str, list[Make]]] = {
    "hdfs": (
        "081109 203615 148 INFO dfs.DataNode: ",
        [
            lambda: f"Receiving block blk_{some(10**12)} src: /{address()}:50010 dest: /{address()}:50010",
            lambda: f"PacketResponder {some(2)} for block blk_{some(10**12)} terminating",
            lambda: f"Verification succeeded for blk_{some(10**12)}",
        ],
    ),
    "ssh": (
        "Dec 10 06:55:46 lab sshd[24200]: ",
        [
            lambda: f"Failed password for {CHANCE.choice(USERS)} from {address()} port {some(65000)} ssh2",
            lambda: f"Invalid user {CHANCE.choice(USERS)} from {address()}",
            lambda: f"pam_unix(sshd:session): session opened for user {CHANCE.choice(USERS)} by (uid=0)",
            lambda: f"pam_unix(sshd:session): session closed for user {CHANCE.choice(USERS)}",
        ],
    ),
    "java": (
        "2026-03-01 02:00:00,123 INFO  [main] o.e.Shop - ",
        [
            lambda: f"order {some(9999)} paid in {some(900)} ms",
            lambda: "cache warmed",
            lambda: f"[instance: {some(10**9)}-x1] VM Started (Lifecycle Event)",
            lambda: f"[instance: {some(10**9)}-x1] VM Paused (Lifecycle Event)",
        ],
    ),
}


def accuracy(got: Sequence[int], truth: Sequence[int]) -> float:
    """The share of lines whose whole group is the right one."""
    mine_, theirs = defaultdict(set), defaultdict(set)
    for number, (one, other) in enumerate(zip(got, truth, strict=True)):
        mine_[one].add(number)
        theirs[other].add(number)
    groups = {frozenset(one) for one in mine_.values()}
    return sum(len(one) for one in theirs.values() if frozenset(one) in groups) / len(got)


@pytest.mark.parametrize("system", SYSTEMS)
def test_lines_of_one_kind_are_one_template_and_of_two_are_two(system: str) -> None:
    header, makes = SYSTEMS[system]
    truth = [some(len(makes) - 1) for _ in range(1500)]
    assert accuracy(mine([header + makes[kind]() for kind in truth]), truth) == 1.0


def test_a_header_is_taken_off_in_the_common_formats() -> None:
    lines = {
        "2026-03-01T02:00:00.123Z ERROR pool exhausted": "pool exhausted",
        "Dec 10 06:55:46 lab sshd[24200]: Invalid user x": "Invalid user x",
        "E0301 02:00:00.123456       1 main.go:42] pool exhausted": "pool exhausted",
        '{"level": "error", "msg": "pool exhausted"}': "pool exhausted",
        "[Sun Dec 04 04:47:44 2005] [error] pool exhausted": "pool exhausted",
        "no header at all": "no header at all",
    }
    assert {line: Headers([line]).message(line) for line in lines} == lines


@given(st.lists(st.text(max_size=60), max_size=60))
def test_every_line_gets_a_template_and_the_counts_add_up(lines: list[str]) -> None:
    miner = Miner()
    for line in lines:
        miner.add(line)
    assert sum(one.count for one in miner.templates.values()) + miner.other == len(lines)


def test_names_in_front_of_a_line_are_names_too() -> None:
    names = [f"{one}{other}" for one in ("ann", "bob", "eve", "kim") for other in ("a", "b", "c", "d", "e")]
    lines = [f"{name} logged in from lab" for name in names] + [f"{name} logged out" for name in names]
    assert len(set(mine(lines))) == 2


def test_nothing_new_is_not_said_where_lines_found_no_place() -> None:
    words = ("".join(chr(97 + n // 26**power % 26) for power in range(4)) for n in range(MOST_TEMPLATES + 600))
    usual = [line(f"{word} {word[::-1]} went {word}x {word[1:]}", -30) for word in words]
    late = [line("reactor lost its coolant", 1, "fatal") for _ in range(30)]
    found = distil([*usual, *late], WINDOW)
    assert found.other > 0
    assert Role.WELL not in {one.role for one in signs_of(found)}


def test_lines_beyond_the_window_do_not_count() -> None:
    lines = [line("order paid", n) for n in range(-50, 10)] + [line("pool exhausted", 500, "error") for _ in range(9)]
    found = distil(lines, WINDOW)
    assert found.lines == 60
    assert not any(one.bad for one in found.kinds)


def test_memory_is_bounded_whatever_comes() -> None:
    miner = Miner()
    for number in range(MOST_TEMPLATES + 3_000):
        word = "".join(chr(97 + number // 26**power % 26) for power in range(4))
        miner.add(f"{word} {word[::-1]} happened {word}x")
    assert len(miner.templates) <= MOST_TEMPLATES
    assert miner.other > 0


def line(text: str, minutes: float, level: str = "info") -> LogLine:
    return LogLine(text, ALERT + timedelta(minutes=minutes), level, "shop", "shop-1")


def test_what_is_new_is_told_from_what_was_always_there() -> None:
    usual = [line(f"order {n} paid", n / 10) for n in range(-300, 60)]
    new = [line(f"voucher {n} was not accepted by frobnicator", n / 10, "error") for n in range(20)]
    found = distil([*usual, *new], WINDOW)
    assert found.kinds[0].news is News.NEW
    assert (found.kinds[0].now, found.kinds[0].before) == (20, 0)
    assert found.lines == len(usual) + len(new)
    [sign] = signs_of(found)
    assert "20 times (not before)" in sign.says
    assert sign.role is Role.SYMPTOM


def test_nothing_new_is_said_only_where_both_stretches_were_read() -> None:
    usual = [line(f"order {n} paid", n / 10) for n in range(-300, 60)]
    assert [one.role for one in signs_of(distil(usual, WINDOW))] == [Role.WELL]
    assert signs_of(distil([one for one in usual if one.at and one.at >= WINDOW.start], WINDOW)) == ()


def test_what_began_shortly_before_another_is_told() -> None:
    usual = [line(f"order {n} paid", n / 10) for n in range(-300, 60)]
    pool = [line("pool exhausted for db", 0 + n, "error") for n in range(3)]
    late = [line("request timed out waiting", 0.05 + n, "error") for n in range(3)]
    [(earlier, later, seconds)] = lags(distil([*usual, *pool, *late], WINDOW))
    assert (earlier, later) == ("pool exhausted for db", "request timed out waiting")
    assert seconds == pytest.approx(3)


def test_stack_frames_belong_to_the_line_above_and_secrets_are_not_kept() -> None:
    lines = [line("NullPointerException: boom", 1, "error"), line("\tat shop.Cart.add(Cart.java:7)", 1, "error")]
    found = distil([*lines, line("login with password=hunter2secret failed", 1, "error")], WINDOW)
    assert found.folded == 1
    assert "hunter2secret" not in str([one.exemplars for one in found.kinds])


def test_the_command_assigns_a_template_to_each_line(tmp_path: Path) -> None:
    file = tmp_path / "a.log"
    file.write_text("user bob in\nuser bob out\nuser eve in 7\nuser bob in\n")
    done = subprocess.run(
        [sys.executable, "-m", "bot", "logs", str(file), "--assign"], capture_output=True, text=True, timeout=60
    )
    ids = done.stdout.split()
    assert len(ids) == 4
    assert ids[0] == ids[3] != ids[1]
