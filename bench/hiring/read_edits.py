"""Reading accepted edits by eye, blind to what they are worth.

    python bench/hiring/read_edits.py --rewrites A.jsonl B.jsonl --n 150 --seed 0 --out runs/reading
    python bench/hiring/read_edits.py --score runs/reading

The first draws edits and writes ``edits.tsv`` (id, before, after, verdict) without reward, system
or ad; the reader fills in ``verdict``: ``same``, ``tone`` or ``changed:<kind>``. ``key.tsv`` says
where an edit comes from, for afterwards. The second prints how many changed their meaning. The
files hold ad text: they stay under ``runs/``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from evenhand.errors import BadInput, EvenhandError, RecordError
from evenhand.language.span import Edit
from evenhand.records.files import write_text
from evenhand.rewrite.result import Rewrite, read_rewrites

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = ("id", "before", "after", "verdict")
KEPT = ("same", "tone")
CHANGED = "changed:"


def draw(rewrites: Sequence[Rewrite], count: int, seed: int) -> list[tuple[str, Edit]]:
    """Different edits at random without replacement, evenly over ads, in random order.

    Ads take turns in random order, each giving one of its edits that are left, until ``count``
    are drawn. An edit that several systems made counts once.

    Args:
        rewrites: Of any systems.
        count: How many to draw; all of them where there are fewer.
        seed: Same rewrites and seed, same edits.

    Returns:
        Pairs of an ad's id and an edit.
    """
    rng = np.random.default_rng([seed, 6])
    by_ad: dict[str, dict[tuple[int, str], Edit]] = {}
    for rewrite in rewrites:
        for edit in rewrite.edits:
            by_ad.setdefault(rewrite.id, {}).setdefault((edit.start, edit.after), edit)
    ads = sorted(by_ad)
    queues = {ad: [by_ad[ad][place] for place in sorted(by_ad[ad])] for ad in ads}
    drawn: list[tuple[str, Edit]] = []
    while len(drawn) < count and any(queues.values()):
        for at in rng.permutation(len(ads)):
            queue = queues[ads[int(at)]]
            if queue and len(drawn) < count:
                drawn.append((ads[int(at)], queue.pop(int(rng.integers(len(queue))))))
    return [drawn[int(at)] for at in rng.permutation(len(drawn))]


def write_drawn(drawn: Sequence[tuple[str, Edit]], out: Path) -> None:
    """Write ``edits.tsv`` to be filled in, and ``key.tsv``.

    Raises:
        BadInput: ``out`` could be tracked, or holds edits already, perhaps with verdicts.
    """
    place = out.resolve()
    if place.is_relative_to(ROOT) and not place.is_relative_to(ROOT / "runs"):
        raise BadInput(f"--out {out}: edits hold ad text; choose a folder under runs/")
    if (out / "edits.tsv").exists():
        raise BadInput(f"{out / 'edits.tsv'}: exists already; choose another folder")
    rows = [(str(at), _flat(e.before), _flat(e.after), "") for at, (_, e) in enumerate(drawn, 1)]
    keys = [(str(at), ad, str(e.start), str(e.end)) for at, (ad, e) in enumerate(drawn, 1)]
    write_text(out / "key.tsv", _table([("id", "ad", "start", "end"), *keys]))
    write_text(out / "edits.tsv", _table([COLUMNS, *rows]))


def read_verdicts(path: Path) -> list[str]:
    """The verdicts of a classified file, in order.

    Raises:
        RecordError: The file can't be read, isn't such a table, or a row has no valid verdict.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as cause:
        raise RecordError(f"can't be read ({cause}); draw edits first", path=str(path)) from cause
    rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    if not rows or tuple(rows[0]) != COLUMNS:
        raise RecordError(f"must begin with the columns {', '.join(COLUMNS)}", path=str(path))
    found = [_verdict(row, str(path), number) for number, row in enumerate(rows[1:], 2) if any(row)]
    if not found:
        raise RecordError("holds no edits; draw some from other rewrites", path=str(path))
    return found


def score(verdicts: Sequence[str]) -> dict[str, Any]:
    """``read``, ``changed_meaning``, ``upper_bound``, ``kinds`` of change, and the other verdicts.

    ``upper_bound`` is the one-sided 95 % Clopper-Pearson bound of the share that changed.
    """
    counts = Counter(verdicts)
    kinds = {v.removeprefix(CHANGED): counts[v] for v in sorted(counts) if v.startswith(CHANGED)}
    changed, read = sum(kinds.values()), len(verdicts)
    bound = 1.0 if changed == read else float(beta.ppf(0.95, changed + 1, read - changed))
    return {
        "read": read,
        "changed_meaning": changed,
        "upper_bound": round(bound, 6),
        "kinds": kinds,
        "unchanged": {verdict: counts[verdict] for verdict in KEPT},
    }


def _verdict(row: Sequence[str], path: str, number: int) -> str:
    if len(row) != len(COLUMNS):
        raise RecordError(
            f"has {len(row)} columns, not {len(COLUMNS)}; keep one tab between columns",
            path=path,
            line=number,
        )
    verdict = row[-1].strip()
    kind = verdict.removeprefix(CHANGED).strip()
    if verdict in KEPT or (verdict.startswith(CHANGED) and kind):
        return f"{CHANGED}{kind}" if verdict.startswith(CHANGED) else verdict
    raise RecordError(
        f"is {verdict!r}; write same, tone or changed:<kind>",
        path=path,
        line=number,
        field="verdict",
    )


def _flat(text: str) -> str:
    """A text on one line of one cell; white space has no say in its meaning."""
    return " ".join(text.split())


def _table(rows: Sequence[Sequence[str]]) -> str:
    return "".join("\t".join(row) + "\n" for row in rows)


def main() -> int:
    """Draw edits or score a classified file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rewrites", nargs="+", type=Path, default=[], help="rewrites.jsonl files")
    parser.add_argument("--n", type=int, default=150, help="edits to draw")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="folder for edits.tsv")
    parser.add_argument("--score", type=Path, help="folder with a classified edits.tsv")
    options = parser.parse_args()
    if options.score is None and (not options.rewrites or options.out is None):
        parser.error("give --score DIR, or --rewrites FILE… and --out DIR")
    try:
        if options.score is not None:
            report = score(read_verdicts(options.score / "edits.tsv"))
        else:
            rewrites = [one for path in options.rewrites for one in read_rewrites(path)]
            drawn = draw(rewrites, options.n, options.seed)
            write_drawn(drawn, options.out)
            report = {"drawn": len(drawn), "ads": len({ad for ad, _ in drawn})}
    except EvenhandError as problem:
        sys.stderr.write(f"{problem}\n")
        return problem.exit_code
    sys.stdout.write(json.dumps(report, indent=2, sort_keys=True) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
