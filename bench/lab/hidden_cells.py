"""Attacks on audits with hidden cells: what can a reader get back? Prints one JSON document.

Makes audits of the sizes that a people analyst has, by the real verb, and attacks what was
published, with no other knowledge of the hidden cells than that the program is public:

* ``programs``: integer programs over every count, total and common rate, for size and positives
  (where an audit counts shown people alone no equation speaks of a hidden cell: nothing to try);
* ``outsider``: replays the code over all counts that the programs leave and compares the tests and
  intervals of shown cells, digit by digit;
* ``insider``: somebody who knows every row but those of one hidden cell tries cells of 0 to 4
  people of whom nobody or everybody was selected, and the true one, replays the whole audit and
  compares; once with the figures, once with the provenance;
* ``insider_of_rests``: the same of small groups that a coarse table merges into its rest;
* ``scores``: solves the quantiles of a shown cell for its scores;
* ``removed``: compares with an audit from which one person was taken out.

A hidden cell is *recovered* where one answer is left and it is right, *wrong* where it isn't.

    python bench/lab/hidden_cells.py --audits 60 > docs/results/hidden_cells.json
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import math
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.audit.audit import Audit
from evenhand.audit.rates import AuditSettings
from evenhand.measure.rates.assess import assess
from evenhand.measure.rates.counts import Counts
from evenhand.report.columns import audit_json
from evenhand.verbs.audit import audit
from evenhand.verbs.inputs import AuditInputs

LEAST = 5
MOST_CANDIDATES = 400
DESIGNS = (
    ("sex",),
    ("sex", "race", "sex*race"),
    ("sex", "race", "age", "sex*race", "race*age"),
)
VALUES = {"sex": ("f", "m", "x"), "race": tuple("abcdefg"), "age": ("young", "middle", "old")}
SHARES = {"sex": (0.49, 0.5), "race": (0.55, 0.2, 0.12, 0.08, 0.05), "age": (0.3, 0.4, 0.3)}
FEW = {"sex": (3,), "race": (9, 4), "age": ()}
"""People to expect of the last values, whatever the number of people."""
UNKNOWN = 4
PEOPLE = (200, 400, 800, 3000)
Row = dict[str, Any]
Target = tuple[str, str]
"""A table and a hidden cell; ``""`` is the row of the unknown."""


@dataclass
class Tally:
    """Attempts and what came of them."""

    attempted: int = 0
    recovered: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def claim(self, what: str, answers: Sequence[Any], truth: Any) -> None:
        """Count a claim where one answer is left."""
        if len(set(answers)) == 1:
            (self.recovered if answers[0] == truth else self.wrong)[what] += 1

    def to_json(self) -> dict[str, Any]:
        """All of it."""
        kinds = ("size", "positives", "scores", "outcome")
        return {
            "attempted": self.attempted,
            "recovered": {kind: self.recovered[kind] for kind in kinds},
            "wrong": {kind: self.wrong[kind] for kind in kinds},
        }


def people(by: Sequence[str], number: int, rng: np.random.Generator) -> list[Row]:
    """Rows of people as a file has them, some of unknown group."""
    rows: list[Row] = []
    for at in range(number):
        row: Row = {"id": f"p{at}"}
        for name in by:
            if "*" not in name:
                rare = np.array([*FEW[name], UNKNOWN]) / number
                share = np.array([*(np.array(SHARES[name]) * (1 - rare.sum())), *rare])
                row[name] = str(rng.choice([*VALUES[name], ""], p=share / share.sum()))
        chance = 0.3 * (0.8 if row[by[0]] == "f" else 1)
        row |= {"selected": int(rng.random() < chance), "score": round(rng.normal(100, 15), 2)}
        rows.append(row)
    return rows


def cell_of(row: Row, table: str) -> str:
    """The cell of a person; ``""`` where a part is unknown."""
    values = [row[part] for part in table.split("*")]
    return "*".join(values) if all(values) else ""


def publish(
    rows: Sequence[Row], by: Sequence[str], folder: Path, name: str | None, draws: int
) -> Audit:
    """Run the verb on a file of these rows; the file has the same name every time."""
    path = folder / "outcomes.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    settings = AuditSettings(tuple(by), least=LEAST, permutations=draws, resamples=draws // 4)
    out = None if name is None else folder / name
    return audit(AuditInputs(outcomes=path), settings, out=out, force=True)


def told(rows: Sequence[Row], by: Sequence[str], folder: Path, draws: int) -> dict[str, Any]:
    """What two of the files of an audit would hold."""
    found = publish(rows, by, folder, None, draws)
    return {"audit.json": audit_json(found), "provenance.json": found.provenance}


def read(folder: Path, name: str) -> Any:
    """One of the published files."""
    return json.loads((folder / name).read_text())


def hidden_in(found: Mapping[str, Any]) -> Iterator[Target]:
    """Every cell of the selection that is said to be hidden."""
    for table, one in found["selection"].items():
        cells = [cell for cell, row in one["cells"].items() if row["hidden"]]
        yield from ((table, cell) for cell in (*cells, *([""] if one["unknown"]["hidden"] else [])))


def in_rests(found: Mapping[str, Any], rows: Sequence[Row]) -> list[Target]:
    """Every group of 1 to 4 people that counts in a rest: merged with others, not hidden."""
    sizes = Counter(
        (table, cell_of(row, table))
        for table, one in found["selection"].items()
        for row in (rows if one["others_too_few_to_show"] else ())
    )
    return sorted(
        target
        for target, size in sizes.items()
        if size < LEAST and target[1] and target[1] not in found["selection"][target[0]]["cells"]
    )


def truth_of(rows: Sequence[Row], target: Target) -> tuple[int, int]:
    """People and selected of a cell."""
    inside = [row["selected"] for row in rows if cell_of(row, target[0]) == target[1]]
    return len(inside), sum(inside)


class Reader:
    """Integer programs over everything published: people by combination, and the selected."""

    def __init__(self, found: Mapping[str, Any], rows: int | None) -> None:
        """Lay out what is known.

        Args:
            found: The published figures.
            rows: Rows of the file, where they are published.
        """
        tables = found["selection"]
        parts = sorted({part for table in tables for part in table.split("*")})
        values = [(*tables.get(part, {"cells": VALUES[part]})["cells"], "") for part in parts]
        self.atoms = [dict(zip(parts, one, strict=True)) for one in itertools.product(*values)]
        self.left_out = any("are left out of every figure" in note for note in found["notes"])
        self.rows: list[tuple[np.ndarray, float, float]] = []
        # People, then selected; and the same of those who are left out, where some are.
        self.width = 2 * len(self.atoms)
        hidden = set(hidden_in(found))
        for table, one in tables.items():
            cells = {**one["cells"], "": one["unknown"]}
            for cell, row in cells.items():
                if (table, cell) not in hidden:
                    self._equal(self._sum(table, [cell], 0), row["n"])
                    self._equal(self._sum(table, [cell], 1), row["selected"])
                elif not self.left_out:
                    self._row(self._sum(table, [cell], 0), 1, np.inf)
            if not self.left_out:
                self._equal(self._sum(table, list(cells), 0), one["people"])
                if one["pooled_rate"] is not None:
                    known = [cell for cell in cells if cell]
                    people, selected = (self._sum(table, known, layer) for layer in (0, 1))
                    self._row(selected - one["pooled_rate"] * people, -1e-7, 1e-7)
        if rows is not None and not self.left_out:
            self._equal(np.repeat([1.0, 0.0], len(self.atoms)), rows)

    def _sum(self, table: str, cells: Sequence[str], layer: int) -> np.ndarray:
        inside = [cell_of(atom, table) in cells for atom in self.atoms]
        sides = [np.array(inside, dtype=float), np.zeros(len(inside))]
        return np.concatenate(sides if layer == 0 else sides[::-1])

    def _equal(self, line: np.ndarray, value: float) -> None:
        self._row(line, value, value)

    def _row(self, line: np.ndarray, low: float, high: float) -> None:
        self.rows.append((line, low, high))

    def range_of(self, target: Target, layer: int) -> tuple[int, int] | None:
        """Least and most of a hidden cell; None where nothing published speaks of it."""
        from scipy import optimize

        if self.left_out:
            # Every published count is of other people: the cell is in no equation at all.
            return None
        lines = np.array([line for line, _, _ in self.rows])
        lows, highs = (np.array([row[at] for row in self.rows]) for at in (1, 2))
        exact: Any = optimize.LinearConstraint
        atoms = len(self.atoms)
        within = np.hstack([np.eye(atoms), -np.eye(atoms)])
        goal = self._sum(target[0], [target[1]], layer)
        ends: list[int] = []
        for sign in (1, -1):
            solved = optimize.milp(
                sign * goal,
                constraints=[
                    exact(lines, lows, highs),
                    exact(within, 0, np.inf),
                ],
                integrality=np.ones(self.width),
                options={"time_limit": 2},
            )
            if solved.x is None:
                return None
            ends.append(round(float(goal @ solved.x)))
        return ends[0], ends[1]


def attack_by_programs(
    reader: Reader, targets: Sequence[Target], rows: Sequence[Row], tally: Tally
) -> dict[Target, tuple[range, range]]:
    """What integer programs leave of every hidden cell."""
    left: dict[Target, tuple[range, range]] = {}
    for target in targets:
        solved = [reader.range_of(target, layer) for layer in (0, 1)]
        tally.attempted += any(one is not None for one in solved)
        ranges = [one or (0, LEAST - 1) for one in solved]
        for what, (low, high), truth in zip(
            ("size", "positives"), ranges, truth_of(rows, target), strict=True
        ):
            tally.claim(what, range(low, high + 1), truth)
        (low, high), (least, most) = ranges
        left[target] = range(low, high + 1), range(least, most + 1)
    return left


def attack_from_outside(
    found: Mapping[str, Any], left: Mapping[Target, tuple[range, range]], rows: Sequence[Row],
    settings: Mapping[str, Any], tally: Tally,
) -> None:  # fmt: skip
    """Replay the tests of each table over what the programs leave of its hidden cells."""
    for name, table in found["selection"].items():
        targets = [target for target in left if target[0] == name]
        choices = [
            [(n, x) for n in left[target][0] for x in left[target][1] if x <= n]
            for target in targets
        ]
        if not targets or math.prod(map(len, choices)) > 40 * MOST_CANDIDATES:
            continue
        tried = [one for one in itertools.product(*choices) if _adds_up(table, one, found)]
        if len(tried) > MOST_CANDIDATES:
            continue
        fits = [one for one in tried if _replays(table, targets, one, settings)]
        for at, target in enumerate(targets):
            size, positives = truth_of(rows, target)
            if size < LEAST:
                tally.attempted += 1
                tally.claim("size", [one[at][0] for one in fits], size)
                tally.claim("positives", [one[at][1] for one in fits], positives)


def _adds_up(
    table: Mapping[str, Any], hidden: Sequence[tuple[int, int]], found: Mapping[str, Any]
) -> bool:
    """Whether the total is right, where it counts those who are hidden."""
    if any("are left out of every figure" in note for note in found["notes"]):
        return True
    shown = [row for row in (*table["cells"].values(), table["unknown"]) if not row["hidden"]]
    if sum(row["n"] for row in shown) + sum(n for n, _ in hidden) != table["people"]:
        return False
    if table["pooled_rate"] is None or table["unknown"]["hidden"]:
        return True
    known = table["people"] - table["unknown"]["n"]
    selected = sum(row["selected"] for row in shown[:-1]) + sum(x for _, x in hidden)
    return selected == round(table["pooled_rate"] * known)


def _replays(
    table: Mapping[str, Any],
    targets: Sequence[Target],
    counts: Sequence[tuple[int, int]],
    settings: Mapping[str, Any],
) -> bool:
    """Whether these counts give every published digit; or no counts at all do, which tells none."""
    guess = {cell: pair for (_, cell), pair in zip(targets, counts, strict=True)}
    nothing = dict.fromkeys(guess, (0, 0))
    return any(_same_digits(table, each, settings) for each in (guess, nothing))


def _same_digits(
    table: Mapping[str, Any], guess: Mapping[str, tuple[int, int]], settings: Mapping[str, Any]
) -> bool:
    cells = tuple(table["cells"])
    pairs = [guess.get(cell) or (row["n"], row["selected"]) for cell, row in table["cells"].items()]
    last = table["unknown"]
    unknown = guess.get("") or (last.get("n", 0), last.get("selected", 0))
    people, selected = (np.array(one, dtype=np.int64) for one in zip(*pairs, strict=True))
    counts = Counts(cells, people, selected, *unknown)
    # A page of one table: those of several move as one, which no table alone can replay.
    found = assess(
        counts,
        seed=settings["seed"],
        permutations=settings["permutations"],
        least=settings["least"],
        hidden=frozenset(guess),
    )
    smallest, said = found.minimum_ratio, table["minimum_ratio"]
    for name in ("chance_median", "chance_below_four_fifths"):
        if said[name] is not None and said[name] != getattr(smallest, name):
            return False
    return all(
        one.name in guess or row["familywise"] in (None, one.familywise)
        for one, row in zip(found.cells, table["cells"].values(), strict=True)
    )


def attack_from_inside(
    rows: Sequence[Row], by: Sequence[str], folder: Path, target: Target, draws: int,
    tallies: Mapping[str, Tally],
) -> None:  # fmt: skip
    """Every cell of 0 to 4 people in place of a hidden one; everybody else is known."""
    table, cell = target
    size, positives = truth_of(rows, target)
    if not 0 < size < LEAST:
        return
    # Half the work: what scores tell is no other question.
    rows = [{key: value for key, value in row.items() if key != "score"} for row in rows]
    inside = [row for row in rows if cell_of(row, table) == cell]
    first = rows.index(inside[0])
    others = [row for row in rows if cell_of(row, table) != cell]
    fits: dict[str, list[tuple[int, int]]] = {name: [] for name in tallies}
    truth = told(rows, by, folder, draws)
    tried = {(n, x) for n in range(LEAST) for x in (0, n)} | {(size, positives)}
    for n, x in sorted(tried):
        filled = [{**inside[at % size], "id": f"h{at}", "selected": int(at < x)} for at in range(n)]
        known = [*others[:first], *filled, *others[first:]]
        if (n, x) == (size, positives):
            known = list(rows)
        guess = told(known, by, folder, draws)
        for name in tallies:
            if guess[name] == truth[name]:
                fits[name].append((n, x))
    for name, tally in tallies.items():
        tally.attempted += 1
        tally.claim("size", [n for n, _ in fits[name]], size)
        tally.claim("positives", [x for _, x in fits[name]], positives)


def attack_scores(found: Mapping[str, Any], rows: Sequence[Row], tally: Tally) -> None:
    """The five quantiles of five scores are five equations."""
    for name, table in found["scoring"].items():
        for cell, quantiles in table.get("quantiles", {}).items() if name != "median" else ():
            if table["cells"][cell]["n"] != 5:
                continue
            q = [quantiles[key] for key in ("0.05", "0.25", "0.5", "0.75", "0.95")]
            solved = [(q[0] - 0.2 * q[1]) / 0.8, q[1], q[2], q[3], (q[4] - 0.2 * q[3]) / 0.8]
            tally.attempted += 1
            inside = sorted(row["score"] for row in rows if cell_of(row, name) == cell)
            told = [tuple(round(value, 2) for value in solved)]
            tally.claim("scores", told, tuple(inside))


def attack_by_removal(
    rows: Sequence[Row], by: Sequence[str], folder: Path, out: Row, draws: int
) -> tuple[bool, bool | None]:
    """Whether any shown cell changes without somebody, and whether their outcome is told."""
    less = [row for row in rows if row is not out]
    before, after = (
        told(each, by, folder, draws)["audit.json"]["selection"] for each in (rows, less)
    )
    if before == after:
        return False, None
    positives: set[int] = set()
    for name, table in before.items():
        other = after.get(name, {"cells": {}})
        for cell, row in table["cells"].items():
            now = other["cells"].get(cell, {"hidden": True})
            if not row["hidden"] and not now["hidden"] and row["n"] != now["n"]:
                positives.add(row["selected"] - now["selected"])
        rates = (table["pooled_rate"], other.get("pooled_rate"))
        known = [
            one["people"] - one["unknown"].get("n", 0) for one in (table, other) if "people" in one
        ]
        if None not in rates and len(known) == 2 and known[0] != known[1]:
            positives.add(round(rates[0] * known[0]) - round(rates[1] * known[1]))
    return True, positives == {out["selected"]}


def attack(audits: int, seed: int, insiders: int, draws: int) -> dict[str, Any]:
    """All of it."""
    start = time.process_time()
    rng = np.random.default_rng(seed)
    programs, outsider, scores = Tally(), Tally(), Tally()
    inside = {"audit.json": Tally(), "provenance.json": Tally()}
    of_rests = {"audit.json": Tally(), "provenance.json": Tally()}
    removed = {kind: Counter[str]() for kind in ("hidden", "shown")}
    hidden = 0
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        for number in range(audits):
            by = DESIGNS[number % len(DESIGNS)]
            rows = people(by, int(rng.choice(PEOPLE)), rng)
            publish(rows, by, folder, "audit", draws)
            found = read(folder / "audit", "audit.json")
            rests_on = read(folder / "audit", "provenance.json")["rests_on"]
            counted = rests_on["outcomes"].partition("(")[2]
            targets = [one for one in hidden_in(found) if 0 < truth_of(rows, one)[0] < LEAST]
            hidden += len(targets)
            reader = Reader(found, int(counted.split()[0].replace(",", "")) if counted else None)
            left = attack_by_programs(reader, list(hidden_in(found)), rows, programs)
            attack_from_outside(found, left, rows, found["settings"], outsider)
            attack_scores(found, rows, scores)
            if targets and inside["audit.json"].attempted < insiders:
                for at in rng.choice(len(targets), min(4, len(targets)), replace=False):
                    attack_from_inside(rows, by, folder, targets[at], draws, inside)
            for target in in_rests(found, rows)[:2]:
                attack_from_inside(rows, by, folder, target, draws, of_rests)
            for kind in removed if number % 2 == 0 else ():
                few = {id(row) for row in rows for t in targets if cell_of(row, t[0]) == t[1]}
                among = [row for row in rows if (id(row) in few) == (kind == "hidden")]
                if among:
                    someone = among[int(rng.integers(len(among)))]
                    changed, outcome = attack_by_removal(rows, by, folder, someone, draws)
                    removed[kind] += Counter(tried=1, changed=changed, outcome=bool(outcome))
    return {
        "audits": audits,
        "hidden_cells_of_1_to_4": hidden,
        "programs": programs.to_json(),
        "outsider": outsider.to_json(),
        "insider": {name: tally.to_json() for name, tally in inside.items()},
        "insider_of_rests": {name: tally.to_json() for name, tally in of_rests.items()},
        "scores_of_cells_of_five": scores.to_json(),
        "one_person_removed": {kind: dict(counts) for kind, counts in removed.items()},
        "seconds": round(time.process_time() - start),
    }  # fmt: skip


def main() -> None:
    """Attack and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--audits", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--insiders", type=int, default=100, help="hidden cells for the insider")
    parser.add_argument("--draws", type=int, default=400, help="of the null; a quarter resamples")
    given = parser.parse_args()
    print(json.dumps(attack(given.audits, given.seed, given.insiders, given.draws), indent=2))


if __name__ == "__main__":
    main()
