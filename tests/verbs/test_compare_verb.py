"""Two audits side by side: what is paired, what isn't and why, and what stays hidden."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.errors import BadInput, EvenhandError, StorageError
from evenhand.match.lists import write_rankings
from evenhand.match.protocol import Rankings
from evenhand.records.files import read_json
from evenhand.records.integrity import write_sealed
from evenhand.report.page import names_of_pictures
from evenhand.report.pages.comparison import render_comparison, sentences
from evenhand.verbs.audit import audit
from evenhand.verbs.compare import compare, write_comparison
from evenhand.verbs.inputs import AuditInputs, Inputs

from ..audit.evidence.made_up import (
    FEW,
    ads_of,
    people_of,
    pool_of,
    ranked_of,
    write_csv,
    write_jsonl,
)
from .test_audit_verb import contents

BEFORE = {("f",): (80, 20), ("m",): (90, 45), ("x",): (30, 12)}
AFTER = {("f",): (80, 36), ("m",): (90, 47), ("x",): (30, 12)}


def of_rows(
    folder: Path,
    name: str,
    rows: list[dict[str, Any]],
    by: tuple[str, ...] = ("sex",),
    **choices: Any,
) -> Path:
    """An audit of some rows, in a folder of its own; the file lies beside it."""
    path = write_csv(folder / f"{name}.csv", rows)
    out = folder / name
    audit(AuditInputs(outcomes=path), replace(FEW, by=by, **choices), out=out)
    return out


def rows_of(cells: dict, start: int = 0) -> list[dict[str, Any]]:
    rows = people_of(cells)
    for number, row in enumerate(rows):
        row["id"] = f"q{start + number:05d}z"
    return rows


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """The same people before and after."""
    return of_rows(tmp_path, "A", rows_of(BEFORE)), of_rows(tmp_path, "B", rows_of(AFTER))


def changes(found: Any) -> dict[str, Any]:
    return {one.change.cell: one.change for one in found.rates}


def test_the_same_audit_has_not_changed(two):
    found = compare(two[0], two[0])
    assert set(changes(found)) == {"f", "x"}
    for one in changes(found).values():
        assert (one.change, one.p_value, one.paired) == (1.0, 1.0, True)
        assert one.interval == (1.0, 1.0)
    assert "200 people are in both audits and are paired" in found.notes
    assert sentences(found)[0].startswith("2 ratios compared, 0 of them with a change")


def test_the_same_people_are_paired_and_that_narrows_the_interval(two, tmp_path):
    paired = changes(compare(*two))["f"]
    others = of_rows(tmp_path, "C", rows_of(AFTER, start=1000))
    apart = changes(compare(two[0], others))["f"]
    assert paired.paired
    assert not apart.paired
    assert paired.before == apart.before == pytest.approx(0.5)
    assert paired.after == apart.after == pytest.approx((36 / 80) / (47 / 90))
    assert paired.change == pytest.approx(apart.change)
    widths = [math.log(one.interval[1] / one.interval[0]) for one in (paired, apart)]
    assert widths[0] < 0.8 * widths[1]


def test_people_who_changed_group_are_in_no_pair(tmp_path):
    before, after = rows_of(BEFORE), rows_of(AFTER)
    for row in after[:10]:
        row["sex"] = "x"
    found = compare(of_rows(tmp_path, "A", before), of_rows(tmp_path, "B", after))
    one = changes(found)["f"]
    assert one.paired
    assert one.people == (70 + 90, 70 + 90)
    assert one.before == pytest.approx((10 / 70) / 0.5)


def test_ids_that_come_back_within_a_file_are_not_paired(tmp_path):
    before = [{**row, "job": f"j{number}"} for number, row in enumerate(rows_of(BEFORE))]
    for number, row in enumerate(before):
        row["id"] = f"again{number % 20}"
    after = [{key: value for key, value in row.items() if key != "job"} for row in rows_of(AFTER)]
    found = compare(of_rows(tmp_path, "A", before), of_rows(tmp_path, "B", after))
    assert not changes(found)["f"].paired
    assert "people aren't paired: no id stands once in both files of outcomes" in found.notes


def test_files_without_ids_are_not_paired(tmp_path):
    rows = [{"sex": row["sex"], "selected": row["selected"]} for row in rows_of(BEFORE)]
    found = compare(of_rows(tmp_path, "A", rows), of_rows(tmp_path, "B", rows))
    assert not changes(found)["f"].paired
    assert changes(found)["f"].change == 1
    assert "people aren't paired: a file of outcomes has no ids" in found.notes


def test_rows_that_stand_for_several_people_are_not_paired(tmp_path):
    rows = [{**row, "weight": 2} for row in rows_of(BEFORE)]
    found = compare(of_rows(tmp_path, "A", rows), of_rows(tmp_path, "B", rows))
    assert not changes(found)["f"].paired
    assert "people aren't paired: rows stand for several people" in found.notes


@pytest.mark.parametrize("what", ["gone", "changed"])
def test_without_the_data_audits_are_compared_unpaired(two, tmp_path, what):
    data = tmp_path / "A.csv"
    if what == "gone":
        data.unlink()
    else:
        data.write_text(data.read_text().replace("q00000z", "somebody else"))
    found = compare(*two)
    assert not changes(found)["f"].paired
    assert changes(found)["f"].change == pytest.approx(((36 / 80) / (47 / 90)) / 0.5)
    assert f"{data} is gone or has changed, so nothing of A is paired" in found.notes


def test_an_audit_without_provenance_is_noted(two):
    (two[0] / "provenance.json").unlink()
    found = compare(*two)
    assert not changes(found)["f"].paired
    (note,) = (note for note in found.notes if note.startswith("A: "))
    assert "its figures couldn't be checked and nothing of it can be paired" in note


@pytest.mark.parametrize("content", ["{}", "not json", '{"asked": {"inputs": 3}}', "[]"])
def test_a_provenance_that_says_nothing_is_refused(two, content):
    (two[0] / "provenance.json").write_text(content)
    with pytest.raises(StorageError, match=r"A/provenance\.json: (has no seal|is not JSON)"):
        compare(*two)


def test_a_sealed_provenance_of_another_form_is_noted(two):
    path = two[0] / "provenance.json"
    files = [two[0] / name for name in read_json(path)["written"]]
    write_sealed(path, {"asked": {"inputs": 3}}, files)
    found = compare(*two)
    assert not changes(found)["f"].paired
    assert any(note.startswith("A: its provenance can't be read") for note in found.notes)


def test_what_is_hidden_in_either_audit_is_not_compared(tmp_path):
    small = {**BEFORE, ("d",): (3, 1), ("e",): (11, 5)}
    large = {**AFTER, ("d",): (20, 7), ("e",): (30, 15)}
    a, b = (of_rows(tmp_path, name, rows_of(cells)) for name, cells in (("A", small), ("B", large)))
    for pair in ((a, b), (b, a)):
        found = compare(*pair)
        assert set(changes(found)) == {"e", "f", "x"}
        assert ">d<" not in render_comparison(found)


def test_people_who_are_hidden_in_an_audit_are_in_no_pair_and_change_nothing(tmp_path):
    """Whoever they are and whatever became of them, the comparison is the same."""
    texts: list[str] = []
    for number, few in enumerate(((3, 1), (4, 4), (1, 0))):
        (tmp_path / str(number)).mkdir()
        small, large = {**BEFORE, ("d",): few}, {**AFTER, ("d",): (2, 1)}
        folders = (
            of_rows(tmp_path / str(number), name, rows_of(cells))
            for name, cells in (("A", small), ("B", large))
        )
        found = compare(*folders)
        assert changes(found)["f"].paired
        assert "200 people are in both audits and are paired" in found.notes
        texts.append(render_comparison(found))
    assert len(set(texts)) == 1


def test_a_file_whose_shown_people_changed_is_not_paired(tmp_path):
    small = {**BEFORE, ("d",): (3, 1)}
    a, b = of_rows(tmp_path, "A", rows_of(small)), of_rows(tmp_path, "B", rows_of(AFTER))
    rows = rows_of(small)
    rows[30]["selected"] = 1
    write_csv(tmp_path / "A.csv", rows)
    found = compare(a, b)
    assert not changes(found)["f"].paired
    assert f"{tmp_path / 'A.csv'} has changed, so nothing of it is paired" in found.notes
    write_csv(tmp_path / "A.csv", rows_of(small))
    assert changes(compare(a, b))["f"].paired


def test_pairs_of_fewer_people_than_the_audits_show_are_not_used(tmp_path):
    """Seven of the same people would be a cell that both audits hide."""
    before, after = rows_of(BEFORE), rows_of(AFTER, start=1000)
    for cell in range(7):
        after[cell]["id"] = before[cell]["id"]
        after[80 + cell]["id"] = before[80 + cell]["id"]
    a, b = of_rows(tmp_path, "A", before, least=10), of_rows(tmp_path, "B", after, least=10)
    assert not changes(compare(a, b))["f"].paired
    c, d = of_rows(tmp_path, "C", before), of_rows(tmp_path, "D", after)
    assert changes(compare(c, d))["f"].paired


def test_audits_of_other_attributes_share_nothing_and_say_so(tmp_path):
    a = of_rows(tmp_path, "A", rows_of(BEFORE))
    rows = [{**row, "race": row.pop("sex")} for row in rows_of(AFTER)]
    b = of_rows(tmp_path, "B", rows, by=("race",))
    found = compare(a, b)
    assert found.rates == ()
    assert "selection: race, sex is in one of the audits only" in found.notes
    assert "Race" not in "".join(sentences(found))


def test_another_benchmark_is_noted_and_the_first_kept(tmp_path):
    turned = {("f",): (80, 60), ("m",): (90, 45), ("x",): (30, 12)}
    found = compare(
        of_rows(tmp_path, "A", rows_of(BEFORE)), of_rows(tmp_path, "B", rows_of(turned))
    )
    assert changes(found)["f"].benchmark == "m"
    assert changes(found)["f"].after == pytest.approx(1.5)
    assert any("the highest rate was that of m and is that of f" in note for note in found.notes)


def test_a_folder_that_is_no_audit_is_refused(two, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "audit.json").write_text('{"format": "something else"}')
    for name, said in (("empty", "no audit.json in it"), ("absent", "no audit.json in it")):
        with pytest.raises(BadInput, match=said):
            compare(two[0], tmp_path / name)
    with pytest.raises(BadInput, match="isn't an audit of this version"):
        compare(tmp_path / "other", two[0])
    (tmp_path / "other" / "audit.json").write_text("{not json")
    with pytest.raises(EvenhandError, match=r"audit\.json"):
        compare(tmp_path / "other", two[0])


def test_the_command_line_refuses_in_one_sentence(two, tmp_path, capsys, monkeypatch):
    from evenhand.cli.main import main

    monkeypatch.setattr("sys.argv", ["evenhand", "compare", str(two[0]), str(tmp_path / "absent")])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1


def test_a_comparison_is_written_and_always_the_same(two, tmp_path):
    for name in ("c", "d"):
        write_comparison(tmp_path / name, compare(*two))
    page = (tmp_path / "c" / "comparison.html").read_text()
    drawn = [f"figures/{name}.svg" for name in names_of_pictures(page)]
    assert drawn
    assert sorted(contents(tmp_path / "c")) == sorted(
        ("comparison.json", "comparison.html", *drawn)
    )
    for part in ("comparison.json", "comparison.html", *drawn):
        assert (tmp_path / "c" / part).read_bytes() == (tmp_path / "d" / part).read_bytes()
    found = read_json(tmp_path / "c" / "comparison.json")
    assert found["rates"][0]["change"]["people"] == [170, 170]
    assert "q00001z" not in (tmp_path / "c" / "comparison.html").read_text()


def test_a_picture_of_somebody_else_stays_beside_the_comparisons_own(two, tmp_path):
    found = compare(*two)
    write_comparison(tmp_path / "c", found)
    write_comparison(tmp_path / "c", found, force=True)
    (tmp_path / "c" / "figures" / "mine.svg").write_text("mine")
    before = contents(tmp_path / "c")
    with pytest.raises(BadInput, match=r"figures/mine\.svg stands where this command writes"):
        write_comparison(tmp_path / "c", found, force=True)
    assert contents(tmp_path / "c") == before


def test_audits_from_python(two):
    assert evenhand.api.compare(*two) == compare(*two)


# Lists.


def of_lists(
    folder: Path,
    name: str,
    *,
    lean: str = "",
    seed: int = 0,
    by: tuple[str, ...] = ("sex",),
    **choices: Any,
) -> Path:
    """An audit of lists over the same ads and people, whatever they lean to."""
    jobs = ads_of({"sales": 4, "care": 3})
    cells = {
        (group, sex, age): 14 + 3 * (sex == "m")
        for group in ("sales", "care")
        for sex in "fm"
        for age in ("old", "young")
    }
    pool = pool_of({**cells, ("care", "x", "old"): 3}, ("occupation_group", "sex", "age"))
    ranked = ranked_of(jobs, pool, lean=lean, seed=seed)
    write_jsonl(
        folder / "ads.jsonl", [{"id": one.id, "text": one.text, **one.fields} for one in jobs]
    )
    write_jsonl(
        folder / "pool.jsonl", [{"id": one.id, "text": one.text, **one.fields} for one in pool]
    )
    write_rankings(folder / f"{name}.parquet", ranked.rankings)
    inputs = Inputs(folder / "ads.jsonl", folder / "pool.jsonl")
    given = AuditInputs(inputs=inputs, rankings=folder / f"{name}.parquet")
    audit(given, replace(FEW, by=by, min_group=5, **choices), out=folder / name)
    return folder / name


def test_lists_of_the_same_ads_and_people_are_paired(tmp_path):
    fair, leaning = of_lists(tmp_path, "A"), of_lists(tmp_path, "B", lean="m")
    found = compare(fair, leaning)
    contrasts = {one.contrast: one for one in found.parity}
    assert all(one.paired for one in found.parity)
    one = contrasts["f vs m"]
    published = [
        read_json(folder / "audit.json")["parity"]["by"]["sex"]["top"]["5"]["overall"]["f vs m"]
        for folder in (fair, leaning)
    ]
    assert [one.before, one.after] == pytest.approx([each["ratio"]["value"] for each in published])
    assert one.change < 1


def test_the_same_lists_have_not_changed(tmp_path):
    same = of_lists(tmp_path, "A", lean="m")
    found = compare(same, same)
    for one in found.parity:
        assert (one.change, one.p_value, one.paired) == (1.0, 1.0, True)
        assert one.interval == (1.0, 1.0)
    for one in found.quality:
        assert one.before == one.after
        assert one.test.p_value == 1
    assert {one.value for one in found.similarity} == {1.0}


def test_contrasts_of_hidden_values_are_not_compared(tmp_path):
    """People of x are three."""
    fair, leaning = of_lists(tmp_path, "A"), of_lists(tmp_path, "B", lean="m")
    hidden = {
        name
        for name, cell in read_json(fair / "audit.json")["shown"]["sex"]["cells"].items()
        if cell["hidden"]
    }
    assert "x" in hidden
    assert not hidden & {"f", "m"}
    for one in compare(fair, leaning).parity:
        assert not any(one.contrast.startswith(f"{name} vs") for name in hidden)


def test_lists_whose_people_changed_group_are_not_paired(tmp_path):
    fair, leaning = of_lists(tmp_path, "A"), of_lists(tmp_path, "B", lean="m")
    pool = tmp_path / "pool2.jsonl"
    rows = [json.loads(line) for line in (tmp_path / "pool.jsonl").read_text().splitlines()]
    for row in rows[:20]:
        row["sex"] = "m"
    write_jsonl(pool, rows)
    given = AuditInputs(
        inputs=Inputs(tmp_path / "ads.jsonl", pool), rankings=tmp_path / "B.parquet"
    )
    audit(given, replace(FEW, min_group=5), out=tmp_path / "C")
    found = compare(fair, tmp_path / "C")
    assert not any(one.paired for one in found.parity)
    assert "lists aren't paired: some people have other values" in " ".join(found.notes)
    assert any(one.paired for one in compare(fair, leaning).parity)


def test_lists_compared_by_other_attributes_are_said_to_be(tmp_path):
    by_sex, by_age = of_lists(tmp_path, "A"), of_lists(tmp_path, "B", by=("age",), lean="m")
    found = compare(by_sex, by_age)
    assert found.parity == ()
    assert "shown: age, sex is in one of the audits only" in found.notes
    assert found.quality


def test_lists_cut_at_another_place_are_not_paired(tmp_path):
    five, four = of_lists(tmp_path, "A"), of_lists(tmp_path, "B", top=4)
    found = compare(five, four)
    assert not any(one.paired for one in found.parity)
    assert "lists aren't paired: another number of places counts as shown" in found.notes


def test_quality_is_compared_ad_by_ad(tmp_path):
    """Lists that show nobody qualified are worse on every ad: the randomisation test says so."""
    good = of_lists(tmp_path, "A")
    lists = _of_nobody_qualified(tmp_path)
    given = AuditInputs(
        inputs=Inputs(tmp_path / "ads.jsonl", tmp_path / "pool.jsonl"), rankings=lists
    )
    audit(given, replace(FEW, min_group=5), out=tmp_path / "B")
    found = compare(good, tmp_path / "B")
    ndcg = next(one for one in found.quality if one.measure == "ndcg@5")
    assert (ndcg.before, ndcg.after) == (1.0, 0.0)
    assert (ndcg.test.wins, ndcg.test.losses) == (0, 7)
    assert ndcg.test.p_value == pytest.approx(2 / 2**7, abs=0.01)
    said = [one for one in sentences(found) if one.startswith("Ranking quality (nDCG@5)")]
    assert len(said) == 1
    assert "1.000 to 0.000 over 7 ads" in said[0]
    same = compare(good, good)
    kept = next(one for one in sentences(same) if one.startswith("Ranking quality (nDCG@5)"))
    assert "0.01" in kept


def _of_nobody_qualified(folder: Path) -> Path:
    rows = [json.loads(line) for line in (folder / "pool.jsonl").read_text().splitlines()]
    ads = [json.loads(line) for line in (folder / "ads.jsonl").read_text().splitlines()]
    ids = tuple(row["id"] for row in rows)
    order = [
        [at for at, row in enumerate(rows) if row["occupation_group"] != ad["occupation_group"]][
            :12
        ]
        for ad in ads
    ]
    scores = np.tile(-np.arange(12.0), (len(ads), 1))
    lists = Rankings(tuple(ad["id"] for ad in ads), ids, np.array(order), scores)
    write_rankings(folder / "bad.parquet", lists)
    return folder / "bad.parquet"
