"""Runs every benchmark, prints the table, writes bench.json."""

import sys
from pathlib import Path

from tests.bench import acknowledging, appending, deciding, finding, listing, mining, starting, storm
from tests.bench.rows import Row, table, write

PARTS = {
    "appending": appending.rows,
    "deciding": deciding.rows,
    "starting": starting.rows,
    "listing": listing.rows,
    "mining": mining.rows,
    "finding": finding.rows,
    "acknowledging": acknowledging.rows,
    "storm": storm.rows,
}


def main(names: list[str]) -> None:
    rows: list[Row] = []
    for name, measure in PARTS.items():
        if not names or name in names:
            sys.stderr.write(f"measuring {name} …\n")
            rows += measure()
    sys.stdout.write(table(rows) + "\n")
    write(rows, Path("bench.json"))


main(sys.argv[1:])
