"""The command line. Each command imports only the wiring it runs, so that `serve` never loads a worker's clients.

argparse rather than a framework: `serve` is this program too, and a framework costs it 12 MB for nothing.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from bot.core.errors import MidwatchError

SPEEDS = (1, 2, 5, 10)  # the world's, which is a process of its own: a test holds them together


def parser() -> argparse.ArgumentParser:
    """Every command, with what it does; ``run`` is set to (module of `bot/wiring`, function, argument names)."""
    top = argparse.ArgumentParser("midwatch", description="Midwatch keeps the midnight watch.")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    demo = _command(commands, "demo", "run the playground: everything embedded, nothing needed", "demo.main")
    demo.add_argument("--scenario", default="bad-rollout", help="a shipped name or the path of a scenario folder")
    demo.add_argument("--headless", action="store_true", help="play it through, print what a person sees")
    demo.add_argument("--terminal", action="store_true", help="take part from the terminal instead of the browser")
    demo.add_argument("--no-open", action="store_false", dest="opens", help="print the page's address, open nothing")
    demo.add_argument("--json", action="store_true", dest="as_json", help="one JSON document instead of text")
    demo.add_argument(
        "--speed", type=int, default=1, choices=SPEEDS, help="how fast the world's own waits pass; clocks stay real"
    )
    demo.add_argument("--list", action="store_true", dest="listing", help="name the shipped scenarios")
    _command(commands, "serve", "Slack in, webhooks, health, the reconciler", "serve.main")
    workers = _group(commands, "worker", "one of the three workers")
    _command(workers, "talk", "everything said in Slack", "talk.main")
    _command(workers, "diagnose", "everything that reads", "diagnose.main")
    _command(workers, "act", "prepares, and carries out what was approved", "act.main")
    _readings(commands)
    _books(commands)
    _policy(commands)
    _evaluation(commands)
    _logs(commands)
    doctor = _command(commands, "doctor", "check every connection, scope, permission and setting", "doctor.main")
    doctor.add_argument("folder", type=Path, nargs="?", help="a folder of env files, as `midwatch init` writes them")
    doctor.add_argument("--as", dest="process", choices=("serve", "talk", "diagnose", "act"), help="one process alone")
    doctor.add_argument("--probe", action="store_true", help="post a button in the home channel and wait for a press")
    doctor.add_argument("--seconds", type=int, default=60, help="how long --probe waits")
    doctor.add_argument("--json", action="store_true", dest="as_json")
    init = _command(
        commands, "init", "write the env files, keys, Redis users and app manifest to start with", "init.main"
    )
    init.add_argument("folder", type=Path, nargs="?", default=Path("midwatch"))
    init.add_argument("--redis", default="127.0.0.1:6379", metavar="HOST:PORT", help="where all processes reach Redis")
    init.add_argument("--http", metavar="URL", help="Slack calls this https address, instead of Socket Mode")
    init.add_argument("--force", action="store_true", help="new keys; old files are kept as NAME.old")
    keys = _command(commands, "keys", "make the signing pair and the Redis users of the processes", "keys.main")
    keys.add_argument("into", type=Path, nargs="?", default=Path(), help="a folder for them")
    return top


def _readings(commands: Any) -> None:
    ledger = _group(commands, "ledger", "read and check the record")
    show = _command(ledger, "show", "every event of one ledger, one a line", "reading.show_ledger")
    show.add_argument("name")
    show.add_argument("--json", action="store_true", dest="as_json")
    export = _command(ledger, "export", "every event of every ledger as JSON Lines, for a SIEM", "reading.export")
    export.add_argument("--since", default="", metavar="TIME", help="only events from this time on, RFC 3339")
    verify = _command(
        ledger,
        "verify",
        "exit 0 intact, 3 tampered, 4 nothing false found but nothing to check against, 5 shorter than an anchor says",
        "reading.verify",
    )
    verify.add_argument("name", nargs="?")
    verify.add_argument("--anchors", type=Path, metavar="FILE", help="lines `ledger length hash`, as Slack shows them")
    incidents = _command(
        commands, "incidents", "list incidents, newest first, also when Slack is down", "reading.incidents"
    )
    incidents.add_argument("what", nargs="*", metavar="show ID", help="one incident; never an approval")
    incidents.add_argument("--json", action="store_true", dest="as_json")
    incidents.add_argument("--chart", type=Path, metavar="FILE", help="with show: write the incident's chart, a PNG")


def _books(commands: Any) -> None:
    runbooks = _group(commands, "runbooks", "the runbook corpus")
    index = _command(runbooks, "index", "build the search index of folders", "books.index")
    index.add_argument("paths", type=Path, nargs="*")
    search = _command(runbooks, "search", "find the pages for an alert, an error text or a symptom", "books.search")
    search.add_argument("query", nargs="+")
    search.add_argument("--json", action="store_true", dest="as_json")
    lint = _command(runbooks, "lint", "check that every structured check of every page can run", "books.lint")
    lint.add_argument("paths", type=Path, nargs="*")


def _policy(commands: Any) -> None:
    policy = _group(commands, "policy", "what may be done, and how many people it takes")
    test = _command(policy, "test", "check a policy's rules and play the cases beside them", "policing.test")
    test.add_argument("folder", type=Path, nargs="?", help="unset: MIDWATCH_POLICY, or the shipped one")
    does = "say what the policy makes of a change, and which rule spoke"
    explain = _command(policy, "explain", does, "policing.explain")
    explain.add_argument("what", nargs="*", metavar="INCIDENT [APPROVAL]", help="a request that is on record")
    explain.add_argument("--facts", type=Path, metavar="FILE", help="facts as JSON; - reads standard input")
    explain.add_argument("--json", action="store_true", dest="as_json")


def _evaluation(commands: Any) -> None:
    command = _command(commands, "eval", "diagnose frozen incidents and score the answers", "evaluating.main")
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="a case, or a folder of cases")
    formats = ("auto", "case", "opensre", "holmesgpt", "rootcausebench")
    command.add_argument("--format", choices=formats, default="auto", dest="form")
    command.add_argument("--reasoner", choices=("guided", "claude"), default="guided")
    command.add_argument("--json", action="store_true", dest="as_json", help="one JSON object a line")


def _logs(commands: Any) -> None:
    command = _command(commands, "logs", "the templates of log files, without a model", "distilling.main")
    command.add_argument("paths", type=Path, nargs="+", metavar="FILE", help="a log file; - reads standard input")
    command.add_argument("--json", action="store_true", dest="as_json", help="one template a line")
    command.add_argument("--assign", action="store_true", help="one template id for each line instead")


def _command(commands: Any, name: str, does: str, run: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does.capitalize() + ".")
    command.set_defaults(run=run)
    return command


def _group(commands: Any, name: str, does: str) -> Any:
    return commands.add_parser(name, help=does).add_subparsers(required=True, metavar="COMMAND")


def main(arguments: list[str] | None = None) -> None:
    """Exit 2 with a plain sentence for anything we raise on purpose."""
    given = vars(parser().parse_args(arguments))
    module, _, function = given.pop("run").partition(".")
    try:
        code = getattr(import_module(f"bot.wiring.{module}"), function)(**given)
    except MidwatchError as error:
        sys.stderr.write(f"midwatch: {error}\n")
        sys.exit(2)
    sys.exit(code)


if __name__ == "__main__":
    main()
