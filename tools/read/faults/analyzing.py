"""Every analyzer, run over one snapshot; the same fault of several pods of one workload is told once, with how many."""

from collections.abc import Iterable
from dataclasses import replace

from bot.core.signs import MOST_SAID, Role, Sign
from tools.read.faults.admission import analyze_admission, analyze_namespaces
from tools.read.faults.configuration import analyze_configuration, analyze_mounts
from tools.read.faults.endings import analyze_endings
from tools.read.faults.images import analyze_images
from tools.read.faults.ingresses import analyze_ingresses
from tools.read.faults.limits import analyze_limits
from tools.read.faults.name_service import analyze_name_service
from tools.read.faults.nodes import analyze_nodes
from tools.read.faults.odd_pods import analyze_odd_pods
from tools.read.faults.policies import analyze_policies
from tools.read.faults.probes import analyze_probes
from tools.read.faults.references import analyze_references
from tools.read.faults.rights import analyze_rights
from tools.read.faults.ruling_out import analyze_ruled_out
from tools.read.faults.scaling import analyze_scaling
from tools.read.faults.schedules import analyze_schedules
from tools.read.faults.scheduling import analyze_scheduling
from tools.read.faults.services import analyze_services
from tools.read.faults.snapshot import Analyzer, Snapshot
from tools.read.faults.storage import analyze_storage
from tools.read.faults.wellbeing import analyze_wellbeing
from tools.read.faults.workloads import analyze_workloads

ANALYZERS: tuple[Analyzer, ...] = (
    analyze_images,
    analyze_endings,
    analyze_configuration,
    analyze_mounts,
    analyze_scheduling,
    analyze_nodes,
    analyze_probes,
    analyze_odd_pods,
    analyze_workloads,
    analyze_services,
    analyze_references,
    analyze_policies,
    analyze_ingresses,
    analyze_storage,
    analyze_limits,
    analyze_scaling,
    analyze_schedules,
    analyze_admission,
    analyze_namespaces,
    analyze_name_service,
    analyze_rights,
    analyze_wellbeing,
    analyze_ruled_out,
)


def analyze(snapshot: Snapshot) -> tuple[Sign, ...]:
    """All signs, heaviest first."""
    found = [sign for analyzer in ANALYZERS for sign in analyzer(snapshot)]
    return tuple(sorted(_together(found), key=lambda sign: (-sign.weight, sign.kind, sign.object)))


def _together(found: Iterable[Sign]) -> list[Sign]:
    """What is the same of several pods of one workload, said of the first with how many more there are."""
    groups: dict[tuple[object, ...], list[Sign]] = {}
    for number, sign in enumerate(found):
        same = sign.facts.get("same")
        mine = (sign.kind, sign.role, sign.namespace, sign.service, same) if same else (number,)
        groups.setdefault(mine, []).append(sign)
    return [_one(each) for each in groups.values()]


def _one(signs: list[Sign]) -> Sign:
    lead = max(signs, key=lambda sign: (sign.weight, sign.last.timestamp() if sign.last else 0.0, sign.object))
    pods = {sign.object for sign in signs}
    if len(pods) < 2:
        return lead
    more = f"; the same of {len(pods) - 1} more {'pod' if len(pods) == 2 else 'pods'} of {lead.service}"
    begins = [sign.began for sign in signs if sign.began]
    return replace(
        lead,
        says=f"{lead.says[: MOST_SAID - len(more)]}{more}",
        began=min(begins, default=None),
        weight=min(0.97, lead.weight + 0.02) if lead.role is Role.CAUSE else lead.weight,
        facts={**lead.facts, "pods": sorted(pods)[:20], "count": len(pods)},
    )
