"""Somebody was forbidden what they need: the API server's own words, beside the bindings and roles there are."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bot.core.signs import Role, Sign
from tools.read.faults import admission_objects as a
from tools.read.faults.objects import Pod, each
from tools.read.faults.owners import index_of, workload_of
from tools.read.faults.saying import Found, is_troubled, of_object
from tools.read.faults.snapshot import Snapshot

FORBIDDEN = re.compile(
    r'User \\?"(?P<user>[^"\\]+)\\?" cannot (?P<verb>\w+) resource \\?"(?P<resource>[^"\\]+)\\?"'
    r'(?: in API group \\?"(?P<group>[^"\\]*)\\?")?(?: in the namespace \\?"(?P<namespace>[^"\\]+)\\?")?'
)
ACCOUNT = "system:serviceaccount:"
MENDS = "Bind a Role that allows this verb on this resource to the ServiceAccount"
PREVENTS = "Test a workload's rights with `kubectl auth can-i --as` in the pipeline"
BOUND = a.RoleBinding | a.ClusterRoleBinding


@dataclass(frozen=True)
class Refused:
    """One refusal: who, what, and where it was told."""

    user: str
    verb: str
    resource: str
    group: str
    place: str
    line: str
    namespace: str = ""
    workload: str = ""
    troubled: bool = False


def speaks_of_rights(snapshot: Snapshot) -> bool:
    return next(_refusals(snapshot), None) is not None


def analyze_rights(snapshot: Snapshot) -> Iterator[Sign]:
    seen: set[tuple[str, str, str]] = set()
    for one in _refusals(snapshot):
        if (one.user, one.verb, one.resource) not in seen:
            seen.add((one.user, one.verb, one.resource))
            yield _sign(one, snapshot)


def _refusals(snapshot: Snapshot) -> Iterator[Refused]:
    index = index_of(snapshot)
    for (namespace, name, _), lines in snapshot.logs.items():
        pod = index.pods.get((namespace, name))
        for line in reversed(lines):
            if found := FORBIDDEN.search(line):
                yield _refused(found, line, namespace, pod, snapshot)
    for (kind, namespace, name), told in index.told.items():
        for one in told:
            if one.warning and one.recent and (found := FORBIDDEN.search(one.message)):
                pod = index.pods.get((namespace, name)) if kind == "Pod" else None
                yield _refused(found, one.message, namespace, pod, snapshot)


def _refused(found: re.Match[str], line: str, namespace: str, pod: Pod | None, snapshot: Snapshot) -> Refused:
    return Refused(
        found["user"], found["verb"], found["resource"], found["group"] or "", found["namespace"] or "", line.strip(),
        namespace, workload_of(pod, snapshot)[1] if pod else "", pod is not None and is_troubled(pod, snapshot),
    )  # fmt: skip


def _sign(one: Refused, snapshot: Snapshot) -> Sign:
    where = f"in namespace {one.place}" if one.place else "in the whole cluster"
    who = one.user.removeprefix(ACCOUNT).replace(":", "/") if one.user.startswith(ACCOUNT) else one.user
    says = f"RBAC denied: {who} is forbidden to {one.verb} {one.resource} {where}{_why(one, snapshot)} (“{one.line}”)"
    object_ = f"ServiceAccount/{who}" if one.user.startswith(ACCOUNT) else one.user
    found = Found(
        "rbac_denied", Role.CAUSE, says, 0.9 if one.troubled else 0.55, [one.line], mends=MENDS, prevents=PREVENTS
    )
    return of_object(found, object_, one.workload, one.namespace)


def _why(one: Refused, snapshot: Snapshot) -> str:
    """What the bindings say, where they could be read."""
    if not (snapshot.was_read(a.RoleBinding) and snapshot.was_read(a.ClusterRoleBinding)):
        return ""
    every: tuple[BOUND, ...] = (*snapshot.of(a.RoleBinding), *snapshot.of(a.ClusterRoleBinding))
    bound = [binding for binding in every if _is_for(binding, one)]
    if not bound:
        return ": no RoleBinding or ClusterRoleBinding names it"
    roles = ", ".join(sorted({f"{binding.role_ref.kind} {binding.role_ref.name}" for binding in bound}))
    missing = [b.role_ref.name for b in bound if _is_gone(b, snapshot)]
    if missing:
        return f": it is bound to {roles}, and there is no {missing[0]}"
    return f": it is bound to {roles}, which does not allow that"


def _is_for(binding: BOUND, one: Refused) -> bool:
    if isinstance(binding, a.RoleBinding) and one.place and binding.metadata.namespace != one.place:
        return False
    namespace, _, name = one.user.removeprefix(ACCOUNT).partition(":")
    for subject in each(binding.subjects):
        same = subject.name == name and (subject.namespace or binding.metadata.namespace) == namespace
        if (subject.kind == "ServiceAccount" and same) or subject.name == one.user:
            return True
    return False


def _is_gone(binding: BOUND, snapshot: Snapshot) -> bool:
    if binding.role_ref.kind == "ClusterRole":
        return snapshot.lacks(a.ClusterRole, "", binding.role_ref.name)
    return snapshot.lacks(a.Role, binding.metadata.namespace, binding.role_ref.name)
