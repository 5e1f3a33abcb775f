"""``nox -s bench``: every measurement, a table each; ``--quick`` measures once instead of five times."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from . import compiler, containers, files, live, masking, workflows
from .measure import table

MEASURED = (workflows, live, containers, compiler, masking, files)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure once: enough to see that it works")
    times = 1 if parser.parse_args().quick else 5
    rows = []
    for measure in (measure for each in MEASURED for measure in each.BENCHES):
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(Path(folder) / measure.__name__, times)
    print(table(rows))


if __name__ == "__main__":
    main()
