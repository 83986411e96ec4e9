"""Finding the tools: what is in the folder is offered, what is broken stops the process, naming the file."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bot.adapters.changes import ChangeTools, offered_specs
from bot.core.errors import BadInput, Refused, SettingsWrong
from bot.core.tool import Effect, Preparing
from tests.fakes_ledger import BEGINNING
from tests.tools.change.stage import NODES, Stage
from tools.change import roll_back_deployment

WHEN = Preparing(now=BEGINNING, runs_as="act")


def test_the_changes_are_offered_by_name_with_strict_schemas() -> None:
    specs = {spec.name: spec for spec in offered_specs()}

    assert set(specs) == {
        "expire_silence",
        "cordon_node",
        "drain_node",
        "evict_pod",
        "rerun_job",
        "restart_deployment",
        "resume_cronjob",
        "roll_back_deployment",
        "scale_deployment",
        "set_autoscaler_bounds",
        "set_resources",
        "silence_alert",
        "suspend_cronjob",
        "toggle_feature_flag",
        "uncordon_node",
    }
    for spec in specs.values():
        assert spec.effect is Effect.CHANGE
        assert spec.button.istitle()
        assert spec.says.endswith(".")
        schema = spec.schema()
        assert schema["additionalProperties"] is False
        assert all("description" in field for field in schema["properties"].values())
        assert not {'"ge":', '"le":'} & set(json.dumps(schema).split())  # no word of JSON Schema: a model refuses it


def test_naming_a_change_imports_no_implementation() -> None:
    look = (
        "import sys; from bot.adapters.changes import offered_specs; offered_specs(); "
        "print([m for m in sys.modules if m.startswith(('tools.change', 'kubernetes'))])"
    )
    answer = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"


def test_every_spec_is_implemented_and_knows_how_to_find_its_settings(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(stage.settings().kubeconfig))
    monkeypatch.setenv("ALERTMANAGER_URL", "http://alertmanager:9093")
    monkeypatch.setenv("FLAGS_URL", "http://flags:8080")
    monkeypatch.setenv("MIDWATCH_NODES_KUBECONFIG", str(stage.settings(NODES).kubeconfig))
    tools = ChangeTools.discover()

    assert tools.names() == {spec.name for spec in offered_specs()} == {spec.name for spec in tools.specs()}
    plan = tools.prepare("roll_back_deployment", {"namespace": "web", "name": "shop"}, WHEN)
    assert plan.tool == "roll_back_deployment"


def test_without_settings_a_tool_is_not_offered_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    tools = ChangeTools.discover()

    assert tools.names() == frozenset()
    assert tools.not_offered["silence_alert"] == "ALERTMANAGER_URL is not set"
    assert tools.not_offered["restart_deployment"] == "KUBECONFIG is not set, and this is not a pod"
    with pytest.raises(Refused) as refusal:
        tools.prepare("restart_deployment", {}, WHEN)
    assert refusal.value.why == "unknown_tool"


def test_settings_may_stand_in_a_file(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBECONFIG", raising=False)
    (tmp_path / "act.env").write_text(f"KUBECONFIG={stage.settings().kubeconfig}\n")

    assert ChangeTools.discover(env_file=tmp_path / "act.env").names()


def test_arguments_are_checked_before_anything_is_read(stage: Stage) -> None:
    tools = ChangeTools([(roll_back_deployment.TOOL, stage.settings())])

    with pytest.raises(BadInput, match=r"name: Field required.*force: Extra inputs"):
        tools.prepare("roll_back_deployment", {"namespace": "web", "force": True}, WHEN)


def test_a_kubeconfig_that_cannot_be_used_is_said_and_never_shown(stage: Stage, tmp_path: Path) -> None:
    broken = stage.settings()
    Path(str(broken.kubeconfig)).write_text("token: very-secret-token\n")
    tools = ChangeTools([(roll_back_deployment.TOOL, broken)])

    with pytest.raises(Refused) as refusal:
        tools.prepare("roll_back_deployment", {"namespace": "web", "name": "shop"}, WHEN)
    assert refusal.value.why == "settings"
    assert "very-secret-token" not in str(refusal.value)


GOOD = """
from pydantic import BaseModel
from bot.core.tool import Effect, Spec
SPEC = Spec("one", Effect.CHANGE, BaseModel, "Do one thing.", "Do")
"""
SILENT = """
from pydantic import BaseModel
from bot.core.tool import Spec
SPEC = Spec(name="one", arguments=BaseModel, says="Do one thing.", button="Do")
"""
WRONG = {
    "no spec at all": ("X = 1\n", "one SPEC"),
    "it does not say its effect": (SILENT, "missing 1 required .* argument: 'effect'"),
    "it only reads": (GOOD.replace("CHANGE", "READ"), "does not change anything"),
    "it has no button": (GOOD.replace(', "Do")', ")"), "Approve button"),
    "it does not import": ("import nowhere_to_be_found\n", "cannot be loaded"),
    "it does not parse": ("def (:\n", "cannot be loaded"),
}


def folder(tmp_path: Path, name: str, **files: str) -> str:
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").write_text("")
    for file, text in files.items():
        (package / f"{file}.py").write_text(text)
    return name


@pytest.mark.parametrize("what", sorted(WRONG))
def test_a_broken_spec_stops_the_process_naming_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    text, words = WRONG[what]
    monkeypatch.syspath_prepend(tmp_path)
    package = folder(tmp_path, f"specs_{abs(hash(what))}", broken=text)

    with pytest.raises(SettingsWrong, match=words) as stopped:
        offered_specs(package)
    assert "broken" in str(stopped.value)


def test_two_specs_of_one_name_stop_the_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    package = folder(tmp_path, "specs_twice", first=GOOD, second=GOOD)

    with pytest.raises(SettingsWrong, match="already in"):
        offered_specs(package)


def test_a_spec_nobody_implements_stops_the_act_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    specs = folder(tmp_path, "specs_alone", one=GOOD)

    with pytest.raises(SettingsWrong, match="no implementation of one"):
        ChangeTools.discover(specs=specs)


def test_only_one_file_makes_a_client_and_only_the_gate_opens_connections() -> None:
    """A change that made its own client would go round the gate."""
    root = Path(roll_back_deployment.__file__).parent
    allowed = {"cluster.py", "gate.py"}
    for file in root.rglob("*.py"):
        words = file.read_text()
        if file.name not in allowed:
            assert "import kubernetes" not in words
            assert "from kubernetes" not in words
            assert "subprocess" not in words
            assert "urllib3" not in words
