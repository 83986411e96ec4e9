"""Draws a `Chart` as a PNG with Pillow: dark ground of its own, large type, nothing told by colour alone.

Made for a phone: 1200 by 675 pixels shown 360 wide, so the smallest letter has 34 pixels. Drawn twice as large and
scaled down, because Pillow's lines have hard edges. The same chart gives the same bytes. Pillow and not matplotlib:
20 ms and 7 MB to import against 400 ms and 57 MB (measured), in a process that forks for every job.
"""

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from bot.core.axes import hours, ticks
from bot.core.chart import Chart, Line, Mark, shown

WIDTH, HEIGHT, FINE = 1200, 675, 2
TOP, BOTTOM, EDGE = 262, 78, 36
ROOM_ONE, ROOM_MANY = 190, 360  # right of the curves, for their last values (and names)
SHADES = 64
GROUND, FRAME, GRID, SHADE = "#14171c", "#3d4654", "#2b323c", "#262a30"
WORDS, QUIET = "#f4f6f8", "#b9c2cc"
ALERT, ROLLOUT, RULE = "#ffffff", "#6cc7ff", "#ff8a8a"
CURVES = ("#ffb84d", "#9aa7b5", "#b8a1d9", "#7fb8a4")
BIG, NORMAL = 46, 36
ALERT_ROW, ROLLOUT_ROW, ROW = TOP - 116, TOP - 64, NORMAL + 10  # where the labels of moments stand, and how high
SPELLED = {"·": "-", "−": "-", "–": "-", "×": "x", "µ": "u", "≥": ">=", "≤": "<="}
READABLE = {chr(code) for code in range(32, 127)} | set("…“”‘’")


def draw(chart: Chart) -> bytes:
    """The PNG, at most 1200 by 675 and some tens of kilobytes."""
    canvas = _Canvas.blank()
    plot = _Plot.of(chart, canvas)
    _shade(canvas, plot, chart)
    _axes(canvas, plot, chart)
    _marks(canvas, plot, chart)
    _rule(canvas, plot, chart)
    for number, line in reversed(list(enumerate(chart.lines))):
        _curve(canvas, plot, line, CURVES[number % len(CURVES)], 6 if number == 0 else 4)
    _values(canvas, plot, chart)
    canvas.text((EDGE, 22), chart.title, BIG, WORDS, WIDTH - 2 * EDGE)
    canvas.text((EDGE, 82), chart.says, NORMAL, QUIET, WIDTH - 2 * EDGE)
    return canvas.png()


@dataclass(frozen=True)
class _Plot:
    """Where values stand on the picture."""

    start: float
    end: float
    low: float
    high: float
    levels: tuple[float, ...]
    left: float
    right: float

    @classmethod
    def of(cls, chart: Chart, canvas: "_Canvas") -> "_Plot":
        values = [value for line in chart.lines for _, value in line.points]
        values += [chart.rule.value] if chart.rule else []
        levels = ticks(min([0.0, *values]), max(values), chart.unit)
        left = EDGE + 16 + max(canvas.width(shown(level, chart.unit), NORMAL) for level in levels)
        right = WIDTH - (ROOM_ONE if len(chart.lines) == 1 else ROOM_MANY)
        return cls(chart.start, max(chart.end, chart.start + 60.0), levels[0], levels[-1], levels, left, right)

    def x(self, at: float) -> float:
        share = (at - self.start) / (self.end - self.start)
        return self.left + max(0.0, min(1.0, share)) * (self.right - self.left)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - max(0.0, min(1.0, share)) * (HEIGHT - BOTTOM - TOP)


