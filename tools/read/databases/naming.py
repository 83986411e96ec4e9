"""One name for what CloudWatch and postgres_exporter call differently, one unit each, and how a value is said.

Units inside: per cent, seconds, bytes, bytes per second, operations per second, counts.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime

from bot.core.records import Curve
from tools.read.databases.meter import Meter

METERS: Mapping[str, tuple[str, ...]] = {
    "cpu": ("CPUUtilization",),
    "connections": ("DatabaseConnections", "pg_stat_activity_count", "pg_stat_database_numbackends"),
    "free_storage": ("FreeStorageSpace", "FreeLocalStorage"),
    "free_memory": ("FreeableMemory",),
    "swap": ("SwapUsage",),
    "read_iops": ("ReadIOPS",),
    "write_iops": ("WriteIOPS",),
    "read_latency": ("ReadLatency",),
    "write_latency": ("WriteLatency",),
    "commit_latency": ("CommitLatency",),
    "queue_depth": ("DiskQueueDepth",),
    "lag": ("ReplicaLag", "AuroraReplicaLag", "pg_replication_lag", "pg_replication_lag_seconds"),
    "slot_disk": ("ReplicationSlotDiskUsage", "pg_replication_slots_pg_wal_lsn_diff"),
    "slot_lag": ("OldestReplicationSlotLag",),
    "wal": ("TransactionLogsGeneration",),
    "wal_disk": ("TransactionLogsDiskUsage", "pg_wal_size_bytes"),
    "deadlocks": ("Deadlocks",),
    "burst": ("BurstBalance", "EBSIOBalance%", "EBSByteBalance%"),
    "cpu_credits": ("CPUCreditBalance",),
    "xids": ("MaximumUsedTransactionIDs", "pg_database_wraparound_age_datfrozenxid"),
    "commits": ("CommitThroughput",),
    "network_in": ("NetworkReceiveThroughput",),
    "network_out": ("NetworkTransmitThroughput",),
    "read_throughput": ("ReadThroughput",),
    "write_throughput": ("WriteThroughput",),
    "max_connections": ("pg_settings_max_connections",),
}
KNOWN = {alias.lower(): name for name, aliases in METERS.items() for alias in aliases}
IN_SECONDS = frozenset({"read_latency", "write_latency", "commit_latency", "lag"})
IN_BYTES = frozenset({"free_storage", "free_memory", "swap", "slot_disk", "slot_lag", "wal_disk"})
PER_SECOND = frozenset({"wal", "network_in", "network_out", "read_throughput", "write_throughput"})
_EXPORTED = re.compile(r"^(?:aws_)?rds_(.+?)(?:_(?:average|maximum|minimum|sum))?$")
SCALES = {"milliseconds": 1e-3, "ms": 1e-3, "microseconds": 1e-6}
GIB, MIB = 2**30, 2**20


def meter_name(name: str) -> str | None:
    """Our name of a source's metric; None for one that is not known."""
    exported = _EXPORTED.match(name.lower())
    plain = exported.group(1).replace("_", "") if exported else name.lower()
    return KNOWN.get(plain)


def meters_of(curves: Iterable[Curve]) -> dict[str, Meter]:
    """Curves of one database by our names; of several curves of one name the highest stays (the worst replica)."""
    found: dict[str, Meter] = {}
    for curve in curves:
        name = meter_name(curve.name)
        if name is None or not curve.points:
            continue
        scale = SCALES.get(curve.unit.lower(), 1.0) if name in IN_SECONDS else 1.0
        meter = Meter(curve.name, tuple((at, value * scale) for at, value in curve.points), curve.unit)
        if name not in found or meter.high > found[name].high:
            found[name] = meter
    return found


def amount(name: str, value: float) -> str:
    """A value of one of `METERS`, as people say it."""
    if name in ("cpu", "burst"):
        return f"{_plain(value)} %"
    if name in IN_SECONDS:
        return seconds(value)
    if name in IN_BYTES:
        return size(value)
    if name in PER_SECOND:
        return f"{size(value)}/s"
    return f"{_plain(value)}/s" if name.endswith("_iops") else _plain(value)


def seconds(value: float) -> str:
    return f"{_plain(value * 1e3)} ms" if value < 1 else f"{_plain(value)} s"


def size(value: float) -> str:
    return f"{_plain(value / GIB)} GB" if abs(value) >= GIB else f"{_plain(value / MIB)} MB"


def clock(at: datetime) -> str:
    return at.strftime("%H:%M")


def _plain(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}".removesuffix(".0") if abs(value) >= 1 else f"{value:.2g}"
