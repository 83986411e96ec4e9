"""What fills a cause's words: short enough for a phone, and never less than was seen without saying so."""

from typing import Any

import pytest

from bot.core.slots import text_of
from tests.reasoning import builders as b


def changed(*changes: tuple[str, str, str]) -> str:
    rows: list[dict[str, Any]] = [{"what": what, "before": before, "after": after} for what, before, after in changes]
    looks = b.outage(rollouts=b.rollouts(b.rollout(47, 0, b.NEW, True, changes=rows)))
    return text_of("{changes}", b.context(looks))


REGISTRY = "registry.example:5000/bookstall/till"
DIGEST = "@sha256:" + "ab12" * 16


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (f"{REGISTRY}:2.30.4", f"{REGISTRY}:2.31.0", "image 2.30.4 to 2.31.0"),
        (f"{REGISTRY}{DIGEST}", f"{REGISTRY}:2.31.0", "image sha256:ab12ab12ab12 to 2.31.0"),
        (f"{REGISTRY}:2{DIGEST}", f"{REGISTRY}:3{DIGEST}", "image 2 to 3"),
        (f"{REGISTRY}", f"{REGISTRY}:3", "image (no tag) to 3"),
        (f"{REGISTRY}:3", "other.example/till:3", f"image {REGISTRY}:3 to other.example/till:3"),
        ("", f"{REGISTRY}:3", "image (none) to 3"),
    ],
)
def test_images_are_told_by_their_tags_while_nothing_else_of_them_changes(before: str, after: str, words: str) -> None:
    assert changed(("image of till", before, after)) == words


def test_an_image_pinned_anew_under_the_same_tag_shows_its_digest() -> None:
    other = "@sha256:" + "cd34" * 16
    said = changed(("image of till", f"{REGISTRY}:2{DIGEST}", f"{REGISTRY}:2{other}"))
    assert said == "image sha256:ab12ab12ab12 to sha256:cd34cd34cd34"


def test_another_containers_image_keeps_its_name() -> None:
    assert changed(("image of proxy", "x/proxy:1", "x/proxy:2")) == "image of proxy 1 to 2"


def test_two_changes_are_named_and_the_others_counted_however_long_they_are() -> None:
    said = changed(
        ("image of till", f"{REGISTRY}:2.30.4", f"{REGISTRY}:2.31.0"),
        ("env TAX_V2 of till", "off" * 90, "on" * 90),
        ("env A of till", "1", "2"),
        ("env B of till", "1", "2"),
    )
    assert said.startswith("image 2.30.4 to 2.31.0, env TAX_V2 offoff")
    assert said.endswith("… and 2 more")
    assert len(said) <= 200
