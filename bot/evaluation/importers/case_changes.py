"""The changes of a case: commits, deploys, flags and events, each a JSON object, in any file. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.core.changed import Change
from bot.core.fusion.values import Unlooked
from bot.evaluation.importers.case_alert import moment_of

WHEN = ("at", "timestamp", "time", "deployed_at", "changed_at")
ID = ("id", "sha", "commit", "commit_sha", "version", "flag", "name", "key")


def changes_in(rows: Sequence[Any], broken: list[Unlooked]) -> Iterator[Change]:
    """Each row with an id and a time; one that lacks either is told in ``broken``: nobody could place it."""
    for row in rows:
        if isinstance(row, Mapping):
            change = _change(row)
            if change is not None:
                yield change
            else:
                broken.append(Unlooked("a change", "failed", f"it has no id or no time: {str(dict(row))[:120]}"))


def _change(row: Mapping[str, Any]) -> Change | None:
    id_ = next((str(row[name]) for name in ID if row.get(name)), "")
    at = next((moment for name in WHEN if (moment := moment_of(row.get(name))) is not None), None)
    if not id_ or at is None:
        return None
    kind = str(row.get("kind") or ("flag" if row.get("flag") else "deploy"))
    files = row.get("files") or row.get("files_changed") or ()
    said = str(row.get("says") or row.get("message") or row.get("title") or "")
    return Change(
        id=id_,
        kind=kind,
        at=at,
        says=f"{kind.capitalize()} {id_[:12]}{f' “{said[:100]}”' if said else ''}",
        service=str(row.get("service") or ""),
        services=tuple(str(one) for one in row.get("services") or ()),
        author=str(row.get("author") or ""),
        version=str(row.get("version") or ""),
        files=tuple(str(one) for one in files),
        diff=str(row.get("diff") or ""),
        written=moment_of(row.get("written")),
        undo=str(row.get("undo") or ""),
        facts={"deployed": row.get("deployed", kind != "commit")},
    )
