"""The picture itself: small, the same each time, with what it must show at the places where it must be."""

import io
from dataclasses import replace
from itertools import pairwise

import pytest
from PIL import Image

from bot.adapters.picture import ALERT, CURVES, GROUND, ROLLOUT, RULE, draw, spelled
from bot.core.chart import Chart, Level, Line, Mark
from bot.core.measures import Unit

POINTS = tuple((float(second), 0.001 if second < 2400 else 0.21) for second in range(0, 3600, 30))
CHART = Chart(
    evidence="E1", title="TillFailing · till", says="21 % now, usually 0.1 %, higher since 00:40", alt="…",
    unit=Unit.RATIO, start=0.0, end=3600.0, lines=(Line("", POINTS, 75.0),), alert=Mark(3000.0, "alert 00:50"),
    rollouts=(Mark(2300.0, "revision 47 00:38"),), rule=Level(0.05, "rule: above 5 %"), since=2400.0,
)  # fmt: skip


def opened(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert image.format == "PNG"
    return image.convert("RGB")


def columns(image: Image.Image, colour: str) -> list[int]:
    """Columns in which this colour (or very nearly) stands, from the left."""
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    width, height = image.size
    pixels = image.load()
    assert pixels is not None
    near = [
        x
        for x in range(width)
        if any(sum(abs(a - b) for a, b in zip(pixels[x, y], wanted, strict=True)) < 24 for y in range(270, height - 80))
    ]
    assert near, f"{colour} is nowhere"
    return near


def luminance(colour: str) -> float:
    def linear(part: str) -> float:
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour[1:3]) + 0.7152 * linear(colour[3:5]) + 0.0722 * linear(colour[5:7])


def test_it_fits_a_phone_and_a_payload():
    png = draw(CHART)
    image = opened(png)
    assert image.size == (1200, 675)
    assert len(png) < 100_000


def test_the_same_data_give_the_same_bytes_and_other_data_do_not():
    assert draw(CHART) == draw(CHART)
    assert draw(CHART) != draw(replace(CHART, rollouts=()))


def test_the_rollout_stands_before_the_alert_and_the_curve_between_them_rises():
    image = opened(draw(CHART))
    assert columns(image, ROLLOUT)[0] < columns(image, ALERT)[0]
    assert columns(image, CURVES[0])[-1] > columns(image, ALERT)[0]
    assert len(columns(image, RULE)) > 400


@pytest.mark.parametrize("colour", [ALERT, ROLLOUT, RULE, *CURVES])
def test_every_colour_is_readable_on_its_own_ground(colour: str):
    assert (luminance(colour) + 0.05) / (luminance(GROUND) + 0.05) >= 4.5


def test_a_name_in_letters_the_font_lacks_is_still_drawn():
    assert spelled("Füllstand · 日本 ≥ 5") == "Fullstand - ?? >= 5"
    strange = replace(CHART, title="日本語" * 40, lines=(Line("é" * 90, POINTS, 75.0), Line("b", POINTS, 75.0)))
    assert opened(draw(strange)).size == (1200, 675)


@pytest.mark.parametrize(
    "points",
    [
        ((0.0, 0.0),),
        ((0.0, 5.0), (30.0, 5.0)),
        ((0.0, -3.0), (30.0, 2e12)),
        ((0.0, 1e-12), (3000.0, 2e-12)),
        tuple((float(n * 30), float(n % 2)) for n in range(3000)),
    ],
)
@pytest.mark.parametrize("unit", list(Unit))
def test_any_curve_can_be_drawn(points: tuple[tuple[float, float], ...], unit: Unit):
    chart = replace(CHART, lines=(Line("", points, 75.0),), unit=unit, rule=None, since=None)
    assert opened(draw(chart)).size == (1200, 675)


def test_where_samples_are_missing_the_curve_is_broken():
    broken = tuple((at, value) for at, value in POINTS if not 600 <= at <= 1800)
    seen = columns(opened(draw(replace(CHART, lines=(Line("", broken, 75.0),)))), CURVES[0])
    assert max(after - before for before, after in pairwise(seen)) > 150
