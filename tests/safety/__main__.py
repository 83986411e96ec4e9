"""Runs every attack and its control, prints the table, writes safety.json; 1 where a row does not hold."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.safety.attacks import ATTACKS
from tests.safety.ground import standing
from tests.safety.rows import Row, measure, table, write

FEWEST = 20


def main(words: list[str]) -> int:
    """``--only`` takes names or parts of names; more than one may be given."""
    asked = argparse.ArgumentParser(prog="python -m tests.safety")
    asked.add_argument("--tries", type=int, default=FEWEST)
    asked.add_argument("--seed", type=int, default=7)
    asked.add_argument("--only", nargs="*", default=[])
    told = asked.parse_args(words)
    chosen = [one for one in ATTACKS if not told.only or any(part in one.name for part in told.only)]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="midwatch-safety-") as folder, standing(Path(folder)) as ground:
        for attack in chosen:
            began = time.monotonic()
            rows.append(measure(attack, ground, told.tries, told.seed))
            sys.stderr.write(f"{rows[-1].told()}  {time.monotonic() - began:.0f} s\n")
    sys.stdout.write(table(rows) + "\n")
    write(rows, Path("safety.json"))
    wrong = [row.name for row in rows if not row.good]
    if wrong or not rows:
        sys.stdout.write(f"does not hold, or has no control that works: {', '.join(wrong) or 'no row of that name'}\n")
    return 1 if wrong or not rows else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
