"""The service catalogue from `MIDWATCH_CATALOG`: one YAML file of ours or of Backstage's, or a folder of them.

A folder gives every `catalog-info.yaml` beneath it; a Location's targets are followed as far as they are files beside
it. Nothing is fetched. What cannot be read stops the process.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from bot.core.backstage import is_backstage, services_in, targets_in
from bot.core.catalogue import Catalogue, Service, Written
from bot.core.errors import SettingsWrong

EXAMPLE = "services: [{name: checkout, namespace: payments, tier: 1, owners: [U0123ABCD], hands_only: []}]"
NAMES = ("catalog-info.yaml", "catalog-info.yml")
MOST_FILES = 2_000


def read_catalogue(path: Path | None) -> Catalogue:
    """Raises `SettingsWrong` naming the service and the field that is wrong."""
    if path is None:
        return Catalogue()
    try:
        files = [one for name in NAMES for one in sorted(path.rglob(name))] if path.is_dir() else [path]
        documents = [one for file in _followed(files) for one in _documents(file)]
        return Catalogue(_services(documents))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"MIDWATCH_CATALOG={path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise SettingsWrong(f"MIDWATCH_CATALOG={path} is no YAML: {error}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise SettingsWrong(f"MIDWATCH_CATALOG={path}: {where}: {fault['msg']}; for example {EXAMPLE}") from error
    except ValueError as error:
        raise SettingsWrong(f"MIDWATCH_CATALOG={path}: {error}") from error


def _services(documents: list[Any]) -> tuple[Service, ...]:
    ours = [Written.model_validate(one).services for one in documents if one and not is_backstage(one)]
    every = (*(service for each in ours for service in each), *services_in(documents))
    return Written(services=every).services


def _followed(files: list[Path]) -> Iterator[Path]:
    """Each file once, and what its Locations point to."""
    seen: set[Path] = set()
    line = [file.resolve() for file in files]
    while line and len(seen) < MOST_FILES:
        here = line.pop(0)
        if here in seen:
            continue
        seen.add(here)
        yield here
        beside = (here.parent / target for target in targets_in(_documents(here)) if "://" not in target)
        line += [one.resolve() for one in beside if one.is_file() and one.resolve().is_relative_to(here.parent)]


def _documents(file: Path) -> list[Any]:
    return list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
