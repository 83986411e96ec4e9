"""A reverse proxy that makes the servers behind it slow: every request waits as long as its row says, then goes on.

Run as `python -m tests.bench.delaying PORT TARGET DELAYS`, where DELAYS is JSON: [[pattern, milliseconds], …], the
first pattern found in method, path and body counts.
"""

import asyncio
import json
import re
import sys
from urllib.parse import unquote_plus

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

DROPPED = {"content-length", "transfer-encoding", "connection", "content-encoding"}


def site(target: str, delays: list[tuple[str, float]]) -> Starlette:
    http = httpx2.AsyncClient(base_url=target, timeout=30)

    async def forward(request: Request) -> Response:
        body = await request.body()
        asked = unquote_plus(f"{request.method} {request.url.path}?{request.url.query} {body.decode(errors='replace')}")
        await asyncio.sleep(next((ms for pattern, ms in delays if re.search(pattern, asked)), 0) / 1000)
        headers = {key: value for key, value in request.headers.items() if key not in {"host", "accept-encoding"}}
        path = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        answer = await http.request(request.method, path, content=body, headers=headers)
        kept = {key: value for key, value in answer.headers.items() if key.lower() not in DROPPED}
        return Response(answer.content, answer.status_code, kept)

    return Starlette(routes=[Route("/{rest:path}", forward, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])])


if __name__ == "__main__":
    port, where, table = sys.argv[1:]
    uvicorn.run(site(where, json.loads(table)), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)
