"""Two tuned Redis clients: one that fails fast enough for Slack's three seconds, one for workers.

redis-py's defaults (5 s timeouts, 10 retries) cost 4.6 s a call on a dead Redis, longer than Slack waits.
"""

import redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.retry import Retry

RETRYABLE = [redis.ConnectionError, redis.TimeoutError]


def fast(url: str) -> "redis.Redis":
    """For the way to an acknowledgement: at most about two seconds, whatever happens."""
    return redis.Redis.from_url(
        url,
        socket_timeout=1.0,
        socket_connect_timeout=0.5,
        retry=Retry(ExponentialWithJitterBackoff(base=0.02, cap=0.1), 1),
        retry_on_error=RETRYABLE,
        max_connections=128,
    )


def patient(url: str) -> "redis.Redis":
    """For workers: rides out a restart of a few seconds."""
    return redis.Redis.from_url(
        url,
        socket_timeout=5.0,
        socket_connect_timeout=2.0,
        retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=1.0), 8),
        retry_on_error=RETRYABLE,
        health_check_interval=15,
    )


def blocking(url: str) -> "redis.Redis":
    """For RQ's and the reconciler's blocking pops: no read timeout of its own, keep-alives instead."""
    return redis.Redis.from_url(
        url, socket_timeout=None, socket_connect_timeout=2.0, socket_keepalive=True, health_check_interval=15
    )
