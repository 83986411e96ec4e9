"""Builds and runs `midwatch worker diagnose`: the reading tools, the reasoners, and nothing that can change or speak.

Refuses to start with a Kubernetes identity that may write (`reading_identity.py`). The search index is opened inside
each job: a Chroma client opened before the fork hangs in the child.
"""

import logging
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from importlib import import_module
from importlib.resources import files
from pathlib import Path

from bot.adapters.alertmanager import Alertmanager
from bot.adapters.catalogue_file import read_catalogue
from bot.adapters.changes import offered_specs
from bot.adapters.looks import ToolLooks, settings_there
from bot.adapters.picture import draw
from bot.adapters.presence import RedisReceivers, RedisWatchdog
from bot.adapters.runbook_files import load
from bot.adapters.runbook_index import RunbookIndex, is_current
from bot.core.conversation import Prompts
from bot.core.errors import SettingsWrong
from bot.core.planning import Offer
from bot.core.runbook import Corpus
from bot.core.tool import Spec, for_model
from bot.jobs.desk import put
from bot.services.charting import Charting
from bot.services.claude_reasoner import ClaudeReasoner, Reading
from bot.services.diagnosis import Diagnosing, Diagnosis
from bot.services.explaining import Explaining, Sources
from bot.services.gathering import Gathering
from bot.services.guided import Guided
from bot.services.missing import Missing
from bot.services.placing import Placing
from bot.services.remembering import Remembering
from bot.services.surveying import Surroundings, Surveying
from bot.services.verification import Verification, Waiting
from bot.settings import DiagnoseSettings, env_file, read, secrets_dir
from bot.settings_seen import refuse_foreign
from bot.wiring.books import FOLDER
from bot.wiring.common import Store, arm_failpoints, log_to_stderr, store, work
from bot.wiring.reading_identity import gate_of
from tools.read.runbooks import RunbookSettings
from tools.read.service_map import MapSettings
from tools.read.shapes.promql_words import PromqlReader
from tools.read.sources.cluster import ClusterSettings
from tools.read.sources.jaeger import JaegerSettings
from tools.read.sources.prometheus import PrometheusSettings

log = logging.getLogger("midwatch.diagnose")
INDEX_SECONDS = 300


def main() -> None:
    """Run until told to stop."""
    log_to_stderr()
    refuse_foreign("diagnose")
    settings = read(DiagnoseSettings)
    arm_failpoints(settings.failpoints)
    gate = gate_of(settings.kubeconfig, settings.namespaces)
    home = store(settings)
    index = settings.data_dir / FOLDER
    build_index(settings, index)
    looks = ToolLooks(
        [RunbookSettings(MIDWATCH_RUNBOOKS=RunbookIndex(index, settings.chroma_url)), *map_settings(settings)],
        env_file(),
        secrets_dir(),
        gates={ClusterSettings: gate} if gate is not None else {},
    )
    for tool, why_not in looks.not_offered().items():
        log.info("%s is not offered: %s", tool, why_not)
    changes = {spec.name: spec for spec in offered_specs()}
    corpus = load(settings.runbooks, looks.specs(), tuple(changes.values()))
    put("diagnosis", diagnosis(settings, home, looks, corpus, changes if settings.mode != "observe" else {}))
    put("surveying", surveying(settings, home, looks, corpus, tuple(changes.values())))
    put("charting", Charting(home.ledgers, home.payloads, home.bell, draw))
    put("verification", verification(settings, home, looks))
    put("missing", missing(settings, home))
    work("diagnose", settings)


def map_settings(settings: DiagnoseSettings) -> list[MapSettings]:
    """What the service map is drawn from; empty where there is nothing, and then the tool says what is missing."""
    catalogue = read_catalogue(settings.catalog)
    jaeger = settings_there(JaegerSettings, env_file(), secrets_dir())
    prometheus = settings_there(PrometheusSettings, env_file(), secrets_dir())
    if not catalogue.services and jaeger is None and prometheus is None:
        return []
    return [MapSettings(MIDWATCH_CATALOG=catalogue, jaeger=jaeger, prometheus=prometheus)]


