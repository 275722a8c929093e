"""Files and flags as inputs of a verb, without the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.errors import BadInput, RecordError
from evenhand.records.people import Candidate, Pool
from evenhand.verbs.inputs import Inputs, grouped, pairs


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    jobs, people = tmp_path / "ads.csv", tmp_path / "people.jsonl"
    jobs.write_text("ref,text,occupation_group\na,An ad.,sales\nb,Another.,sales\n")
    people.write_text(
        '{"id": "p", "cv": "Sold things.", "occupation_group": "sales"}\n'
        '{"id": "q", "cv": "Sold more.", "occupation_group": "care"}\n'
    )
    return jobs, people


def test_each_file_gets_the_part_of_the_mapping_it_has(files):
    jobs, people = files
    case = Inputs(jobs, people, mapping={"ref": "id", "cv": "text"}).read()
    assert [job.id for job in case.jobs] == ["a", "b"]
    assert [person.text for person in case.pool] == ["Sold things.", "Sold more."]
    assert case.qualified.tolist() == [[True, False], [True, False]]
    assert case.skipped == ()


def test_a_column_that_both_files_have_is_mapped_in_both(files):
    jobs, people = files
    mapping = {"ref": "id", "cv": "text", "occupation_group": "trade"}
    case = Inputs(jobs, people, qualified_by="trade", mapping=mapping).read()
    assert case.jobs[0].fields["trade"] == "sales"
    assert case.pool.has_column("trade")
    assert not case.pool.has_column("occupation_group")


def test_a_mapped_column_that_is_nowhere_is_refused_with_those_that_are(files):
    jobs, people = files
    mapping = {"ref": "id", "cv": "text", "sex": "gender"}
    with pytest.raises(BadInput, match=r"--map sex=gender: no column of .*ads.csv, .*people") as no:
        Inputs(jobs, people, mapping=mapping).read()
    assert "'cv'" in str(no.value)
    alone = Inputs(jobs, mapping={"cv": "text", "ref": "id"})
    with pytest.raises(BadInput, match="--map cv=text: no column"):
        alone.read_jobs()


def test_a_bad_file_is_named_by_its_reader_whatever_is_mapped(files, tmp_path):
    jobs, _ = files
    absent = tmp_path / "absent.jsonl"
    with pytest.raises(RecordError, match=r"absent\.jsonl: no such file"):
        Inputs(jobs, absent, mapping={"ref": "id"}).read()


def test_a_plain_ad_has_no_columns(tmp_path):
    ad = tmp_path / "AD.TXT"
    ad.write_text("Sales agent\n\nSell things.\n")
    (job,) = Inputs(ad).read_jobs()
    assert job.id == "AD"
    with pytest.raises(BadInput, match="has no columns"):
        Inputs(ad, where={"split": "test"}).read_jobs()


def test_no_pool_is_said():
    with pytest.raises(BadInput, match="--pool: no people"):
        Inputs(Path("x.jsonl")).read_pool()


@pytest.mark.parametrize(
    ("flags", "said"),
    [(["a"], "key=value"), (["=b"], "key=value"), (["a=1", "a=2"], "given before")],
)
def test_wrong_pairs(flags, said):
    with pytest.raises(BadInput, match=f"--map .*{said}"):
        pairs(flags, "--map")


def test_pairs_keep_what_stands_after_the_first_sign():
    assert pairs(["a = b=c ", "d="], "--where") == {"a": "b=c", "d": ""}


def test_attributes_that_nobody_has():
    pool = Pool((Candidate("p", "x", {"gender": "f", "age": ""}),))
    assert grouped(pool, ["gender", "gender*gender"]) == pool
    with pytest.raises(BadInput, match=r"--by: .*age: nobody in the pool has a value"):
        grouped(pool, ["gender*age"])
    with pytest.raises(BadInput, match=r"--by: .*no such column as 'race'.*'gender', 'age'"):
        grouped(pool, ["race"])
    with pytest.raises(BadInput, match=r"reward\.attributes: .*no such column as 'x'"):
        grouped(Pool((Candidate("p", "x"),)), ["x"], "reward.attributes")
