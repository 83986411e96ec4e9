"""Kubeconfig files for local servers."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

Kubeconfig = Callable[[str, str], str]


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Kubeconfig:
    """Write a kubeconfig for a server and a token; its path comes back."""

    def write(server: str, token: str) -> str:
        path = tmp_path / f"kubeconfig-{token}"
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {"server": server}}],
            "users": [{"name": "it", "user": {"token": token}}],
        }
        path.write_text(yaml.safe_dump(content))
        return str(path)

    return write
