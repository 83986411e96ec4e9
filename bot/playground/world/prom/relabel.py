"""Functions about labels: `label_replace`, `label_join`, and the labels `absent` gives back."""

from collections.abc import Sequence

from bot.playground.world.prom.errors import BadData, ExecutionFailed
from bot.playground.world.prom.grid import Grid, merged
from bot.playground.world.prom.labels import NAME, Labels, freeze, get, is_label_name, put
from bot.playground.world.prom.matching import Comparison
from bot.playground.world.prom.nodes import Node, RangeSelector, Selector
from bot.playground.world.prom.regex import anchored, expand


def label_replace(grid: Grid, target: str, template: str, source: str, pattern: str) -> Grid:
    try:
        compiled = anchored(pattern)
    except BadData as error:
        raise ExecutionFailed(f"invalid regular expression in label_replace(): {pattern}") from error
    if not is_label_name(target):
        raise ExecutionFailed(f"invalid destination label name in label_replace(): {target}")

    def replaced(labels: Labels) -> Labels:
        match = compiled.fullmatch(get(labels, source))
        return labels if match is None else put(labels, target, expand(template, match))

    return merged(Grid([replaced(labels) for labels in grid.labels], grid.values, grid.present))


def label_join(grid: Grid, target: str, separator: str, sources: Sequence[str]) -> Grid:
    for source in sources:
        if not is_label_name(source):
            raise ExecutionFailed(f"invalid source label name in label_join(): {source}")
    if not is_label_name(target):
        raise ExecutionFailed(f"invalid destination label name in label_join(): {target}")
    joined = [put(labels, target, separator.join(get(labels, source) for source in sources)) for labels in grid.labels]
    return merged(Grid(joined, grid.values, grid.present))


def labels_of_the_absent(node: Node) -> Labels:
    """What the selector says by equality, and says once: the labels the missing series would have had."""
    selector = node.selector if isinstance(node, RangeSelector) else node
    if not isinstance(selector, Selector):
        return ()
    told: dict[str, str] = {}
    settled: set[str] = set()
    for matcher in selector.matchers:
        if matcher.name == NAME:
            continue
        if matcher.comparison is Comparison.EQUAL and matcher.name not in settled:
            told[matcher.name] = matcher.value
            settled.add(matcher.name)
        else:
            told.pop(matcher.name, None)
    return freeze(told)
