"""``nox -s bench``: speed as ratios, each measured in one run.

Alone: against bash, ``cp`` and hand-written nox sessions. ``--peers`` installs act, gitlab-ci-local and wrkflw into
``.nox/peers``, runs W1 to W9 by all and writes .nox/bench-peers.json; ``--document`` makes docs/performance.md of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from . import compiler, containers, files, live, masking, pods, simulated, workflows
from .measure import ROOT, table

MEASURED = (workflows, live, containers, compiler, masking, files)
FIGURES = ROOT / ".nox" / "bench-peers.json"


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="measure once: enough to see that it works")
    parser.add_argument("--peers", nargs="*", metavar="W", help="side by side with others; only these workloads")
    parser.add_argument("--pods", action="store_true", help="only jobs in Pods, which take a cluster")
    parser.add_argument("--simulated-cluster", action="store_true", help="only a thousand jobs in a simulated cluster")
    parser.add_argument("--json", type=Path, default=FIGURES, metavar="FILE", help="where --peers writes (%(default)s)")
    parser.add_argument("--document", action="store_true", help="write docs/performance.* from that file")
    options = parser.parse_args()
    if options.document and options.peers:
        parser.error("--document shows all workloads: name none behind --peers")
    times = 1 if options.quick else 5
    if options.peers is not None:
        _peers(options.peers, times, options.json)
    if options.document:
        from .peers import document

        document.write(options.json)
    if options.peers is None and not options.document:
        chosen = [each for each, wanted in ((pods, options.pods), (simulated, options.simulated_cluster)) if wanted]
        _alone(chosen or MEASURED, times)


def _alone(measured: Sequence[ModuleType], times: int) -> None:
    rows = []
    for measure in (measure for each in measured for measure in each.BENCHES):
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(Path(folder) / measure.__name__, times)
    print(table(rows))


def _peers(wanted: list[str], times: int, file: Path) -> None:
    from .peers import figures, plot, rounds, tables, workloads

    chosen = [each for each in workloads.WORKLOADS if not wanted or each.key.split()[0] in wanted]
    if not chosen:
        sys.exit(f"bench: {' '.join(wanted)} names no workload: they are W1 to W9")
    file.parent.mkdir(parents=True, exist_ok=True)
    for found in rounds.measure(chosen, times):
        file.write_text(figures.to_json(found), encoding="utf-8")
        file.with_suffix(".svg").write_text(plot.plot(found), encoding="utf-8")
    shown = [tables.whole(found)]
    if found.row(figures.START):
        shown.append(tables.less_start(found))
    print("\n\n".join([*shown, tables.reasons(found), f"written: {file}, {file.with_suffix('.svg')}"]))


if __name__ == "__main__":
    main()
