"""Made-up people, ads and lists for audits, with few draws so that an audit takes no time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from evenhand.audit.audit import Audit, Engine, Ranked, make_audit
from evenhand.audit.rates import AuditSettings
from evenhand.match.protocol import Rankings
from evenhand.records.job import Job
from evenhand.records.outcomes import Outcomes, outcomes_from_arrays
from evenhand.records.people import Candidate, Pool

FEW = AuditSettings(("sex",), top=5, also_top=3, resamples=12, permutations=60, shuffles=6)
Group = tuple[str, ...]
Cells = Mapping[Group, tuple[int, int]]
"""Values of the group columns to people and selected people."""


def people_of(cells: Cells, names: Sequence[str] = ("sex",)) -> list[dict[str, Any]]:
    """One row a person, cell by cell; the first of each cell are selected."""
    rows: list[dict[str, Any]] = []
    for group, (people, selected) in cells.items():
        for number in range(people):
            row: dict[str, Any] = {
                "id": f"q{len(rows):05d}z",
                **dict(zip(names, group, strict=True)),
            }
            rows.append({**row, "selected": int(number < selected)})
    return rows


def outcomes_of(rows: Sequence[Mapping[str, Any]], by: Sequence[str] = ("sex",)) -> Outcomes:
    """The same as outcomes, whatever columns there are."""
    columns = {name: [row[name] for row in rows] for name in rows[0]}
    groups = {part: columns[part] for name in by for part in name.split("*")}
    given = {name: columns.get(name) for name in ("selected", "score", "weight", "job", "period")}
    return outcomes_from_arrays(groups, by=by, ids=columns.get("id"), **given)


def audit_of(
    rows: Sequence[Mapping[str, Any]], by: Sequence[str] = ("sex",), **choices: Any
) -> Audit:
    """An audit of people assessed."""
    settings = replace(FEW, by=tuple(by), **choices)
    return make_audit(settings, outcomes=outcomes_of(rows, by), title="Made up")


def write_csv(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Rows as a file; blanks for None."""
    lines = [",".join(rows[0])]
    lines += [
        ",".join("" if value is None else str(value) for value in row.values()) for row in rows
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def ads_of(groups: Mapping[str, int], **more: str) -> list[Job]:
    """So many ads of each occupation group."""
    text = "We look for a {} to lead and support our team. You need 3 years of experience."
    return [
        Job(
            f"{group}-{number}",
            text.format(group),
            f"The {group}",
            {"occupation_group": group, **more},
        )
        for group, count in groups.items()
        for number in range(count)
    ]


def pool_of(cells: Mapping[Group, int], names: Sequence[str] = ("occupation_group", "sex")) -> Pool:
    """So many people with each combination of values."""
    found: list[Candidate] = []
    for group, count in cells.items():
        fields = dict(zip(names, group, strict=True))
        for _ in range(count):
            found.append(
                Candidate(f"w{len(found):05d}x", f"Worked as number {len(found)}.", fields)
            )
    return Pool(tuple(found))


def ranked_of(
    jobs: Sequence[Job],
    pool: Pool,
    places: int = 12,
    seed: int = 0,
    lean: str = "",
    by: str = "sex",
) -> Ranked:
    """Lists by chance, the qualified first, those with the value ``lean`` somewhat before them."""
    rng = np.random.default_rng([seed, 7])
    trade = [str(person.fields["occupation_group"]) for person in pool]
    trades = np.array([job.fields["occupation_group"] for job in jobs])
    qualified = trades[:, None] == np.array(trade)[None, :]
    likes = np.array([person.fields.get(by) == lean for person in pool])
    score = rng.random(qualified.shape) + qualified + 0.08 * likes
    order = np.argsort(-score, axis=1)[:, :places]
    scores = np.take_along_axis(score, order, axis=1)
    rankings = Rankings(tuple(job.id for job in jobs), pool.ids, order, scores)
    return Ranked(rankings, list(jobs), pool, qualified, Engine("made up", "0" * 64))


def list_audit(ranked: Ranked, by: Sequence[str] = ("sex",), **choices: Any) -> Audit:
    """An audit of lists."""
    settings = replace(FEW, by=tuple(by), **{"min_group": 5, **choices})
    return make_audit(settings, ranked=ranked, title="Made up")


def numbers_in(found: object) -> list[float]:
    """Every number of JSON-able data."""
    if isinstance(found, bool):
        return []
    if isinstance(found, int | float):
        return [float(found)]
    if isinstance(found, Mapping):
        return [number for value in found.values() for number in numbers_in(value)]
    if isinstance(found, list | tuple):
        return [number for value in found for number in numbers_in(value)]
    return []
