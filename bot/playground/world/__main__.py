"""Runs one scenario's world: `python -m bot.playground.world --scenario DIR --port N --access FILE …`.

Prints one JSON line with its addresses when it answers. Ends cleanly on SIGTERM and SIGINT, and when whoever started
it is gone; ends loudly when the world itself breaks.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import uvicorn
from pydantic import ValidationError

from bot.playground.world.alerting.wording import TemplateMistake, check
from bot.playground.world.app import Webhook, World, application
from bot.playground.world.breaking import calm
from bot.playground.world.kube.rbac import Access
from bot.playground.world.reading import ScenarioMistake, read_scenario
from bot.playground.world.scenario import Scenario
from bot.playground.world.tempo import SPEEDS

_LOOK_FOR_PARENT = 1.0


def main(arguments: Sequence[str] | None = None) -> int:
    given = _parser().parse_args(arguments)
    try:
        scenario = read_scenario(given.scenario)
        _check_texts(scenario, given.scenario)
        access = _access(given.access)
    except ScenarioMistake as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 2
    listening = socket.create_server(("127.0.0.1", given.port))
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # asyncio does so only for sockets it made itself
    base = f"http://127.0.0.1:{listening.getsockname()[1]}"
    begins, webhook = calm(scenario) if given.calm else scenario, Webhook(given.webhook, given.webhook_token)
    world = World(begins, base, access, webhook, time.time, given.seed, scenario.rollouts)
    try:
        world.prepare()
    except ScenarioMistake as mistake:
        sys.stderr.write(f"{given.scenario}: {mistake}\n")
        return 2
    world.set_speed(given.speed)
    return asyncio.run(_serve(world, listening, base))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot.playground.world", description="A small broken world to fix.")
    parser.add_argument("--scenario", type=Path, required=True, help="folder with a scenario.yaml, or the file")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--access", type=Path, help="JSON: who may do what in the cluster, by token")
    parser.add_argument("--webhook", help="where alerts are posted")
    parser.add_argument("--webhook-token", help="sent with each post as a bearer token")
    parser.add_argument("--calm", action="store_true", help="begin before the trouble: POST /_world/break brings it")
    parser.add_argument(
        "--speed", type=int, choices=SPEEDS, default=1, help="how fast the story passes from its start on"
    )
    parser.add_argument("--seed", type=int, default=0)
    return parser


def _access(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {"tokens": {}}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ScenarioMistake(f"{file}: cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise ScenarioMistake(f"{file}: expected an object with tokens")
    try:
        Access.parse(found)
    except ValidationError as error:
        raise ScenarioMistake(f"{file}: {error}") from error
    return found


def _check_texts(scenario: Scenario, file: Path) -> None:
    for at, alert in enumerate(scenario.alerts):
        for part, texts in (("labels", alert.labels), ("annotations", alert.annotations)):
            for name, text in texts.items():
                try:
                    check(text)
                except TemplateMistake as mistake:
                    raise ScenarioMistake(f"{file}: alerts[{at}].{part}.{name}: {mistake}") from mistake


class _Server(uvicorn.Server):
    """A server whose end is decided here, so that SIGTERM is a clean exit and no death by signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


async def _serve(world: World, listening: socket.socket, base: str) -> int:
    config = uvicorn.Config(
        application(world),
        log_level="warning",
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,
        access_log=False,
    )
    server = _Server(config)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _end, server)
    tasks = [loop.create_task(world.live()), loop.create_task(_outlive_nobody(server, os.getppid()))]
    tasks.append(loop.create_task(_announce(server, base)))
    tasks[0].add_done_callback(lambda _: _end(server))
    await server.serve(sockets=[listening])
    broken = tasks[0].done() and not tasks[0].cancelled()
    for task in tasks[1:] if broken else tasks:
        task.cancel()
    await world.postman.close()
    if broken:
        tasks[0].result()
    return 0


def _end(server: uvicorn.Server) -> None:
    server.should_exit = True


async def _announce(server: uvicorn.Server, base: str) -> None:
    while not server.started:
        await asyncio.sleep(0.01)
    apis = {api: f"{base}/{api}" for api in ("prometheus", "elasticsearch", "kubernetes")}
    told = {"ready": True, "pid": os.getpid(), "url": base, **apis, "control": f"{base}/_world"}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


async def _outlive_nobody(server: uvicorn.Server, parent: int) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(_LOOK_FOR_PARENT)
    _end(server)


if __name__ == "__main__":
    sys.exit(main())