class _Canvas:
    """Drawing in picture coordinates on a canvas `FINE` times as large."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._draw = ImageDraw.Draw(image)
        self._fonts: dict[int, ImageFont.FreeTypeFont | ImageFont.ImageFont] = {}

    @classmethod
    def blank(cls) -> "_Canvas":
        canvas = cls(Image.new("RGB", (WIDTH * FINE, HEIGHT * FINE), GROUND))
        canvas.box((1, 1, WIDTH - 2, HEIGHT - 2), outline=FRAME)
        return canvas

    def png(self) -> bytes:
        small = self._image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)
        out = io.BytesIO()
        small.quantize(SHADES, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        return out.getvalue()

    def box(self, corners: tuple[float, float, float, float], fill: str | None = None, outline: str = "") -> None:
        large = [corner * FINE for corner in corners]
        self._draw.rectangle(large, fill=fill, outline=outline or None, width=2 * FINE)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: int, dash: float = 0.0) -> None:
        """Joined; with ``dash`` a straight line of dashes so long between its two points."""
        if dash:
            for piece in _dashes(points[0], points[-1], dash):
                self.line(piece, colour, width)
            return
        self._draw.line([(x * FINE, y * FINE) for x, y in points], fill=colour, width=width * FINE, joint="curve")

    def dot(self, at: tuple[float, float], colour: str, radius: int = 9) -> None:
        x, y = at[0] * FINE, at[1] * FINE
        reach = radius * FINE
        self._draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)

    def text(
        self, at: tuple[float, float], words: str, size: int, colour: str, most: float = WIDTH, plate: bool = False
    ) -> None:
        """From its upper left corner, cut where it is longer than ``most``; ``plate`` clears the ground behind it."""
        shown = self._fitting(spelled(words), size, most)
        if plate:
            self.box((at[0] - 6, at[1] - 8, at[0] + self.width(shown, size) + 6, at[1] + size + 4), fill=GROUND)
        self._draw.text((at[0] * FINE, at[1] * FINE), shown, font=self._font(size), fill=colour)

    def width(self, words: str, size: int) -> float:
        return float(self._draw.textlength(spelled(words), font=self._font(size))) / FINE

    def _fitting(self, words: str, size: int, most: float) -> str:
        if self.width(words, size) <= most:
            return words
        while words and self.width(words + "…", size) > most:
            words = words[:-1]
        return words.rstrip(" -,") + "…"

    def _font(self, size: int) -> "ImageFont.FreeTypeFont | ImageFont.ImageFont":
        if size not in self._fonts:
            self._fonts[size] = ImageFont.load_default(size * FINE)
        return self._fonts[size]


def spelled(words: str) -> str:
    """``words`` in the letters of the font that comes with Pillow; what it lacks is spelled out or becomes "?"."""
    plain = "".join(SPELLED.get(sign, sign) for sign in words)
    bare = (sign for sign in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(sign))
    return "".join(sign if sign in READABLE else " " if sign.isspace() else "?" for sign in bare)


def _dashes(
    first: tuple[float, float], last: tuple[float, float], dash: float
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    (x, y), (to_x, to_y) = first, last
    length = max(abs(to_x - x), abs(to_y - y))
    pieces = max(1, int(length / dash))
    step_x, step_y = (to_x - x) / pieces, (to_y - y) / pieces
    return [((x + step_x * n, y + step_y * n), (x + step_x * (n + 0.6), y + step_y * (n + 0.6))) for n in range(pieces)]


# --- the parts of the picture


def _shade(canvas: _Canvas, plot: _Plot, chart: Chart) -> None:
    """A lighter ground since the onset."""
    if chart.since is not None:
        canvas.box((plot.x(chart.since), TOP, plot.right, HEIGHT - BOTTOM), fill=SHADE)


def _axes(canvas: _Canvas, plot: _Plot, chart: Chart) -> None:
    for level in plot.levels:
        y = plot.y(level)
        canvas.line([(plot.left, y), (plot.right, y)], GRID, 2)
        words = shown(level, chart.unit)
        canvas.text((plot.left - 16 - canvas.width(words, NORMAL), y - NORMAL / 2 - 2), words, NORMAL, QUIET)
    for at, words in hours(plot.start, plot.end):
        width = canvas.width(words, NORMAL)
        if plot.x(at) - width / 2 > plot.left - 40 and plot.x(at) + width / 2 < plot.right + 40:
            canvas.line([(plot.x(at), HEIGHT - BOTTOM), (plot.x(at), HEIGHT - BOTTOM + 10)], QUIET, 2)
            canvas.text((plot.x(at) - width / 2, HEIGHT - BOTTOM + 16), words, NORMAL, QUIET)
    canvas.text((WIDTH - EDGE - canvas.width("UTC", NORMAL), HEIGHT - BOTTOM + 16), "UTC", NORMAL, QUIET)


def _rule(canvas: _Canvas, plot: _Plot, chart: Chart) -> None:
    if chart.rule is None:
        return
    y = plot.y(chart.rule.value)
    canvas.line([(plot.left, y), (plot.right, y)], RULE, 3, dash=22)
    above = y - NORMAL - 10
    canvas.text((plot.left + 14, above if above > TOP else y + 8), chart.rule.words, NORMAL, RULE, plate=True)


def _marks(canvas: _Canvas, plot: _Plot, chart: Chart) -> None:
    """The alert on the upper row of labels, rollouts on the lower one; each label over its own line."""
    taken: list[tuple[float, float]] = []
    began = chart.since or chart.alert.at
    canvas.line([(plot.x(chart.alert.at), ALERT_ROW + ROW), (plot.x(chart.alert.at), HEIGHT - BOTTOM)], ALERT, 3)
    for mark in sorted(chart.rollouts, key=lambda one: abs(one.at - began)):
        x, labelled = plot.x(mark.at), _label(canvas, plot, mark, ROLLOUT, ROLLOUT_ROW, taken)
        canvas.line([(x, ROLLOUT_ROW + ROW if labelled else TOP), (x, HEIGHT - BOTTOM)], ROLLOUT, 3, dash=14)
    _label(canvas, plot, chart.alert, ALERT, ALERT_ROW, [])


def _label(canvas: _Canvas, plot: _Plot, mark: Mark, colour: str, row: float, taken: list[tuple[float, float]]) -> bool:
    """Write it over its line; False where the row is not free there, for which ``taken`` keeps what is not."""
    x, width = plot.x(mark.at), canvas.width(mark.words, NORMAL)
    left = max(EDGE, min(x - width / 2, WIDTH - EDGE - width))
    if not all(left > end or left + width < begin for begin, end in taken):
        return False
    canvas.text((left, row), mark.words, NORMAL, colour, plate=True)
    taken.append((left - 24, left + width + 24))
    return True


def _curve(canvas: _Canvas, plot: _Plot, line: Line, colour: str, width: int) -> None:
    """Broken where samples are missing; a lone sample is a dot."""
    pieces: list[list[tuple[float, float]]] = []
    before: float | None = None
    for at, value in line.points:
        if before is None or at - before > line.gap:
            pieces.append([])
        pieces[-1].append((plot.x(at), plot.y(value)))
        before = at
    for piece in pieces:
        if len(piece) == 1:
            canvas.dot(piece[0], colour, 5)
        else:
            canvas.line(piece, colour, width)


def _values(canvas: _Canvas, plot: _Plot, chart: Chart) -> None:
    """Where each curve ends, with its value (and name, where there are several), not one over the other."""
    taken: list[float] = []
    for number, line in enumerate(chart.lines):
        at, value = line.last
        colour = CURVES[number % len(CURVES)]
        canvas.dot((plot.x(at), plot.y(value)), colour)
        y = plot.y(value) - NORMAL / 2 - 2
        if any(abs(y - other) < NORMAL + 2 for other in taken):
            continue
        taken.append(y)
        words = f"{shown(value, chart.unit)} {line.name}".strip()
        canvas.text((plot.right + 18, y), words, NORMAL, colour, WIDTH - plot.right - 26)