def build_index(settings: DiagnoseSettings, index: Path) -> None:
    """Bring the runbook index up to date in another process: this one is about to fork, and an open Chroma hangs."""
    if is_current(settings.runbooks, index):
        return
    built = subprocess.run(
        [sys.executable, "-m", "bot", "runbooks", "index"], capture_output=True, text=True, timeout=INDEX_SECONDS
    )
    if built.returncode != 0:
        raise SettingsWrong(f"the runbooks could not be indexed: {built.stderr.strip()[-500:]}")


def diagnosis(
    settings: DiagnoseSettings, home: Store, looks: ToolLooks, corpus: Corpus, allowed: Mapping[str, Spec]
) -> Diagnosis:
    """``allowed`` are the changes that may be proposed: none in mode observe."""
    offer = Offer({spec.name: spec for spec in looks.specs()}, looks.not_offered())
    gathering = Gathering(home.ledgers, home.payloads, looks, settings.look_seconds)
    guided = Guided(gathering, corpus, offer, allowed, Placing(home.ledgers, gathering, offer, settings.namespaces))
    second = claude(settings, home, gathering, reading(offer, allowed))
    how = Diagnosing(proposing=bool(allowed), by_hand=allowed if settings.mode == "propose" else {}, second=second)
    return Diagnosis(home.ledgers, home.payloads, home.bell, guided, how)


def reading(offer: Offer, allowed: Mapping[str, Spec]) -> Reading:
    """What the model may look with and propose: not every tool there is."""
    return Reading(Offer(for_model(offer.specs), offer.missing), for_model(allowed), prompts(), time.monotonic)


def claude(settings: DiagnoseSettings, home: Store, gathering: Gathering, reading: Reading) -> ClaudeReasoner | None:
    """The second reasoner, where there is a key."""
    if settings.anthropic_api_key is None:
        return None
    vendor = import_module("bot.adapters.claude")  # 1.1 s and 75 MB that a watch without a key never needs
    model = vendor.Claude(
        vendor.ClaudeSettings(
            api_key=settings.anthropic_api_key.get_secret_value(),
            model=settings.model,
            base_url=str(settings.anthropic_base_url) if settings.anthropic_base_url else None,
        )
    )
    return ClaudeReasoner(home.ledgers, home.payloads, gathering, model, reading)


def prompts() -> Prompts:
    folder = files("bot.prompts")
    return Prompts(
        system=folder.joinpath("system.md").read_text(encoding="utf-8"),
        opening=folder.joinpath("opening.md").read_text(encoding="utf-8"),
    )


def surveying(
    settings: DiagnoseSettings, home: Store, looks: ToolLooks, corpus: Corpus, changes: tuple[Spec, ...]
) -> Surveying:
    sources = Sources(corpus, Remembering(home.ledgers, home.payloads), PromqlReader(), settings.namespaces)
    explaining = Explaining(looks, sources, settings.look_seconds)
    around = Surroundings(
        settings.namespaces,
        settings.look_seconds,
        changes,
        RedisWatchdog(home.client).last,
        timedelta(seconds=settings.watchdog_seconds),
        settings.model if settings.anthropic_api_key is not None else "",
    )
    return Surveying(home.ledgers, home.payloads, home.bell, looks, explaining, around)


def verification(settings: DiagnoseSettings, home: Store, looks: ToolLooks) -> Verification:
    waiting = Waiting(
        pause=time.sleep, settle=timedelta(seconds=settings.settle_seconds), look_seconds=settings.look_seconds
    )
    return Verification(home.ledgers, home.payloads, looks, home.bell, waiting)


def missing(settings: DiagnoseSettings, home: Store) -> Missing:
    monitor = Alertmanager(str(settings.alertmanager_url)) if settings.alertmanager_url else None
    receivers = RedisReceivers(home.client).all
    return Missing(home.ledgers, home.payloads, home.bell, monitor, receivers, settings.watchdog)
