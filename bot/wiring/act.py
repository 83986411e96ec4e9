"""Builds and runs `midwatch worker act`: the write identity, the public key, and the only import of changing tools."""

import logging
import secrets
import time
from datetime import timedelta

from bot.adapters.approval_index import RedisApprovalIndex
from bot.adapters.changes import ChangeTools
from bot.adapters.ed25519 import Ed25519Verifier
from bot.jobs.desk import put
from bot.services.execution import Executing, Execution
from bot.services.preparation import Preparation, Proposing
from bot.settings import ActSettings, env_file, read, secrets_dir
from bot.settings_seen import refuse_foreign
from bot.wiring.common import arm_failpoints, log_to_stderr, store, work
from bot.wiring.judging import judged_by, limits_of, meter_of

log = logging.getLogger("midwatch.act")


def main() -> None:
    """Run until told to stop."""
    log_to_stderr()
    refuse_foreign("act")
    settings = read(ActSettings)
    arm_failpoints(settings.failpoints)
    home = store(settings)
    changes = ChangeTools.discover(env_file=env_file(), secrets_dir=secrets_dir())
    judging = judged_by(settings, settings.namespaces, settings.catalog, meter_of(settings))
    if judging.meter is None and any(service.slo for service in judging.catalogue.services):
        log.warning("the catalogue has SLOs and PROMETHEUS_URL is not set: what has no way back takes two people")
    proposing = Proposing(
        new_id=lambda: secrets.token_hex(16),
        approval_for=timedelta(minutes=settings.approval_minutes),
    )
    executing = Executing(pause=time.sleep, limits=limits_of(settings), acting=settings.mode == "act")
    index = RedisApprovalIndex(home.client)
    put("preparation", Preparation(home.ledgers, home.payloads, index, home.bell, changes, judging, proposing))
    verifier = Ed25519Verifier.read(settings.verify_key)
    put("execution", Execution(home.ledgers, home.payloads, home.bell, verifier, changes, judging, executing))
    work("act", settings)
