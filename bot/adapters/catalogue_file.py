"""The service catalogue from one YAML file (`MIDWATCH_CATALOG`). A file that cannot be read stops the process."""

from pathlib import Path

import yaml
from pydantic import ValidationError

from bot.core.catalogue import Catalogue, Written
from bot.core.errors import SettingsWrong

EXAMPLE = "services: [{name: checkout, namespace: payments, tier: 1, owners: [U0123ABCD], hands_only: []}]"


def read_catalogue(path: Path | None) -> Catalogue:
    """Raises `SettingsWrong` naming the service and the field that is wrong."""
    if path is None:
        return Catalogue()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return Catalogue(Written.model_validate(content or {}).services)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsWrong(f"MIDWATCH_CATALOG={path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise SettingsWrong(f"MIDWATCH_CATALOG={path} is no YAML: {error}") from error
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(part) for part in fault["loc"]) or "the file"
        raise SettingsWrong(f"MIDWATCH_CATALOG={path}: {where}: {fault['msg']}; for example {EXAMPLE}") from error
