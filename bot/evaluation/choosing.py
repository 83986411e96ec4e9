"""Which importer reads a folder, told by what lies in it; and the cases under a path."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from bot.core.errors import BadInput
from bot.evaluation import importers
from bot.evaluation.frozen import Importer

AUTO = "auto"


def known() -> Mapping[str, Importer]:
    """Every importer of the folder, by name: a module that has `IMPORTER`."""
    modules = (import_module(f"{importers.__name__}.{one.name}") for one in iter_modules(importers.__path__))
    found = (getattr(module, "IMPORTER", None) for module in modules)
    return {one.name: one for one in sorted(filter(None, found), key=lambda one: (one.name == "case", one.name))}


def cases_under(path: Path, named: str = AUTO) -> Iterator[tuple[Importer, Path]]:
    """Raises `BadInput` where there is nothing that any of them knows."""
    if not path.exists():
        raise BadInput(f"{path}: there is no such file or folder")
    every = known()
    if named != AUTO and named not in every:
        raise BadInput(f"--format {named} is not known; there are auto, {', '.join(every)}")
    chosen = list(every.values()) if named == AUTO else [every[named]]
    taken: dict[Path, Importer] = {}
    for importer in chosen:
        for folder in importer.cases(path):
            here = folder.resolve()
            # what lies in a case, or around one, is no case of another format
            others = (one for one, by in taken.items() if by is not importer)
            if here in taken or any(here.is_relative_to(one) or one.is_relative_to(here) for one in others):
                continue
            taken[here] = importer
            yield importer, folder
    if not taken:
        raise BadInput(f"{path}: no case of a known format ({', '.join(one.name for one in chosen)}) is in it")
