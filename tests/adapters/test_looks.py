"""Tools are found, offered, checked, run side by side with deadlines; what happened is always an outcome."""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from bot.adapters.looks import ToolLooks, discover
from bot.core.errors import BadInput, SettingsWrong
from bot.core.events import Outcome
from bot.core.ports import Page
from bot.core.tool import Effect
from tests.tools.read.answering import a_look
from tools.read.runbooks import RunbookSettings

HEAD = """
import threading
import time
from pydantic import BaseModel, ConfigDict
from bot.core.errors import Denied, LookFailed, TimedOut
from bot.core.events import Outcome
from bot.core.tool import Effect, Observation, ReadingTool, Spec

class Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")
    seconds: float = 0
    count: int = 1

class Nothing(BaseModel):
    pass

def tool(name, run, effect=Effect.READ):
    return ReadingTool(Spec(name, effect, Arguments, f"Do {name}."), Nothing, run)
"""

GOOD = (
    HEAD
    + """
def sleeps(asked, settings, look):
    time.sleep(asked.seconds)
    return Observation(Outcome.OK, f"slept {asked.seconds}", "done", {"n": asked.count})

everybody = threading.Barrier(12)

def meets(asked, settings, look):
    everybody.wait(20)
    time.sleep(asked.seconds)
    return Observation(Outcome.OK, "met", "done", {"n": asked.count})

def raises(error):
    def run(asked, settings, look):
        raise error
    return run

def leaks(asked, settings, look):
    return Observation(Outcome.OK, "q password=hunter2", "token=abcdefgh123", {"api_key": "k3y"}, "http://u:hunter2@x/")

TOOLS = (
    tool("sleeps", sleeps), tool("meets", meets), tool("leaks", leaks),
    tool("denied", raises(Denied("403 says the server"))), tool("failed", raises(LookFailed("500"))),
    tool("timed", raises(TimedOut("too slow"))), tool("broken", raises(ZeroDivisionError("oh"))),
)
"""
)

Folder = Callable[[Mapping[str, str]], str]


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Folder]:
    """Write a package of tools; its import name comes back."""
    name = f"tools_of_{abs(hash(request.node.nodeid))}"

    def write(files: Mapping[str, str]) -> str:
        (tmp_path / name).mkdir()
        for file, text in {"__init__.py": "", **files}.items():
            (tmp_path / name / file).write_text(text)
        return name

    sys.path.insert(0, str(tmp_path))
    yield write
    sys.path.remove(str(tmp_path))
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


@pytest.fixture
def looks(folder: Folder) -> ToolLooks:
    return ToolLooks(folder=folder({"good.py": GOOD}))


def test_the_shipped_tools_are_all_found_and_only_read() -> None:
    tools = discover()

    assert sorted(tool.spec.name for tool in tools) == [
        "find_database_faults",
        "find_kubernetes_faults",
        "find_runbooks",
        "find_traces",
        "golden_signals",
        "list_autoscalers",
        "list_events",
        "list_jobs",
        "list_nodes",
        "list_pods",
        "list_workloads",
        "map_services",
        "query_instant",
        "query_metrics",
        "read_alert_rules",
        "read_alerts",
        "read_autoscaler",
        "read_container_logs",
        "read_cron_job",
        "read_drained",
        "read_flag",
        "read_job",
        "read_node",
        "read_pod",
        "read_silence",
        "read_workload",
        "rollout_history",
        "search_logs",
        "what_changed",
    ]
    assert {tool.spec.effect for tool in tools} == {Effect.READ}
    for tool in tools:
        assert tool.spec.says[0].isupper()
        assert json.dumps(tool.spec.schema())


def test_a_tool_without_its_settings_is_not_offered_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PROMETHEUS_URL", "ELASTICSEARCH_URL", "KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ELASTICSEARCH_URL", "no address")

    looks = ToolLooks()
    why = looks.not_offered()

    assert looks.specs() == ()
    assert why["query_metrics"] == "PROMETHEUS_URL is not set"
    assert why["search_logs"].startswith("ELASTICSEARCH_URL ")
    assert why["list_pods"] == "KUBECONFIG is not set, and this is not a pod"
    assert why["find_runbooks"] == "MIDWATCH_RUNBOOKS is not set"
    with pytest.raises(BadInput, match="PROMETHEUS_URL is not set"):
        looks.look("query_metrics", {"expression": "up"}, a_look())


def test_settings_come_from_the_environment_and_an_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMETHEUS_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("ELASTICSEARCH_URL", raising=False)
    (tmp_path / ".env").write_text("ELASTICSEARCH_URL=http://127.0.0.1:2\nSOMETHING_ELSE=x\n")

    offered = {spec.name for spec in ToolLooks(env_file=tmp_path / ".env").specs()}

    assert {"query_metrics", "search_logs"} <= offered


class OnePage:
    """`ports.Runbooks` with one page."""

    def search(self, query: str, alertname: str = "", most: int = 5) -> list[Page]:
        return [Page("a", f"About {query}", 0.8, "words", "text", "")] if query else []

    def candidates(self, query: str, alertname: str = "", most: int = 5) -> list[Page]:
        return self.search(query or "something else")


