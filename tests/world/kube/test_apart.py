"""The Kubernetes half of the world stands alone: nothing of the bot, nothing of the client it is tested with."""

import ast
import subprocess
import sys
from pathlib import Path

from bot.playground.world import kube

HOME = Path(str(kube.__file__)).parent
OWN = "bot.playground.world.kube"


def _imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


def test_nothing_of_the_bot_is_imported():
    of_the_bot = {name for file in HOME.rglob("*.py") for name in _imports(file) if name.startswith(("bot", "tools"))}

    assert len(of_the_bot) > 10
    assert {name for name in of_the_bot if not name.startswith(OWN)} == set()


def test_the_world_runs_without_the_kubernetes_client():
    look = f"import sys, {OWN}.http; print([name for name in sys.modules if name.split('.')[0] == 'kubernetes'])"
    said = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=60)

    assert said.stdout.strip() == "[]"
