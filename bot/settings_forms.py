"""How lists, ids and folders are spelled in a setting: read from one line of text, refused in words."""

import re
import sysconfig
from pathlib import Path
from typing import Annotated, Any

from pydantic_settings import NoDecode

from bot.core.events import MODEL_NAME

Names = Annotated[tuple[str, ...], NoDecode]
Paths = Annotated[tuple[Path, ...], NoDecode]
SHIPPED = (Path("runbooks"),)


def names(value: Any) -> Any:
    return tuple(part for part in value.replace(",", " ").split() if part) if isinstance(value, str) else value


def slack_ids(value: tuple[str, ...]) -> tuple[str, ...]:
    wrong = [name for name in value if not re.fullmatch(r"[UWS][A-Z0-9]{2,}", name)]
    if wrong:
        raise ValueError(f"{', '.join(wrong)}: Slack ids are needed (U… in a person's profile), not names")
    return value


def channel_id(value: str) -> str:
    if not re.fullmatch(r"[CG][A-Z0-9]{2,}", value):
        raise ValueError("a channel's id is needed (C… in its details), not its name")
    return value


def model_name(value: str) -> str:
    if not re.fullmatch(MODEL_NAME, value):
        raise ValueError("a model's name is letters, digits and . _ - : @ /")
    return value


def folders(value: Any) -> Any:
    return tuple(part for part in value.split(":") if part) if isinstance(value, str) else value


def or_shipped(value: tuple[Path, ...]) -> tuple[Path, ...]:
    """The default folder where it is not beside us: the checkout's, or the installed package's."""
    if value != SHIPPED or SHIPPED[0].is_dir():
        return value
    places = (Path(__file__).resolve().parents[1], Path(sysconfig.get_path("data")) / "share" / "midwatch")
    return next(((place / "runbooks",) for place in places if (place / "runbooks").is_dir()), value)
