"""How a changing tool looks at a service outside the cluster: what cannot be read is said in its own errors.

While a plan is prepared, a service that does not answer is tried again a little later. Just before the write, it means
that nothing was sent. After the write, only the effect itself, found there, says that it happened.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from bot.core.canonical import Json, digest
from bot.core.errors import Denied, LookFailed, Refused, Unreachable

SECONDS = 8.0
LOOKS = 3
LOOK_SECONDS = 0.5

T = TypeVar("T")


@contextmanager
def preparing() -> Iterator[None]:
    """Raises `Refused` where it is not allowed to look, `Unreachable` where the look failed."""
    try:
        yield
    except Denied as error:
        raise Refused(str(error), why="not_permitted") from error
    except LookFailed as error:
        raise Unreachable(str(error)) from error


@contextmanager
def before_writing() -> Iterator[None]:
    """Whatever could not be read here: nothing was sent."""
    try:
        yield
    except LookFailed as error:
        raise Refused(f"{error}; nothing was sent", why="unreachable") from error


def found_after(look: Callable[[], T | None], error: Unreachable) -> T:
    """The effect, where it can be found although the answer was lost. Otherwise nobody knows: ``error`` again."""
    for turn in range(LOOKS):
        time.sleep(LOOK_SECONDS if turn else 0)
        try:
            found = look()
        except LookFailed:
            continue
        if found is not None:
            return found
    raise error


def requested(verb: str, path: str, body: Json | None = None) -> Json:
    """The call as a plan pins it, but for what depends on the execution."""
    sent = body or {}
    return {"verb": verb, "path": path, "content_type": "application/json", "body": sent, "sha256": digest(sent)}
