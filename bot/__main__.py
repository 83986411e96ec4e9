"""The command line. Each command imports only the wiring it runs, so that `serve` never loads a worker's clients."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.core.errors import MidwatchError

cli = typer.Typer(no_args_is_help=True, add_completion=False, help="Midwatch keeps the midnight watch.")
worker = typer.Typer(no_args_is_help=True, help="Run one of the three workers.")
ledger = typer.Typer(no_args_is_help=True, help="Read and check the record.")
runbooks = typer.Typer(no_args_is_help=True, help="The runbook corpus.")
incidents = typer.Typer(invoke_without_command=True, help="Read incidents, also when Slack is down.")
cli.add_typer(worker, name="worker")
cli.add_typer(ledger, name="ledger")
cli.add_typer(runbooks, name="runbooks")
cli.add_typer(incidents, name="incidents")

Json = Annotated[bool, typer.Option("--json", help="One JSON document instead of text.")]


def _wired(module: str) -> Any:
    return import_module(f"bot.wiring.{module}")


@cli.command()
def demo(
    scenario: Annotated[str, typer.Option(help="A shipped name or the path of a scenario folder.")] = "bad-rollout",
    headless: Annotated[bool, typer.Option("--headless", help="Play it through, print what a person sees.")] = False,
    json: Json = False,
    list_: Annotated[bool, typer.Option("--list", help="Name the shipped scenarios.")] = False,
) -> None:
    """Run the playground: everything embedded, nothing needed."""
    raise typer.Exit(_wired("demo").main(scenario, headless=headless, as_json=json, listing=list_))


@cli.command()
def serve() -> None:
    """Slack in, webhooks, health, the reconciler."""
    _wired("serve").main()


@worker.command("talk")
def worker_talk() -> None:
    """Everything said in Slack."""
    _wired("talk").main()


@worker.command("diagnose")
def worker_diagnose() -> None:
    """Everything that reads."""
    _wired("diagnose").main()


@worker.command("act")
def worker_act() -> None:
    """Prepares and carries out what was approved."""
    _wired("act").main()


@ledger.command("show")
def ledger_show(name: str, json: Json = False) -> None:
    """Every event of one ledger, one a line."""
    raise typer.Exit(_wired("reading").show_ledger(name, as_json=json))


@ledger.command("verify")
def ledger_verify(name: Annotated[str | None, typer.Argument()] = None) -> None:
    """Check one ledger or all: exit 0 intact, 3 tampered, 4 no anchor to check against, 5 shorter than an anchor says."""
    raise typer.Exit(_wired("reading").verify(name))


@incidents.callback()
def incidents_list(context: typer.Context, json: Json = False) -> None:
    """List incidents, newest first."""
    if context.invoked_subcommand is None:
        raise typer.Exit(_wired("reading").list_incidents(as_json=json))


@incidents.command("show")
def incidents_show(name: str, json: Json = False) -> None:
    """One incident, with the kubectl line of a pending proposal; never an approval."""
    raise typer.Exit(_wired("reading").show_incident(name, as_json=json))


@runbooks.command("index")
def runbooks_index(paths: list[Path]) -> None:
    """Build the search index of one or more folders."""
    raise typer.Exit(_wired("books").index(paths))


@runbooks.command("search")
def runbooks_search(query: str, json: Json = False) -> None:
    """Find the pages for an alert name, an error text or a symptom."""
    raise typer.Exit(_wired("books").search(query, as_json=json))


@runbooks.command("lint")
def runbooks_lint(paths: list[Path]) -> None:
    """Check that every structured check of every page can run."""
    raise typer.Exit(_wired("books").lint(paths))


@cli.command()
def keys(into: Annotated[Path, typer.Argument(help="A folder for the pair.")] = Path(".")) -> None:
    """Make the signing pair and the Redis users of the four processes."""
    raise typer.Exit(_wired("keys").main(into))


def main() -> None:
    """Exit 2 with a plain sentence for anything we raise on purpose."""
    try:
        cli()
    except MidwatchError as error:
        sys.stderr.write(f"midwatch: {error}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
