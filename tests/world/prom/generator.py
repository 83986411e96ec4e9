"""Random PromQL from the grammar, by kind: mostly valid, often failing in matching, now and then not well typed.

Left out where Prometheus itself gives no one answer, or 2.42 a wrong one: ties that depend on the order of a Go map,
labels made of digits that rounding decides, a `count_values` label that does not sort last (2.42 forgets to sort).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

SELECTORS = [
    "requests_total", "temp", "level", "gap", "latency_bucket", "odd", "mixed", "pod_info", "service_info",
    'requests_total{service="api"}', 'requests_total{code=~"5..|4.."}', 'requests_total{pod!="p2",code!~"2.*"}',
    'temp{service="db"}', 'level{pod="p0"}', '{__name__=~"temp|level"}', 'gap{service=~"a.+"}', "absent_metric",
    'odd{kind=~"k[3-9]"}', 'mixed{kind="a"}', 'latency_bucket{service="api"}', 'latency_bucket{le!="+Inf"}',
    'requests_total{absent=""}', '{__name__=~".*_info",version=~"1.*"}',
]  # fmt: skip
RANGES = ["15s", "40s", "1m", "5m", "10m", "1h"]
LABELS = ["service", "pod", "code", "le", "kind", "version", "job", "nothere"]
FOLDS = [
    "rate", "irate", "increase", "delta", "idelta", "deriv", "changes", "resets", "avg_over_time", "min_over_time",
    "max_over_time", "sum_over_time", "count_over_time", "last_over_time", "present_over_time", "stddev_over_time",
    "stdvar_over_time", "absent_over_time",
]  # fmt: skip
MATHS = [
    "abs", "ceil", "floor", "exp", "ln", "log2", "log10", "sqrt", "sgn", "deg", "rad", "sin", "cos", "tan", "atan",
    "asinh", "tanh", "absent", "timestamp", "sort", "sort_desc", "minute", "hour", "day_of_week", "day_of_month",
    "day_of_year", "days_in_month", "month", "year", "round",
]  # fmt: skip
ARITHMETIC = ["+", "-", "*", "/", "%", "^", "atan2"]
COMPARISONS = ["==", "!=", ">", "<", ">=", "<="]
NUMBERS = ["0", "1", "2", "-3", "0.5", "1e3", "NaN", "Inf", "-Inf", "0.1", "17"]


@dataclass
class Generator:
    chance: random.Random

    def query(self) -> str:
        made: list[tuple[int, Callable[[int], str]]] = [(16, self.vector), (2, self.scalar), (1, self.misfit)]
        makers, weights = [maker for _, maker in made], [weight for weight, _ in made]
        return self.chance.choices(makers, weights)[0](self.chance.randint(0, 3))

    def vector(self, depth: int) -> str:
        if depth <= 0:
            return self.selector()
        makers: list[tuple[int, Callable[[int], str]]] = [
            (2, lambda _: self.selector()), (6, self.folded), (5, self.aggregated), (5, self.joined), (3, self.mathed),
            (2, self.labelled), (1, self.special), (1, lambda d: f"-{self.vector(d - 1)}"),
            (1, lambda d: f"({self.vector(d - 1)})"), (1, lambda d: f"vector({self.scalar(d - 1)})"),
        ]  # fmt: skip
        maker = self.chance.choices([each for _, each in makers], [weight for weight, _ in makers])[0]
        return maker(depth)

    def scalar(self, depth: int) -> str:
        pick = self.chance.random()
        if depth <= 0 or pick < 0.5:
            return self.chance.choice(NUMBERS)
        if pick < 0.65:
            return f"scalar({self.vector(depth - 1)})"
        if pick < 0.75:
            return self.chance.choice(["time()", "pi()"])
        operator = self.chance.choice([*ARITHMETIC, *(f"{each} bool" for each in COMPARISONS)])
        return f"({self.scalar(depth - 1)} {operator} {self.scalar(depth - 1)})"

    def selector(self) -> str:
        return self.chance.choice(SELECTORS) + self.moved()

    def moved(self) -> str:
        return self.chance.choices(
            ["", " offset 1m", " offset -90s", " @ 1700001000.5", " @ start()", " @ end() offset 2m"],
            [24, 2, 1, 1, 1, 1],
        )[0]

    def matrix(self, depth: int) -> str:
        if depth <= 0 or self.chance.random() < 0.75:
            return f"{self.chance.choice(SELECTORS)}[{self.chance.choice(RANGES)}]{self.moved()}"
        step = self.chance.choice(["", "10s", "30s", "1m", "77s"])
        return f"({self.vector(depth - 1)})[{self.chance.choice(RANGES[1:])}:{step}]{self.moved()}"

    def folded(self, depth: int) -> str:
        pick, matrix = self.chance.random(), self.matrix(depth - 1)
        if pick < 0.16:
            # 2.42 moves a window fixed by @ when the call itself depends on the step, and runs out of samples.
            scalar, matrix = self.scalar(depth - 1), f"{self.chance.choice(SELECTORS)}[{self.chance.choice(RANGES)}]"
            return f"quantile_over_time({scalar}, {matrix})" if pick < 0.08 else f"predict_linear({matrix}, {scalar})"
        if pick < 0.2:
            return f"holt_winters({matrix}, {self.chance.choice(['0.3', '0.9', '1.2'])}, 0.4)"
        return f"{self.chance.choice(FOLDS)}({matrix})"

    def aggregated(self, depth: int) -> str:
        pick, inner = self.chance.random(), self.vector(depth - 1)
        by = self.grouping()
        if pick < 0.12:
            direct = self.chance.choice([self.selector(), f"rate({self.chance.choice(SELECTORS)}[5m])"])
            return f"{self.chance.choice(['topk', 'bottomk'])}{by}({self.chance.choice('0123')}, {direct})"
        if pick < 0.2:
            return f"quantile{by}({self.chance.choice(['0.5', '0.9', '1.5', '-1', 'NaN', 'scalar(temp)'])}, {inner})"
        if pick < 0.26:
            return f'count_values{by}("zz", {self.selector()})'
        plain = ["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"]
        return f"{self.chance.choice(plain)}{by}({inner})"

    def grouping(self) -> str:
        pick = self.chance.random()
        return "" if pick < 0.3 else f" {'by' if pick < 0.7 else 'without'} ({self.labels()}) "

    def labels(self) -> str:
        return ", ".join(self.chance.sample(LABELS, self.chance.randint(0, 3)))

    def joined(self, depth: int) -> str:
        left, right = self.vector(depth - 1), self.vector(depth - 1)
        pick = self.chance.random()
        if pick < 0.3:
            left = right if pick < 0.1 else self.scalar(depth - 1)
        elif pick < 0.45:
            right = self.scalar(depth - 1)
        elif pick < 0.6:
            matching = self.chance.choice(["", f"on({self.labels()})", f"ignoring({self.labels()})"])
            return f"({left}) {self.chance.choice(['and', 'or', 'unless'])} {matching} ({right})"
        bool_ = self.chance.choice(["", " bool"])
        operator = self.chance.choice([*ARITHMETIC, *(each + bool_ for each in COMPARISONS)])
        matching = self.matching() if pick >= 0.45 else ""
        return f"({left}) {operator} {matching} ({right})"

    def matching(self) -> str:
        pick = self.chance.random()
        if pick < 0.3:
            return ""
        matching = f"{self.chance.choice(['on', 'ignoring'])}({self.labels()})"
        if pick < 0.6:
            return matching
        return f"{matching} group_{self.chance.choice(['left', 'right'])}({self.chance.choice(['', 'version', 'pod'])})"

    def mathed(self, depth: int) -> str:
        pick, inner = self.chance.random(), self.vector(depth - 1)
        if pick < 0.1:
            return f"clamp({inner}, {self.scalar(depth - 1)}, {self.scalar(depth - 1)})"
        if pick < 0.25:
            return f"{self.chance.choice(['clamp_min', 'clamp_max', 'round'])}({inner}, {self.scalar(depth - 1)})"
        return f"{self.chance.choice(MATHS)}({inner})"

    def labelled(self, depth: int) -> str:
        pick, inner = self.chance.random(), self.vector(depth - 1)
        source, target = self.chance.choice(LABELS), self.chance.choice([*LABELS, "__name__", "new"])
        if pick < 0.4:
            return f'label_join({inner}, "{target}", "-", "{source}", "pod")'
        template = self.chance.choice(["$1", "x${1}y", "", "$0", "$$", "$1z", "$name"])
        pattern = self.chance.choice(["(.*)", "(.)(.*)", "p(?P<name>[0-9])", "[a-c].*", "(?i)API|x", "("])
        return f'label_replace({inner}, "{target}", "{template}", "{source}", "{pattern}")'

    def special(self, depth: int) -> str:
        if self.chance.random() < 0.7:
            inner = self.chance.choice(
                [
                    "latency_bucket",
                    "rate(latency_bucket[5m])",
                    "sum by (le) (rate(latency_bucket[1m]))",
                    "requests_total",
                ]
            )
            return f"histogram_quantile({self.chance.choice(['0.5', '0.9', '0', '1', '2', '-1', 'NaN'])}, {inner})"
        return f"{self.chance.choice(['hour', 'minute', 'day_of_week', 'year', 'month'])}()"

    def misfit(self, depth: int) -> str:
        """Not PromQL, or not of one kind."""
        return self.chance.choice(
            [
                f"rate({self.vector(depth)})", f"sum({self.matrix(depth)})", f"{self.vector(depth)} and 1", "1 > 2",
                f"nosuch({self.vector(depth)})", "{}", f"{self.vector(depth)} offset", "temp[5m", "topk(temp)",
                f"{self.scalar(depth)} + on(x) {self.scalar(depth)}", 'temp{service=~"("}', "", "temp[300]",
                "sum by (temp", "temp + bool level", "temp offset 5", "vector(temp)", self.matrix(depth), '"text"',
            ]
        )  # fmt: skip
