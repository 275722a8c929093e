"""An option that the asked work doesn't read is refused: tried for every option of every case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from evenhand.audit.audit import LABELS
from evenhand.cli.command_line import parser_of
from evenhand.match.lists import write_rankings
from evenhand.records.files import read_json

from ..audit.evidence.made_up import ads_of, people_of, pool_of, ranked_of, write_csv, write_jsonl
from .conftest import Command

OF_AUDIT = parser_of("audit").params
BACKWARDS = """
def engine(people):
    ids = sorted((one["id"] for one in people), reverse=True)

    def rank(queries, k, eligible):
        kept = [each for each in ids if eligible is None or each in set(eligible)]
        return [[(each, 1.0 - at / 1000) for at, each in enumerate(kept[:k])] for _ in queries]

    return rank
"""
NO_FIGURES = {"fail_on", "out", "jobs", "outcomes", "force", "as_json", "skip_bad", "dry_run"}
"""What gives the work, where it goes, whether it is done, and what acts on bad records alone."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    cells = {("f", "x"): (44, 11), ("m", "x"): (51, 30), ("f", "y"): (40, 9), ("n", "y"): (3, 1)}
    cells |= {("Declined", "x"): (30, 12)}
    write_csv(folder / "o.csv", people_of(cells, ("sex", "place")))
    jobs = ads_of({"sales": 3, "care": 2})
    crowd = {(group, sex): 24 for group in ("sales", "care") for sex in "fmd"}
    ranked = ranked_of(jobs, pool_of({**crowd, ("sales", "n"): 3, ("care", "N/A"): 20}))
    ads = [{"id": one.id, "text": one.text, "kind": "a", **one.fields} for one in jobs]
    ads[0]["kind"] = "b"
    write_jsonl(folder / "ads.jsonl", ads)
    places = ("x", "y")
    people = [
        {"id": one.id, "text": one.text, "place": places[number % 2], **one.fields}
        for number, one in enumerate(ranked.pool)
    ]
    write_jsonl(folder / "people.jsonl", people)
    write_jsonl(folder / "fewer.jsonl", people[:-9])
    write_rankings(folder / "lists.parquet", ranked.rankings)
    upside_down = replace(ranked.rankings, positions=ranked.rankings.positions[:, ::-1].copy())
    write_rankings(folder / "upside_down.parquet", upside_down)
    pairs = [{"job": one.id, "candidate": person["id"]} for one in jobs for person in people[::2]]
    write_jsonl(folder / "judged.jsonl", pairs)
    (folder / "backwards.py").write_text(BACKWARDS)
    return folder


def cases(files: Path) -> Mapping[str, list[object]]:
    lists = [files / "ads.jsonl", "--pool", files / "people.jsonl", "--top", 10]
    return {
        "outcomes": ["--outcomes", files / "o.csv", "--by", "sex"],
        "ads": [files / "ads.jsonl"],
        "lists": [*lists, "--matcher", "backwards:engine", "--by", "sex"],
        "lists of a file": [*lists, "--rankings", files / "lists.parquet", "--by", "sex"],
    }


def values(files: Path) -> Mapping[str, object]:
    return {
        "pool": files / "fewer.jsonl",
        "rankings": files / "upside_down.parquet",
        "matcher": "lexical",
        "top": 7,
        "by": "place",
        "qualified_by": "kind",
        "judgements": files / "judged.jsonl",
        "where": "kind=a",
        "where_people": "place=x",
        "mapping": "place=job",
        "map_outcomes": "place=job",
        "unknown": "m",
        "no_unknown": None,
        "ids": "place",
        "selected": "place",
        "score": "place",
        "job": "place",
        "period": "place",
        "applicants": "selected",
        "stage": "selected,place",
        "selected_is": "0",
        "blank_is": "0",
        "sheet": "A",
        "least": 1,
        "title": "Another heading",
        "seed": 3,
        **dict.fromkeys(LABELS, "Said by the auditor"),
    }


@pytest.fixture(scope="module")
def figures() -> dict[str, object]:
    """Of every case without the option."""
    return {}


@pytest.mark.parametrize("case", ["outcomes", "ads", "lists", "lists of a file"])
@pytest.mark.parametrize("name", [str(one.name) for one in OF_AUDIT if one.name not in NO_FIGURES])
def test_every_option_of_an_audit_is_read_or_refused(
    evenhand: Command, files, tmp_path, monkeypatch, case, name, figures
):
    monkeypatch.syspath_prepend(str(files))
    flag = next(one.opts[0] for one in OF_AUDIT if one.name == name)
    asked = [*map(str, cases(files)[case])]
    if case not in figures:
        done = evenhand("audit", *asked, "--out", tmp_path / "a")
        assert done.code == 0, done.err
        figures[case] = figures_in(tmp_path / "a")
    value = values(files)[name]
    more = [flag] if value is None else [flag, str(value)]
    if flag in asked:
        at = asked.index(flag)
        asked[at : at + 2] = []
    done = evenhand("audit", *asked, *more, "--out", tmp_path / "b")
    if done.code == 2:
        assert not (tmp_path / "b").exists()
    elif name == "mapping" and case != "outcomes":
        pass  # a column that nobody asks for has another name
    else:
        assert done.code == 0, done.err
        assert figures_in(tmp_path / "b") != figures[case]


def figures_in(folder: Path) -> object:
    found = read_json(folder / "audit.json")
    return {key: value for key, value in found.items() if key not in ("provenance", "command")}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("rewrite ad.txt --pool people.jsonl --system lexicon", "--pool"),
        ("rewrite ad.txt --pool people.jsonl --system random --matcher lexical", "--matcher"),
        ("rewrite ad.txt --system best-of --where-people a=b --judgements j.csv", "--judgements"),
        ("rewrite ad.txt --qualified-by kind", "--qualified-by"),
        ("rewrite ad.txt --changed-engine", "--changed-engine"),
        ("rewrite ad.txt --system lexicon --n 4", "--n"),
        ("rewrite ad.txt --system lexicon --seed 4", "--seed"),
        ("rewrite ad.txt --set ilql.beta=2", "--set ilql.beta=2"),
        ("rewrite ad.txt --set mitigate.top_k=9", "--set mitigate.top_k=9"),
        ("measure a.jsonl --pool p.jsonl --out m --rankings r --matcher dense", "--matcher"),
        ("rollouts a.jsonl --pool p.jsonl --out r --set ilql.beta=2", "--set ilql.beta=2"),
        ("tune --rollouts r --out o --set mitigate.top_k=9", "--set mitigate.top_k=9"),
        ("mitigate m --kind gender --out o --set reward.top=9", "--set reward.top=9"),
        ("audit --outcomes o.csv --top 5 --where-people a=b --out o", "--top, --where-people"),
        ("audit --pool p.jsonl --out o", "--pool"),
    ],
)
def test_what_would_change_nothing_is_refused_before_anything_is_read(
    evenhand: Command, tmp_path, monkeypatch, words, named
):
    monkeypatch.chdir(tmp_path)
    done = evenhand(*words.split())
    assert (done.code, done.out) == (2, "")
    assert named in done.err
    assert "not read, for " in done.err
    assert len(done.err.splitlines()) == 1
    assert not list(tmp_path.iterdir())
