"""The open TCP connections by the caller's address, so that one can be cut off in the middle as networks do."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class CuttableProtocol(HttpToolsProtocol):
    """uvicorn's own protocol; only remembers its transport under the peer's address."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        _open[transport.get_extra_info("peername")[:2]] = transport
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(self.transport.get_extra_info("peername")[:2], None)
        super().connection_lost(exc)


def cut(client: Any) -> None:
    """Break the connection to ``client`` (host, port) at once, saying nothing."""
    transport = _open.pop((client[0], client[1]), None)
    if transport is not None:
        transport.abort()
