"""What every process is built of: its Redis clients, ledgers, payloads, bell; logging; failpoints; stopping."""

import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import FrameType

import redis

from bot.adapters.payloads import RedisPayloads
from bot.adapters.redis_client import blocking, fast, patient
from bot.adapters.redis_ledger import RedisLedgers
from bot.adapters.rq_jobs import RedisBell, WatchWorker, witness
from bot.core.due import Pacing
from bot.core.errors import Unreachable
from bot.core.failpoint import arm
from bot.core.redact import redact, redact_json
from bot.settings_common import Common

POD_NAMESPACE = Path("/var/run/secrets/kubernetes.io/serviceaccount/namespace")


@dataclass(frozen=True)
class Store:
    """The Redis of one process, seen through its own user."""

    client: "redis.Redis"
    ledgers: RedisLedgers
    payloads: RedisPayloads
    bell: RedisBell


def store(settings: Common, quick: bool = False) -> Store:
    """``quick`` for what stands before an acknowledgement."""
    client = fast(settings.redis_url) if quick else patient(settings.redis_url)
    return Store(
        client,
        RedisLedgers(client),
        RedisPayloads(client, redact_json, settings.retention_days),
        RedisBell(client),
    )


def listening(settings: Common) -> "redis.Redis":
    return blocking(settings.redis_url)


def pacing(settings: Common) -> Pacing:
    return Pacing(
        recheck=timedelta(seconds=settings.recheck_seconds),
        proposing=settings.mode != "observe",
        acting=settings.mode == "act",
    )


class Lines(logging.Formatter):
    """One JSON object a line, secrets taken out."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "log": record.name,
            "says": redact(record.getMessage()),
        }
        if record.exc_info:
            line["error"] = redact(self.formatException(record.exc_info))[-4000:]
        return json.dumps(line, ensure_ascii=False)


def log_to_stderr(level: int = logging.INFO) -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in (
        "slack_bolt",
        "slack_sdk",
        "rq.worker",
        "httpx",
        "httpx2",
        "urllib3",
        "elastic_transport",
        "chromadb",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def arm_failpoints(folder: Path | None) -> None:
    """For kill tests: a file named after a point says whom to kill there, a line a death: self, parent or both."""
    if folder is not None:
        arm(lambda point: _maybe_die(folder / point))
        witness(lambda job: _note_modules(folder / "modules" / job))


def _note_modules(note: Path) -> None:
    """For boundary tests: what this process has imported by the end of a job; only where they made the folder."""
    if note.parent.is_dir():
        note.write_text("\n".join(sorted(sys.modules)))


def _maybe_die(armed: Path) -> None:
    taken = armed.with_name(f"{armed.name}.taken-{os.getpid()}-{threading.get_ident()}")
    try:
        armed.rename(taken)  # atomic: one death a file
    except FileNotFoundError:
        return
    whom, *rest = taken.read_text().split("\n")
    if any(rest):
        armed.write_text("\n".join(rest))
    if whom in {"parent", "both"}:
        os.kill(os.getppid(), signal.SIGKILL)
    if whom in {"self", "both"}:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(5)  # a work-horse whose parent was killed is about to be killed by the kernel


def own_namespace() -> str | None:
    """The namespace this pod runs in, None outside a cluster."""
    return POD_NAMESPACE.read_text(encoding="utf-8").strip() if POD_NAMESPACE.exists() else None


def work(queue: str, settings: Common) -> None:
    """Take jobs of one queue until told to stop. Everything heavy is imported by now, so that a fork costs nothing."""
    gc.collect()
    gc.freeze()
    try:
        WatchWorker.of(queue, listening(settings)).work(logging_level="WARNING")
    except redis.RedisError as error:
        raise Unreachable(f"Redis does not answer the {queue} worker: {error}") from error


def stop_on_signals(stop: threading.Event) -> None:
    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
