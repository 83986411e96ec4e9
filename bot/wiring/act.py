"""Builds and runs `midwatch worker act`: the write identity, the public key, and the only import of changing tools."""

import secrets
import time
from datetime import timedelta

from bot.adapters.approval_index import RedisApprovalIndex
from bot.adapters.changes import ChangeTools
from bot.adapters.ed25519 import Ed25519Verifier
from bot.core.policy import Rules
from bot.jobs.desk import put
from bot.services.execution import Executing, Execution
from bot.services.preparation import Preparation, Proposing
from bot.settings import ActSettings, env_file, read
from bot.settings_seen import refuse_foreign
from bot.wiring.common import arm_failpoints, log_to_stderr, own_namespace, store, work


def main() -> None:
    """Run until told to stop."""
    log_to_stderr()
    refuse_foreign("act")
    settings = read(ActSettings)
    arm_failpoints(settings.failpoints)
    home = store(settings)
    changes = ChangeTools.discover(env_file=env_file())
    rules = Rules(namespaces=frozenset(settings.namespaces), own_namespace=own_namespace())
    proposing = Proposing(
        new_id=lambda: secrets.token_hex(16),
        approval_for=timedelta(minutes=settings.approval_minutes),
    )
    executing = Executing(pause=time.sleep, acting=settings.mode == "act")
    index = RedisApprovalIndex(home.client)
    put("preparation", Preparation(home.ledgers, home.payloads, index, home.bell, changes, rules, proposing))
    verifier = Ed25519Verifier.read(settings.verify_key)
    put("execution", Execution(home.ledgers, home.payloads, home.bell, verifier, changes, rules, executing))
    work("act", settings)
