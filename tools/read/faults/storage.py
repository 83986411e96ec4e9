"""Volumes: a claim that is not bound and why (class, capacity, access mode, selector, taken), or does not exist."""

import re
from collections.abc import Iterator, Sequence

from bot.core.measures import clip
from bot.core.signs import Role, Sign
from tools.read.faults.labels import selects, words
from tools.read.faults.objects import Pod, each, when
from tools.read.faults.other_objects import PersistentVolume, PersistentVolumeClaim, StorageClass
from tools.read.faults.owners import index_of, workload_of
from tools.read.faults.quantities import quantity
from tools.read.faults.saying import Found, is_troubled, matching, of_object, of_pod, span_of
from tools.read.faults.snapshot import Snapshot

DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
NO_CLASS = re.compile(r'storageclass\S* "?(?P<name>[^"\s]+)"? not found')
YOUNG = 60
Claim = PersistentVolumeClaim


def analyze_storage(snapshot: Snapshot) -> Iterator[Sign]:
    users = _users(snapshot)
    claims = snapshot.of(Claim)
    for claim in claims:
        place = (claim.metadata.namespace, claim.metadata.name)
        if claim.status.phase in ("Pending", "Lost") and not claim.metadata.deletion_timestamp:
            yield from _unbound(claim, users.get(place, []), snapshot)
    yield from _missing(users, snapshot)
    if claims and all(one.status.phase == "Bound" for one in claims):
        says = f"All {len(claims)} PersistentVolumeClaims are Bound"
        yield of_object(Found("claims_well", Role.WELL, says, 0.25), "", "", claims[0].metadata.namespace)


def _users(snapshot: Snapshot) -> dict[tuple[str, str], list[Pod]]:
    found: dict[tuple[str, str], list[Pod]] = {}
    for pod in snapshot.of(Pod):
        for volume in each(pod.spec.volumes):
            if volume.persistent_volume_claim is not None:
                name = volume.persistent_volume_claim.claim_name
                found.setdefault((pod.metadata.namespace, name), []).append(pod)
    return found


def _missing(users: dict[tuple[str, str], list[Pod]], snapshot: Snapshot) -> Iterator[Sign]:
    for (namespace, name), pods in users.items():
        for pod in pods:
            if is_troubled(pod, snapshot) and snapshot.lacks(Claim, namespace, name):
                says = f'persistentvolumeclaim "{name}" not found: pod {pod.metadata.name} refers to it'
                found = Found("pvc_missing", Role.CAUSE, says, 0.93, [f"claimName: {name}"], blames=[name],
                              mends="Create the PersistentVolumeClaim or correct its name", same=name)  # fmt: skip
                yield of_pod(found, pod, snapshot)


def _unbound(claim: Claim, users: Sequence[Pod], snapshot: Snapshot) -> Iterator[Sign]:
    meta = claim.metadata
    told = index_of(snapshot).events("PersistentVolumeClaim", meta.namespace, meta.name)
    made = when(meta.creation_timestamp)
    if made is not None and (snapshot.now - made).total_seconds() < YOUNG and not told:
        return
    failed = matching(told, "ProvisioningFailed", "FailedBinding", "VolumeBindingFailed", "ClaimLost")
    kind, why, mends = _why(claim, failed[0].message if failed else "", snapshot)
    if kind == "pvc_waits" and not users:
        return  # it is bound when its first pod comes, and there is none
    role = Role.SYMPTOM if kind in ("pvc_waits", "pvc_pending") else Role.CAUSE
    weight = 0.5 if role is Role.SYMPTOM else 0.9 if users or failed else 0.55
    says = f"PersistentVolumeClaim {meta.name} is {claim.status.phase}: {why}"
    says += f" (“{clip(failed[0].message, 160)}”)" if failed else ""
    owner = workload_of(users[0], snapshot)[1] if users else meta.name
    began = made or span_of(told)[0]
    quotes = [failed[0].message] if failed else [f"storageClassName: {claim.spec.storage_class_name}"]
    found = Found(kind, role, says, weight, quotes, began, span_of(failed)[1], mends=mends)
    yield of_object(found, f"PersistentVolumeClaim/{meta.namespace}/{meta.name}", owner, meta.namespace)


