"""Checks Redis as one process sees it: reachable, durable, its own user, and unable to do what another may."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from redis.exceptions import AuthenticationError, NoPermissionError, ResponseError

from bot.core.checkup import Checkup, proven, unproven, wrong
from bot.settings import env_file

SECONDS = 3.0
NEWEST_WITHOUT_SELECTORS = 6
MOST_SKEW = 5.0
QUEUES = ("talk", "diagnose", "act")
PART = "redis"
ACL = "load the users.acl that `midwatch init` wrote (aclfile in redis.conf, or ACL LOAD)"
Now = Callable[[], float]
# reads of another process's keys: harmless where they are allowed, refused where the boundary stands
FOREIGN_KEYS = {
    "serve": (),
    "talk": ("rq:queue:act", "rq:queue:diagnose", "mw:lock:doctor", "mw:inbox"),
    "diagnose": ("rq:queue:act", "rq:queue:talk", "mw:lock:doctor", "mw:inbox"),
    "act": ("rq:queue:talk", "rq:queue:diagnose", "mw:click:doctor", "mw:inbox"),
}
OWN_KEYS = {
    "serve": ("mw:inbox", "mw:open", "rq:queue:act"),
    "talk": ("rq:queue:talk", "mw:pace:doctor"),
    "diagnose": ("rq:queue:diagnose",),
    "act": ("rq:queue:act",),
}


def check_redis(url: str, process: str, now: Now = time.time) -> Iterator[Checkup]:
    """``process`` is whose user this should be; ``now`` gives seconds since the epoch by this machine's clock."""
    client = redis.Redis.from_url(
        url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=None, decode_responses=True
    )
    with client:
        try:
            yield from _looked(client, url, process, now)
        except AuthenticationError as error:
            yield wrong(PART, f"the user or password is not taken: {error}", f"set REDIS_URL to {_wanted(process)}")
        except NoPermissionError as error:
            yield wrong("redis user", f"it may not do what {process} must: {error}", ACL)
        except redis.RedisError as error:
            yield wrong(
                PART,
                f"does not answer at {urlsplit(url).hostname}:{urlsplit(url).port or 6379}: {error}",
                f"{_start_it()}, or mend the host and port in REDIS_URL (rediss:// where it speaks TLS)",
            )


def _start_it() -> str:
    """With the command, where `midwatch init` wrote its configuration beside the settings."""
    file = env_file()
    conf = file.parent / "redis.conf" if file is not None else None
    return f"start it: redis-server {conf}" if conf is not None and conf.is_file() else "start it"


def _looked(client: Any, url: str, process: str, now: Now) -> Iterator[Checkup]:
    client.ping()
    info: dict[str, Any] = client.info("server")
    if "cluster" in (info.get("redis_mode"), info.get("server_mode")):  # Redis's word for it, and Valkey's
        yield wrong(PART, "this is Redis Cluster, where one append over two keys is not atomic", "use one primary")
        return
    yield _version(info)
    role = client.info("replication").get("role")
    if role != "master":
        yield wrong(PART, f"this is a replica ({role}): nothing can be written", "point REDIS_URL at the primary")
    yield from _persistence(client)
    yield _eviction(client)
    yield _clock(client, now)
    yield _user(url, process)
    yield from _rights(client, process)
    yield _door(url)


def _version(info: dict[str, Any]) -> Checkup:
    name = f"Valkey {info['valkey_version']}" if "valkey_version" in info else f"Redis {info.get('redis_version')}"
    major = int(str(info.get("redis_version", "0")).partition(".")[0] or 0)
    if major <= NEWEST_WITHOUT_SELECTORS:
        return wrong(PART, f"{name} is too old: the users need ACL selectors", "use Redis 7 or newer, or Valkey")
    return proven(PART, f"{name} answers, one primary")


def _persistence(client: Any) -> Iterator[Checkup]:
    part, info = "redis persistence", client.info("persistence")
    if not info.get("aof_enabled"):
        yield wrong(
            part,
            "appendonly is off: a restart forgets what was acknowledged",
            "appendonly yes and appendfsync always in redis.conf (CONFIG SET appendonly yes, then CONFIG REWRITE)",
        )
        return
    if info.get("aof_last_write_status") != "ok":
        yield wrong(part, "the last write of the append-only file failed", "look at Redis's log and its disk")
        return
    try:
        synced = client.config_get("appendfsync").get("appendfsync")
    except ResponseError:  # this user may not ask, as it should be
        yield proven(part, "appendonly is on, and its last write succeeded")
        yield unproven(
            "redis appendfsync", "this user may not read it", "redis-cli CONFIG GET appendfsync should say always"
        )
        return
    if synced == "always":
        yield proven(part, "appendonly yes, appendfsync always")
    else:
        yield wrong(part, f"appendfsync is {synced}: a power cut forgets up to a second", "appendfsync always")