def test_wiring_may_give_settings_itself() -> None:
    looks = ToolLooks(given=[RunbookSettings(MIDWATCH_RUNBOOKS=OnePage())])
    found = looks.look("find_runbooks", {"query": "disks"}, a_look())

    assert found.facts["pages"][0]["title"] == "About disks"
    assert looks.look("find_runbooks", {"query": ""}, a_look()).outcome is Outcome.NO_DATA


@pytest.mark.parametrize(
    ("tool", "outcome", "words"),
    [
        ("denied", Outcome.DENIED, "403 says the server"),
        ("failed", Outcome.FAILED, "500"),
        ("timed", Outcome.TIMED_OUT, "too slow"),
        ("broken", Outcome.FAILED, "broken failed unexpectedly: ZeroDivisionError: oh (at good.py:"),
    ],
)
def test_whatever_a_tool_raises_becomes_its_outcome(looks: ToolLooks, tool: str, outcome: Outcome, words: str) -> None:
    found = looks.look(tool, {"count": 3}, a_look())

    assert found.outcome is outcome
    assert found.digest.startswith(words)
    assert found.asked == f"{tool}(seconds=0, count=3)"
    assert found.facts == {}


@pytest.mark.parametrize(
    ("tool", "arguments", "words"),
    [
        ("sleeps", {"count": "many"}, "sleeps: count: "),
        ("sleeps", {"speed": 1}, "sleeps: speed: "),
        ("flies", {}, "there is no reading tool 'flies'; there are broken, denied"),
    ],
)
def test_bad_arguments_name_the_field(looks: ToolLooks, tool: str, arguments: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        looks.look(tool, arguments, a_look())


def test_a_hung_tool_is_left_at_its_deadline_and_holds_nobody(looks: ToolLooks) -> None:
    began = time.monotonic()
    calls = [("sleeps", {"seconds": 30, "count": 1}), ("sleeps", {"seconds": 0.05, "count": 2}), ("failed", {})]
    hung, quick, failed = looks.look_all(calls, a_look(seconds=0.5))

    assert time.monotonic() - began < 20
    assert (hung.outcome, hung.digest) == (Outcome.TIMED_OUT, "sleeps timed out after 0.5 s")
    assert (quick.outcome, quick.facts) == (Outcome.OK, {"n": 2})
    assert failed.outcome is Outcome.FAILED


def test_looks_run_side_by_side_and_come_back_in_order(looks: ToolLooks) -> None:
    """Each waits until all twelve have begun, so one after the other none would ever end; then the last ends first."""
    calls = [("meets", {"seconds": (12 - number) / 40, "count": number}) for number in range(12)]
    found = looks.look_all(calls, a_look(seconds=30))

    assert [one.facts.get("n") for one in found] == list(range(12))


def test_more_looks_than_run_at_once_are_all_made(looks: ToolLooks) -> None:
    found = looks.look_all([("sleeps", {"count": number}) for number in range(40)], a_look())

    assert [one.facts["n"] for one in found] == list(range(40))


def test_one_bad_call_starts_none(looks: ToolLooks) -> None:
    with pytest.raises(BadInput):
        looks.look_all([("sleeps", {"seconds": 5}), ("sleeps", {"count": "x"})], a_look())


def test_secrets_do_not_leave_a_look(looks: ToolLooks) -> None:
    found = looks.look("leaks", {}, a_look())

    assert not [secret for secret in ("hunter2", "abcdefgh123", "k3y") if secret in repr(found)]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"bad.py": "import nothing_of_this_name\n"}, r"bad.py:1.*nothing_of_this_name"),
        ({"bad.py": "x = 1\nTOOLS = (\n"}, r"bad.py:\d.*SyntaxError"),
        ({"bad.py": "x = 1\n"}, r"bad.py:1: a tool module has TOOLS"),
        ({"bad.py": "x = 1\nTOOLS = (x,)\n"}, r"bad.py:2: 1 in TOOLS is no ReadingTool"),
        ({"a.py": GOOD, "b.py": GOOD}, r"tool sleeps is defined twice: in .*a.py:\d+ and in .*b.py:\d+"),
        ({"bad.py": HEAD + "TOOLS = (tool('x', None, None),)\n"}, r"bad.py:\d+: tool x does not say its Effect"),
        (
            {"bad.py": HEAD + "TOOLS = (tool('x', None, Effect.CHANGE),)\n"},
            r"bad.py:\d+: tool x is a reading tool, but",
        ),
        (
            {"bad.py": HEAD + "TOOLS = (ReadingTool(Spec('x', arguments=Arguments, says='X.'), Nothing, None),)\n"},
            r"effect",
        ),
    ],
)
def test_a_broken_tool_stops_the_process_and_says_where(folder: Folder, files: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsWrong, match=words):
        ToolLooks(folder=folder(files))


def test_dropping_a_file_in_is_enough(folder: Folder) -> None:
    name = folder({"good.py": GOOD, "more.py": HEAD + "TOOLS = (tool('extra', lambda a, s, l: None),)\n"})

    assert "extra" in {spec.name for spec in ToolLooks(folder=name).specs()}
