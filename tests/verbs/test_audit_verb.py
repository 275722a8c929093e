"""An audit from files to folder, in this process: what is written, and that it is the same."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import evenhand
from evenhand.audit.rates import AuditSettings
from evenhand.errors import BadInput
from evenhand.match.lists import write_rankings
from evenhand.match.protocol import Rankings
from evenhand.records.files import digest_file, read_json
from evenhand.records.people import Document
from evenhand.report.columns import audit_json
from evenhand.report.sentences import sentences
from evenhand.verbs.audit import audit
from evenhand.verbs.inputs import AuditInputs, Inputs, asked_of

from ..audit.evidence.made_up import (
    FEW,
    ads_of,
    audit_of,
    list_audit,
    numbers_in,
    people_of,
    pool_of,
    ranked_of,
    write_csv,
    write_jsonl,
)

COMMAND = ("audit", "--outcomes", "people.csv", "--by", "sex")


def outcomes_file(folder: Path) -> Path:
    rows = people_of({("f",): (64, 17), ("m",): (81, 40), ("x",): (13, 5), ("",): (11, 3)})
    for number, row in enumerate(rows):
        row |= {"score": (number * 37) % 101 / 7, "period": "xyz"[number % 3]}
    return write_csv(folder / "people.csv", rows)


def lists_files(folder: Path) -> AuditInputs:
    """Ads, people and a file of lists."""
    jobs = ads_of({"sales": 3, "care": 3})
    cells = {(group, sex): 22 for group in ("sales", "care") for sex in "fm"}
    ranked = ranked_of(jobs, pool_of({**cells, ("care", "x"): 3}), lean="m")
    write_jsonl(
        folder / "ads.jsonl",
        [{"id": job.id, "title": job.title, "text": job.text, **job.fields} for job in jobs],
    )
    write_jsonl(
        folder / "pool.jsonl",
        [{"id": one.id, "text": one.text, **one.fields} for one in ranked.pool],
    )
    write_rankings(folder / "lists.parquet", ranked.rankings)
    inputs = Inputs(folder / "ads.jsonl", folder / "pool.jsonl")
    return AuditInputs(inputs=inputs, rankings=folder / "lists.parquet")


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> AuditInputs:
    """Outcomes, ads, people and lists."""
    folder = tmp_path_factory.mktemp("given")
    return replace(lists_files(folder), outcomes=outcomes_file(folder))


@pytest.fixture(scope="module")
def settings() -> AuditSettings:
    return replace(FEW, min_group=5)


@pytest.fixture(scope="module")
def written(given, settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("audit") / "a"
    audit(given, settings, command=COMMAND, out=out)
    return out


def contents(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_an_audit_is_pages_data_tables_and_provenance(written):
    names = set(contents(written))
    alone = {"audit.json", "audit.html", "provenance.json", "tables.xlsx"}
    alone |= {"posting.html", "posting.csv"}
    assert alone < names
    figures = {name for name in names if name.startswith("figures/")}
    assert {f"figures/{name}-sex.svg" for name in ("selection", "scoring", "shown")} <= figures
    tables = names - alone - figures
    rates = {f"tables/{name}_sex.csv" for name in ("selection", "scoring", "shown")}
    others = {"tables/figures.csv", "tables/text.csv", "tables/definitions.csv"}
    assert rates | others <= tables
    assert all(name.startswith("tables/") for name in tables)


def test_two_runs_give_the_same_bytes(given, settings, written, tmp_path):
    audit(given, settings, command=COMMAND, out=tmp_path / "other name")
    assert contents(tmp_path / "other name") == contents(written)


def test_another_seed_gives_another_audit(given, settings, written, tmp_path):
    found = audit(given, replace(settings, seed=1), out=tmp_path / "b")
    other = read_json(tmp_path / "b" / "audit.json")
    first = read_json(written / "audit.json")
    assert other["settings"]["seed"] == 1
    assert (
        other["selection"]["sex"]["cells"]["f"]["n"] == first["selection"]["sex"]["cells"]["f"]["n"]
    )
    assert other["selection"]["sex"]["minimum_ratio"] != first["selection"]["sex"]["minimum_ratio"]
    assert found.settings.seed == 1


def test_provenance_says_what_it_rests_on(given, written):
    provenance = read_json(written / "provenance.json")
    assert provenance["command"] == "evenhand audit --outcomes people.csv --by sex --out NEW_FOLDER"
    assert provenance["rests_on"]["digest of the outcomes"] == digest_file(given.outcomes)
    assert set(provenance["asked"]["digests"]) == {str(path) for path in given.files}
    for name, digest in provenance["written"].items():
        assert digest_file(written / name) == digest
    assert {*provenance["written"], "provenance.json"} == set(contents(written))
    for library in ("evenhand", "numpy", "scipy", "python", "seed"):
        assert provenance["rests_on"][library]


def test_what_was_asked_can_be_asked_again(given, settings, written):
    again = asked_of(read_json(written / "provenance.json")["asked"])
    assert again.given == given
    assert again.settings == settings


def test_no_persons_id_is_in_any_output(given, written):
    """Ids of outcomes are q…z, those of the pool w…x."""
    everybody = re.compile(rb"q\d{5}z|w\d{5}x")
    for name, content in contents(written).items():
        assert not everybody.findall(content), name
    assert everybody.search(given.outcomes.read_bytes())


def test_ads_go_by_their_ids(written):
    ads = read_json(written / "audit.json")["quality_by_ad"]
    assert set(ads) == {f"{group}-{at}" for group in ("sales", "care") for at in range(3)}


def test_json_holds_no_number_that_is_none(written):
    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    json.loads((written / "audit.json").read_text(), parse_constant=refuse)


# The order of rows and the names of groups.


def without_digests(found: dict) -> dict:
    return {name: value for name, value in found.items() if name not in ("definitions", "notes")}


def test_rows_in_another_order_give_the_same_audit():
    rows = people_of({("f",): (64, 17), ("m",): (81, 40), ("x",): (13, 5), ("",): (11, 3)})
    for number, row in enumerate(rows):
        row["score"] = (number * 37) % 101 / 7
    order = np.random.default_rng(5).permutation(len(rows))
    shuffled = [rows[int(at)] for at in order]
    assert audit_json(audit_of(shuffled)) == audit_json(audit_of(rows))


def test_people_in_another_order_give_the_same_rates_and_ratios_of_lists():
    """Draws go with places, so that intervals may differ; counts, rates and R may not."""
    cells = {(group, sex): 22 for group in ("sales", "care") for sex in "fm"}
    ranked = ranked_of(ads_of({"sales": 3, "care": 3}), pool_of(cells))
    order = np.random.default_rng(5).permutation(len(ranked.pool))
    place = np.argsort(order)
    people = list(ranked.pool)
    pool = evenhand.Pool(tuple(people[int(at)] for at in order))
    lists = ranked.rankings
    moved = Rankings(lists.query_ids, pool.ids, place[lists.positions], lists.scores)
    other = replace(ranked, pool=pool, rankings=moved, qualified=ranked.qualified[:, order])
    first, second = (audit_json(list_audit(one)) for one in (ranked, other))
    a, b = (one["parity"]["by"]["sex"] for one in (first, second))
    assert a["shown"] == b["shown"]
    assert a["depth"] == b["depth"]
    r = [one["top"]["5"]["overall"]["f vs m"]["ratio"]["value"] for one in (a, b)]
    assert r[0] == pytest.approx(r[1])
    assert first["quality_by_ad"] == second["quality_by_ad"]


def test_renaming_groups_renames_them_in_the_audit():
    """Names that sort alike: everything else stays, digit by digit."""
    cells = {("f",): (64, 17), ("m",): (81, 40), ("x",): (13, 5), ("",): (11, 3)}
    renamed = {(name and f"{name}emale",): counts for (name,), counts in cells.items()}
    first, second = (json.dumps(audit_json(audit_of(people_of(one)))) for one in (cells, renamed))
    back = second.replace("emale", "")
    assert json.loads(back) == json.loads(first)


def test_renaming_groups_in_another_order_permutes_what_isnt_drawn():
    cells = {("a",): (64, 17), ("b",): (81, 40), ("c",): (23, 9)}
    other = {("z",): (64, 17), ("y",): (81, 40), ("x",): (23, 9)}
    names = dict(zip("abc", "zyx", strict=True))
    first, second = (
        audit_json(audit_of(people_of(one)))["selection"]["sex"] for one in (cells, other)
    )
    drawn = ("familywise", "familywise_to_rest", "koopman", "detectable", "needed_for_four_fifths")
    for name, cell in first["cells"].items():
        same = {key: value for key, value in cell.items() if key not in drawn}
        assert {key: second["cells"][names[name]][key] for key in same} == same
    assert second["benchmark"] == names[first["benchmark"]]
    assert second["minimum_ratio"]["value"] == first["minimum_ratio"]["value"]


# Periods and jobs.


def simpson() -> list[dict]:
    """Within each job both are selected alike; women apply to the job that selects few."""
    rows: list[dict] = []
    for job, sex, people, selected in (
        ("few", "f", 400, 40),
        ("few", "m", 100, 10),
        ("many", "f", 100, 60),
        ("many", "m", 400, 240),
    ):
        rows += [
            {"sex": sex, "job": job, "selected": int(number < selected)} for number in range(people)
        ]
    for number, row in enumerate(rows):
        row["id"] = f"q{number}"
    return rows


def test_a_pooled_ratio_that_turns_within_jobs_is_shown_beside_them():
    found = audit_of(simpson())
    table = audit_json(found)["selection"]["sex"]
    assert table["cells"]["f"]["ratio"] == 0.4
    assert table["cells"]["f"]["verdict"] == "below four-fifths and unlikely by chance"
    within = table["within"]["job"]["f"]
    assert within["ratio"] == pytest.approx(1)
    assert within["strata"] == 2
    assert within["interval"][0] < 1 < within["interval"][1]
    assert within["p_value"] > 0.9
    assert within["breslow_day_p"] > 0.9


def test_the_finding_says_that_the_ratio_within_jobs_is_another():
    said = sentences(audit_of(simpson()))
    assert "0.40" in said[0]
    assert any("within" in one and "1.00" in one for one in said), said


def test_nothing_is_said_of_strata_that_agree():
    rows = people_of({("f",): (200, 40), ("m",): (200, 80)})
    for number, row in enumerate(rows):
        row["job"] = "ab"[number % 2]
    assert not any("within" in one for one in sentences(audit_of(rows)))


def test_periods_and_jobs_each_have_their_rows():
    rows = simpson()
    for number, row in enumerate(rows):
        row["period"] = 2024 + number % 2
    within = audit_json(audit_of(rows))["selection"]["sex"]["within"]
    assert set(within) == {"period", "job"}
    assert within["period"]["f"]["ratio"] == pytest.approx(0.4, abs=0.01)


# From Python.


class ById:
    """An engine that ranks people by their ids, whatever the ad says."""

    name, digest = "by id", "1" * 64

    def __init__(self, people: Sequence[Document]) -> None:
        self.candidate_ids = tuple(person.id for person in people)

    def rank(self, jobs, k, eligible=None):
        order = np.tile(np.arange(k), (len(jobs), 1))
        scores = np.tile(-np.arange(k, dtype=float), (len(jobs), 1))
        return Rankings(tuple(job.id for job in jobs), self.candidate_ids, order, scores)


def test_an_engine_of_ones_own_is_audited(given, settings, tmp_path):
    alone = AuditInputs(inputs=given.inputs)
    found = evenhand.api.audit(alone, settings, engine=ById)
    assert found.lists is not None
    assert found.lists.engine.name == "by id"
    assert found.lists.lists.positions[0].tolist() == list(range(settings.top))
    assert list(tmp_path.iterdir()) == []


def test_progress_is_reported(given, settings):
    steps: list[tuple[str, int, int]] = []
    alone = AuditInputs(inputs=given.inputs)
    evenhand.api.audit(alone, settings, engine=ById, progress=lambda *step: steps.append(step))
    assert ("order and exposure", 1, 1) in steps


def test_ads_alone_are_an_audit_of_wording(given, settings, tmp_path):
    alone = AuditInputs(inputs=Inputs(given.inputs.jobs))
    found = audit(alone, settings, out=tmp_path / "a")
    assert found.lists is None
    assert found.rates == ()
    data = read_json(tmp_path / "a" / "audit.json")
    assert set(data["text"]["ads"]) == {
        f"{group}-{at}" for group in ("sales", "care") for at in range(3)
    }
    assert numbers_in(data["text"])


def test_an_attribute_with_one_value_is_noted_and_the_other_compared(given, settings, tmp_path):
    people = [json.loads(line) for line in given.inputs.pool.read_text().splitlines()]
    write_jsonl(tmp_path / "pool.jsonl", [{**one, "place": "here"} for one in people])
    inputs = Inputs(given.inputs.jobs, tmp_path / "pool.jsonl")
    both = AuditInputs(inputs=inputs, rankings=given.rankings)
    found = audit(both, replace(settings, by=("sex", "place")), out=tmp_path / "a")
    assert found.lists.attributes == ("sex",)
    note = "place: everybody of known value in the pool is 'here'"
    assert note in "".join(read_json(tmp_path / "a" / "audit.json")["parity"]["notes"])
    assert "everybody of known value in the pool" in (tmp_path / "a" / "audit.html").read_text()


def test_lists_without_people_are_refused(given, settings):
    lonely = AuditInputs(rankings=given.rankings)
    with pytest.raises(BadInput, match="--rankings: lists need the ads and the people"):
        audit(lonely, settings)


def test_a_file_for_a_folder_is_refused_before_anything_is_read(given, settings, tmp_path):
    (tmp_path / "taken").write_text("mine")
    absent = AuditInputs(outcomes=tmp_path / "absent.csv")
    with pytest.raises(BadInput, match=r"--out .*taken: is a file; name a folder"):
        audit(absent, settings, out=tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def test_an_audit_replaces_an_earlier_one_as_a_whole_and_keeps_what_is_yours(
    given, settings, written, tmp_path
):
    out = tmp_path / "a"
    audit(given, settings, command=COMMAND, out=out)
    (out / "notes.txt").write_text("mine")
    only = AuditInputs(outcomes=given.outcomes)
    with pytest.raises(BadInput, match=r"--out .*a: exists already and isn't empty; .* --force"):
        audit(only, settings, out=out)
    assert contents(out) == {**contents(written), "notes.txt": b"mine"}
    audit(only, settings, out=out, force=True)
    audit(only, settings, out=tmp_path / "alone")
    assert contents(out) == {**contents(tmp_path / "alone"), "notes.txt": b"mine"}
    assert len(contents(out)) < len(contents(written))
    audit(given, settings, command=COMMAND, out=out, force=True)
    assert contents(out) == {**contents(written), "notes.txt": b"mine"}


def test_a_table_of_somebody_else_is_not_taken_for_one_of_the_audit(given, settings, tmp_path):
    only, out = AuditInputs(outcomes=given.outcomes), tmp_path / "a"
    audit(only, settings, out=out)
    (out / "tables" / "mine.csv").write_text("mine")
    before = contents(out)
    with pytest.raises(BadInput, match=r"tables/mine\.csv stands where this command writes"):
        audit(only, settings, out=out, force=True)
    assert contents(out) == before


def test_a_folder_below_a_file_cannot_be_written(given, settings, tmp_path):
    (tmp_path / "taken").write_text("mine")
    only = AuditInputs(outcomes=given.outcomes)
    with pytest.raises(BadInput, match="cannot be written: a part of the path is a file"):
        audit(only, settings, out=tmp_path / "taken" / "below")
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_defect_while_writing_leaves_the_folder_as_it_was(given, settings, tmp_path, monkeypatch):
    only = AuditInputs(outcomes=given.outcomes)
    audit(only, settings, out=tmp_path / "a")
    before = contents(tmp_path / "a")

    def fail(*_: object) -> dict[str, str]:
        raise RuntimeError("no page")

    monkeypatch.setattr("evenhand.verbs.audit.files_of", fail)
    with pytest.raises(RuntimeError, match="no page"):
        audit(only, replace(settings, seed=3), out=tmp_path / "a", force=True)
    assert contents(tmp_path / "a") == before
