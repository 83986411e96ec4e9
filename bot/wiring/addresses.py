"""The sockets `serve` listens on, bound before anything else starts: a taken port ends the start in plain words."""

import errno
import socket
from collections.abc import Iterator
from contextlib import suppress

from bot.core.errors import SettingsWrong
from bot.settings_forms import host_and_port

NOT_HERE = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)  # one of a name's addresses that this machine lacks
BOTH = "::"


def bound(listen: str) -> list[socket.socket]:
    """One for each address of MIDWATCH_LISTEN; raises `SettingsWrong` where it cannot be listened on."""
    host, port = host_and_port(listen)
    found: list[socket.socket] = []
    why = "it has no address"
    try:
        for family, place in _places(host, port):
            try:
                both = host == BOTH and socket.has_dualstack_ipv6()
                found.append(socket.create_server(place, family=family, dualstack_ipv6=both))
            except OSError as error:
                why = error.strerror or str(error)
                if error.errno not in NOT_HERE:
                    raise
    except OSError as error:
        found = _closed(found)
        why = error.strerror or str(error)
    if not found:
        raise SettingsWrong(f"MIDWATCH_LISTEN: cannot listen on {listen}: {why}")
    return found


def _places(host: str, port: int) -> Iterator[tuple[int, tuple[str, int]]]:
    """Families and addresses of a name; raises OSError where nobody knows it."""
    known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, address in dict.fromkeys((one[0], one[4][:2]) for one in known):
        yield family, (str(address[0]), int(address[1]))


def _closed(found: list[socket.socket]) -> list[socket.socket]:
    for one in found:
        with suppress(OSError):
            one.close()
    return []
