"""Reads what the model is told (`bot/prompts/*.md`), byte for byte."""

from pathlib import Path

from bot.core.conversation import Prompts

FOLDER = Path(__file__).resolve().parents[1] / "prompts"


def load_prompts(folder: Path = FOLDER) -> Prompts:
    return Prompts(
        system=(folder / "system.md").read_text(encoding="utf-8"),
        opening=(folder / "opening.md").read_text(encoding="utf-8"),
    )
