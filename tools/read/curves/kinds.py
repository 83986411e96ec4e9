"""What a metric measures, told from its name, whoever exports it. Pure."""

import re
from enum import StrEnum


class Kind(StrEnum):
    ERRORS = "errors"
    LATENCY = "latency"
    TRAFFIC = "traffic"
    CPU = "cpu"
    MEMORY = "memory"
    DISK = "disk"
    CONNECTIONS = "connections"
    QUEUE = "queue"
    CACHE = "cache"
    RESTARTS = "restarts"
    AVAILABLE = "available"
    NETWORK = "network"
    OTHER = "other"


_TABLE = (
    (Kind.CACHE, r"cache|hit_?ratio|hit_?rate|evict"),
    (Kind.RESTARTS, r"restart|oom|crash"),
    (Kind.AVAILABLE, r"ready|available|\bup\b|uptime|healthy|replicas|success"),
    (Kind.QUEUE, r"queue|lag|backlog|pending|unacked|inflight|in_flight|waiting|depth|buffer"),
    (Kind.CONNECTIONS, r"connection|pool|\bconns?\b|sessions|sockets?|clients|threads"),
    (Kind.DISK, r"disk|_fs_|filesystem|volume|inode|iops|wal|storage|\bio\b|diskio"),
    (Kind.MEMORY, r"mem|rss|heap|working_set|swap|gc_"),
    (Kind.CPU, r"cpu|load(1|5|15)?$|throttl"),
    (Kind.ERRORS, r"err|5xx|fail|exception|reject|timeout|exhaust|denied|drop|abort"),
    (Kind.LATENCY, r"latency|duration|p\d\d|quantile|response_?time|_seconds$|_ms$|elapsed|wait_time"),
    (Kind.NETWORK, r"network|net_|bytes_(in|out)|receive|transmit|packets"),
    (Kind.TRAFFIC, r"request|rps|qps|throughput|rate|calls|ops|per_second|traffic|load|workload|hits|count"),
)
TABLE = tuple((kind, re.compile(words, re.I)) for kind, words in _TABLE)
GOOD_WHEN_HIGH = frozenset({Kind.AVAILABLE, Kind.CACHE})
_BAD_CACHE = re.compile(r"miss|evict", re.I)


def kind_of(name: str) -> Kind:
    return next((kind for kind, words in TABLE if words.search(name)), Kind.OTHER)


def is_worse(name: str, rose: bool) -> bool | None:
    """Whether a move of this metric is for the worse; None where either way can be."""
    kind = kind_of(name)
    if kind in GOOD_WHEN_HIGH:
        return rose if _BAD_CACHE.search(name) else not rose
    if kind in (Kind.TRAFFIC, Kind.OTHER, Kind.NETWORK, Kind.CONNECTIONS):
        return None
    return rose