def _eviction(client: Any) -> Checkup:
    part, info = "redis memory", client.info("memory")
    most, policy = int(info.get("maxmemory", 0)), str(info.get("maxmemory_policy", "noeviction"))
    if not most:
        return proven(part, "no maxmemory: nothing is evicted")
    if policy != "noeviction":
        return wrong(
            part,
            f"maxmemory-policy is {policy}: a full Redis would throw ledgers away",
            "maxmemory-policy noeviction in redis.conf",
        )
    return proven(part, f"maxmemory {most // 2**20} MB, noeviction")


def _clock(client: Any, now: Now) -> Checkup:
    before = now()
    seconds, micros = client.time()
    skew = seconds + micros / 1e6 - (before + now()) / 2
    if abs(skew) > MOST_SKEW:
        way = "ahead of" if skew > 0 else "behind"
        return wrong("clock", f"Redis is {abs(skew):.0f} s {way} this machine", "run NTP (chrony) on both machines")
    return proven("clock", f"Redis and this machine agree within {max(abs(skew), 0.1):.1f} s")


def _wanted(process: str) -> str:
    return f"redis://midwatch-{process}:PASSWORD@HOST:6379/0 (its password is in users.acl)"


def _user(url: str, process: str) -> Checkup:
    name = unquote(urlsplit(url).username or "default")
    if name == f"midwatch-{process}":
        return proven("redis user", f"authenticated as {name}")
    says = f"this is the user {name}, not midwatch-{process}"
    return wrong("redis user", says, f"set REDIS_URL to {_wanted(process)}")


def _rights(client: Any, process: str) -> Iterator[Checkup]:
    """What it needs must be allowed (raises where not), what is another's must be refused."""
    client.llen("mw:ledger:workspace")
    client.eval("return 1", 0)
    for key in OWN_KEYS[process]:
        client.exists(key)
    tries: list[tuple[str, tuple[str, ...]]] = [
        ("remove a ledger", ("DEL", "mw:ledger:inc-doctor-there-is-none")),
        ("read Redis's configuration", ("CONFIG", "GET", "maxmemory")),
        *((f"read {key}", ("EXISTS", key)) for key in FOREIGN_KEYS[process]),
    ]
    may = [words for words, command in tries if _may(client, command)]
    if may:
        yield wrong("redis rights", f"this user may {', '.join(may)}, which is not {process}'s", ACL)
    else:
        yield proven("redis rights", f"has {process}'s keys; refused {len(tries)} things that are not its own")


def _may(client: Any, command: tuple[str, ...]) -> bool:
    try:
        client.execute_command(*command)
    except NoPermissionError:
        return False
    except ResponseError:
        return True  # the command was taken, and found something else to say
    return True


def _door(url: str) -> Checkup:
    """Somebody who brings no user at all."""
    part, bare = "redis door", _without_user(url)
    with redis.Redis.from_url(bare, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=None) as client:
        try:
            client.llen("mw:ledger:workspace")
        except (NoPermissionError, AuthenticationError):
            return proven(part, "without a user nothing can be read")
        except redis.RedisError as error:
            return unproven(part, f"could not be tried without a user: {error}")
    return wrong(part, "anybody who reaches Redis may read and write ledgers without a password", ACL)


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def check_workers(url: str, mode: str) -> Iterator[Checkup]:
    """Which workers are registered now, as serve's user sees them."""
    client = redis.Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, retry=None)
    with client:
        for queue in QUEUES:
            part = f"worker {queue}"
            try:
                living = [key for key in client.smembers(f"rq:workers:{queue}") if client.exists(key)]
            except redis.RedisError:
                return  # told by the check of Redis itself
            if living:
                yield proven(part, f"{len(living)} at work")
            elif queue == "act" and mode != "act":
                yield proven(part, f"none, and mode {mode} needs none")
            else:
                yield unproven(part, "none is at work now", f"midwatch worker {queue}, with its own environment")