def _why(claim: Claim, told: str, snapshot: Snapshot) -> tuple[str, str, str]:
    """(kind, words, what mends it): its class first, then the volumes there are."""
    if claim.status.phase == "Lost":
        return "pvc_lost", "the volume it was bound to is gone", "Restore the PersistentVolume, or claim anew"
    name = claim.spec.storage_class_name
    classes = snapshot.of(StorageClass)
    mine = next((one for one in classes if one.metadata.name == name), None)
    volumes = [one for one in snapshot.of(PersistentVolume) if one.spec.storage_class_name == (name or "")]
    if claim.spec.volume_name or (volumes and (mine is None or "no-provisioner" in mine.provisioner)):
        return _against(claim, volumes, snapshot)
    missing = NO_CLASS.search(told)
    if missing or (name and snapshot.lacks(StorageClass, "", name)):
        there = f" (there is {words_of(classes)})" if classes else ""
        says = f'storageclass "{missing["name"] if missing else name}" not found{there}'
        return "pvc_storage_class_missing", says, "Name a StorageClass that exists, or create it"
    if name is None and snapshot.was_read(StorageClass) and not any(map(_is_default, classes)):
        return "pvc_storage_class_missing", "it names no storage class and there is no default one", "Name a class"
    if mine is not None and mine.volume_binding_mode == "WaitForFirstConsumer" and not told:
        return "pvc_waits", f"class {name} waits until a pod that uses it is scheduled", "Look at the pod"
    if told and "waiting for" not in told:
        return "pvc_provisioning_failed", f"class {name or '(default)'} cannot make a volume", "Mend the provisioner"
    if name == "" and snapshot.was_read(PersistentVolume):
        return "pvc_no_volume", "there is no PersistentVolume for it", "Create a PersistentVolume that fits"
    return "pvc_pending", "no volume was made or found for it yet", "Look at its provisioner"


def _against(claim: Claim, volumes: Sequence[PersistentVolume], snapshot: Snapshot) -> tuple[str, str, str]:
    """Why none of these volumes is taken: the one that lacks least says it."""
    if claim.spec.volume_name:
        name = claim.spec.volume_name
        volumes = [one for one in snapshot.of(PersistentVolume) if one.metadata.name == name]
        if snapshot.lacks(PersistentVolume, "", name):
            return "pvc_volume_missing", f"it names PersistentVolume {name}, which does not exist", "Correct the name"
    reasons = sorted((_reasons(claim, one) for one in volumes), key=len)
    if reasons and reasons[0]:
        return reasons[0][0]
    return "pvc_pending", "a volume fits and is not bound yet", "Look at the volume controller"


def _reasons(claim: Claim, volume: PersistentVolume) -> list[tuple[str, str, str]]:
    spec, name, found = volume.spec, f"PersistentVolume {volume.metadata.name}", []
    holder = spec.claim_ref
    if holder is not None and (holder.namespace, holder.name) != (claim.metadata.namespace, claim.metadata.name):
        by = f"{holder.namespace}/{holder.name}"
        found.append(("pvc_volume_occupied", f"{name} is occupied: bound to claim {by}",
                      "Release the volume (clear its claimRef), or add another"))  # fmt: skip
    asked = (claim.spec.resources.requests or {}).get("storage")
    held = (spec.capacity or {}).get("storage")
    if (quantity(asked) or 0.0) > (quantity(held) or 0.0):
        found.append(("pvc_capacity", f"it asks for {asked}, and {name} has a capacity of {held}",
                      "Ask for less, or provide a larger volume"))  # fmt: skip
    modes = set(each(claim.spec.access_modes)) - set(each(spec.access_modes))
    if modes:
        has = ", ".join(each(spec.access_modes))
        found.append(("pvc_access_mode", f"it asks for access mode {', '.join(sorted(modes))}, and {name} has {has}",
                      "Ask for an access mode that the volume has"))  # fmt: skip
    if claim.spec.selector is not None and not selects(claim.spec.selector, volume.metadata.labels):
        wanted = words(claim.spec.selector.match_labels)
        found.append(("pvc_selector", f"its selector {wanted} does not match {name} ({words(volume.metadata.labels)})",
                      "Correct the claim's selector or label the volume"))  # fmt: skip
    if spec.storage_class_name != (claim.spec.storage_class_name or ""):
        found.append(("pvc_storage_class_mismatch", f"{name} has class “{spec.storage_class_name}”",
                      "Give both the same storageClassName"))  # fmt: skip
    if spec.volume_mode != claim.spec.volume_mode:
        found.append(("pvc_volume_mode", f"{name} has volumeMode {spec.volume_mode}", "Ask for the same volumeMode"))
    return found


def words_of(classes: Sequence[StorageClass]) -> str:
    return ", ".join(sorted(one.metadata.name for one in classes)[:4])


def _is_default(one: StorageClass) -> bool:
    return any((one.metadata.annotations or {}).get(name) == "true" for name in DEFAULT)
