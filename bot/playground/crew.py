"""The playground's processes: started, watched, revived when they die, and ended together.

Used by `midwatch demo` and by the kill tests, which count on a dead process coming back.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

REST_SECONDS = 0.3
END_SECONDS = 8.0
KEPT_FROM_OUTSIDE = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SYSTEMROOT",
    "PYTHONPATH",
    "COVERAGE_PROCESS_START",
)


@dataclass
class Member:
    """One process: how it is started, and the one running now."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    log: Path
    revive: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    deaths: list[int] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.argv, env=dict(self.env), stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def end(self, how: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, how)
            except ProcessLookupError:
                return


class Crew:
    """All processes of one playground. Use as a context: leaving it ends every one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.members: dict[str, Member] = {}
        self._ending = threading.Event()
        self._watch = threading.Thread(target=self._keep_watch, daemon=True)

    def __enter__(self) -> "Crew":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def hire(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None, revive: bool = True) -> Member:
        """Start a process with nothing in its environment but ``env`` and what any program needs."""
        outside = {key: os.environ[key] for key in KEPT_FROM_OUTSIDE if key in os.environ}
        member = Member(name, argv, {**outside, **(env or {})}, self.folder / f"{name}.log", revive)
        member.start()
        self.members[name] = member
        return member

    def end(self) -> None:
        """Ask every process to stop, and make sure."""
        self._ending.set()
        for member in reversed(self.members.values()):
            member.end(signal.SIGTERM)
        deadline = time.monotonic() + END_SECONDS
        for member in self.members.values():
            if member.process is None:
                continue
            try:
                member.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                member.end(signal.SIGKILL)
                member.process.wait()
            member.end(signal.SIGKILL)  # work-horses share the group

    def _keep_watch(self) -> None:
        while not self._ending.wait(REST_SECONDS):
            for member in list(self.members.values()):
                self._revive(member)

    def _revive(self, member: Member) -> None:
        process = member.process
        if process is None or (code := process.poll()) is None or self._ending.is_set():
            return
        member.deaths.append(code)
        member.process = None
        if member.revive:
            member.start()


def python(*arguments: str) -> list[str]:
    """A command line for this very interpreter."""
    return [sys.executable, *arguments]
