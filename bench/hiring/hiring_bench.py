"""The main job on real ads and people, with an engine whose gap is known; prints JSON.

    python bench/hiring/hiring_bench.py --scale full

Stages are resumable: what is finished in --out is kept, and ``--only ROW`` makes one row anew. Ends
by writing docs/results/hiring_bench.json and .md (or pilot, tiny; no ad text, no person). The
protocol is in ``hiring_protocol``, the rows in ``hiring_rows``, the stages in ``hiring_stages``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

from evenhand.config import load_config
from evenhand.records.files import read_json, write_json, write_text

sys.path.append(str(Path(__file__).resolve().parents[1]))  # ``lab`` is found there

from hiring_protocol import SCALES, load
from hiring_results import markdown, results
from hiring_stages import Clock, forget, run

ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    """Run all stages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", choices=sorted(SCALES), default="pilot")
    parser.add_argument("--out", type=Path, default=None, help="default: runs/hiring_bench/<scale>")
    parser.add_argument("--config", type=Path, default=ROOT / "configs" / "hiring_bench.toml")
    parser.add_argument("--set", action="append", default=[], help="override: ilql.beta=2")
    parser.add_argument("--only", metavar="ROW", default=None, help="make this row anew")
    parser.add_argument("--no-extras", action="store_true", help="rows alone, for a first look")
    options = parser.parse_args()
    out = options.out or ROOT / "runs" / "hiring_bench" / options.scale
    config = load_config([options.config], options.set)
    bench = load(SCALES[options.scale])
    if options.only is not None:
        forget(out, options.only, options.scale)
    clock = Clock(out / "seconds.json")
    commit = _begun_with(out)
    extras = not options.no_extras
    found = run(bench, config, out, clock, options.scale, extras=extras)
    report = results(found, bench, config, clock.seconds, _peak_gib(), commit, options.scale)
    name = "hiring_bench" if options.scale == "full" else options.scale
    write_json(ROOT / "docs" / "results" / f"{name}.json", report)
    write_text(ROOT / "docs" / "results" / f"{name}.md", markdown(report))
    sys.stdout.write(json.dumps(report, indent=2, sort_keys=True) + "\n")


def _peak_gib() -> float:
    scale = 2**30 if sys.platform == "darwin" else 2**20
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale, 2)


def _begun_with(out: Path) -> str:
    """The commit that the rows in ``out`` were begun with; a resumed run keeps it."""
    path = out / "commit.json"
    if not path.exists():
        write_json(path, {"commit": _commit()})
    return str(read_json(path)["commit"])


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
