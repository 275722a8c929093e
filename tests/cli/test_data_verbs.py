"""market, match, measure and evaluate on files, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

LEXICAL = ("--matcher", "lexical")


@pytest.fixture
def files(market_folder: Path) -> tuple[object, ...]:
    return (market_folder / "jobs.jsonl", "--pool", market_folder / "people.jsonl")


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Four ads and forty people in files with column names of their own."""
    ads = [
        {"id": f"j{at}", "body": f"Sell things in shop {at}.", "occupation_group": "sales"}
        for at in range(4)
    ]
    people = [
        {
            "id": f"p{at}",
            "text": f"Sold things in shop {at % 4} and {at % 7}.",
            "occupation_group": "sales",
            "sex": "female" if at % 2 else "male",
        }
        for at in range(50)
    ]
    for name, rows in (("ads", ads), ("people", people)):
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{name}.jsonl").write_text(lines)
    return tmp_path


def test_market_writes_files_that_the_other_verbs_read(evenhand, tmp_path):
    found = evenhand("market", "--out", tmp_path / "m", "--json")
    assert found.code == 0
    assert [Path(name).name for name in json.loads(found.out)["files"]] == [
        "jobs.jsonl",
        "people.jsonl",
    ]
    assert "Synthetic" in (tmp_path / "m" / "NOTICE.txt").read_text()


def test_match_then_measure_the_rankings(evenhand, files, tmp_path):
    rankings = tmp_path / "rankings.parquet"
    found = evenhand("match", *files, *LEXICAL, "--top", 100, "--out", rankings, "--json")
    assert (found.code, found.err) == (0, "")
    summary = json.loads(found.out)
    assert summary["top"] == 100
    assert pq.read_table(rankings).num_rows == 100 * summary["ads"]
    out = tmp_path / "measures.json"
    by_file = evenhand("measure", *files, "--rankings", rankings, "--out", out, "--json")
    assert (by_file.code, by_file.err) == (0, "")
    assert json.loads(by_file.out) == json.loads(out.read_text())
    by_engine = evenhand("measure", *files, *LEXICAL, "--out", tmp_path / "again.json")
    assert by_engine.code == 0
    assert (tmp_path / "again.json").read_bytes() == out.read_bytes()
    assert "Parity among the qualified" in by_engine.out
    assert "overall" in by_engine.out


def test_by_several_attributes_and_intersections(evenhand, files, tmp_path):
    by = "gender, age_band,gender*age_band"
    found = evenhand("measure", *files, *LEXICAL, "--by", by, "--out", tmp_path / "o", "--json")
    assert found.code == 0
    assert set(json.loads(found.out)["attributes"]) == {"gender", "age_band", "gender*age_band"}


@pytest.mark.parametrize("by", ["race", "gender,race", "gender*race", "race*gender"])
def test_an_unknown_attribute_is_bad_input_with_its_remedy(evenhand, files, tmp_path, by):
    out = tmp_path / "m.json"
    found = evenhand("measure", *files, *LEXICAL, "--by", by, "--out", out)
    assert found.code == 2
    assert found.err.startswith("--by: ")
    assert "there is no such column as 'race'" in found.err
    assert "--map theirs=race" in found.err
    assert "'age_band'" in found.err
    assert not out.exists()


@pytest.mark.parametrize("by", ["", " , "])
def test_no_attribute_is_bad_input(evenhand, files, tmp_path, by):
    found = evenhand("measure", *files, *LEXICAL, "--by", by, "--out", tmp_path / "m")
    assert found.code == 2
    assert "--by" in found.err


def test_where_keeps_ads_and_people(evenhand, files, tmp_path):
    keep = ("--where", "split=test", "--where-people", "fold=test")
    out = ("--out", tmp_path / "r.parquet", "--json")
    some = json.loads(evenhand("match", *files, *LEXICAL, *keep, *out).out)
    every = json.loads(evenhand("match", *files, *LEXICAL, *out).out)
    assert 0 < some["ads"] < every["ads"]
    assert 0 < some["people"] < every["people"]
    none = evenhand("match", *files, *LEXICAL, "--where", "split=other", *out)
    assert none.code == 2
    assert "no record has split=other; there are" in none.err
    twice = evenhand("match", *files, "--where", "split=test", "--where", "split=train", *out)
    assert twice.code == 2
    assert "given before" in twice.err
    assert evenhand("match", *files, "--where", "split", *out).code == 2


def test_a_column_that_one_file_has_is_mapped_there(evenhand, tiny):
    files = (tiny / "ads.jsonl", "--pool", tiny / "people.jsonl", *LEXICAL)
    out = ("--top", 10, "--out", tiny / "m.json", "--json")
    mapped = evenhand("measure", *files, "--map", "body=text", "--map", "sex=gender", *out)
    assert (mapped.code, mapped.err) == (0, "")
    assert "gender" in json.loads(mapped.out)["attributes"]
    neither = evenhand("measure", *files, "--map", "corpus=text", *out)
    assert neither.code == 2
    assert neither.err.startswith("--map corpus=text: no column of")
    assert "'body'" in neither.err
    assert "'sex'" in neither.err


def test_bad_records_stop_or_are_listed(evenhand, tiny):
    with (tiny / "people.jsonl").open("a") as file:
        file.write('{"id": "p1", "text": "again"}\nnot json\n')
    command = ("match", tiny / "ads.jsonl", "--pool", tiny / "people.jsonl", *LEXICAL)
    rest = ("--map", "body=text", "--top", 5, "--out", tiny / "r.parquet", "--json")
    stopped = evenhand(*command, *rest)
    assert stopped.code == 2
    assert [line.split(": ")[0] for line in stopped.err.splitlines()] == [
        f"{tiny / 'people.jsonl'}:{number}" for number in (51, 52)
    ]
    went_on = evenhand(*command, *rest, "--skip-bad")
    assert went_on.code == 0
    skipped = json.loads(went_on.out)["skipped"]
    assert went_on.err.splitlines() == skipped
    assert [line.split(": ")[0] for line in skipped] == [
        f"{tiny / 'people.jsonl'}:{number}" for number in (51, 52)
    ]


def test_judgements_say_who_is_qualified(evenhand, tiny):
    pairs = [
        {"job": f"j{job}", "candidate": f"p{one}", "relevance": 1}
        for job in range(4)
        for one in range(0, 50)
        if (job + one) % 3
    ]
    lines = "".join(json.dumps(pair) + "\n" for pair in pairs)
    (tiny / "judgements.jsonl").write_text(lines + "nonsense\n")
    command = ("measure", tiny / "ads.jsonl", "--pool", tiny / "people.jsonl", *LEXICAL)
    rest = ("--map", "body=text", "--by", "sex", "--top", 10, "--out", tiny / "m.json", "--json")
    judged = ("--judgements", tiny / "judgements.jsonl")
    assert evenhand(*command, *rest, *judged).code == 2
    found = evenhand(*command, *rest, *judged, "--skip-bad")
    assert found.code == 0
    assert f"{tiny / 'judgements.jsonl'}:{len(pairs) + 1}" in found.err


def test_another_column_qualifies_and_groups(evenhand, tiny):
    for name in ("ads", "people"):
        path = tiny / f"{name}.jsonl"
        path.write_text(path.read_text().replace('"occupation_group"', '"family"'))
    command = ("measure", tiny / "ads.jsonl", "--pool", tiny / "people.jsonl", *LEXICAL)
    rest = ("--map", "body=text", "--by", "sex", "--top", 10, "--out", tiny / "m.json", "--json")
    assert evenhand(*command, *rest).code == 2
    found = evenhand(*command, *rest, "--qualified-by", "family")
    assert found.code == 0
    scopes = json.loads(found.out)["attributes"]["sex"]["cuts"]["10"]["scopes"]
    assert "sales" in scopes


ENGINE = """
CALLS = []

def rank(queries, k, eligible):
    assert set(queries[0]) == {"id", "text", "group"}
    return [[(f"p{at}", -float(at)) for at in range(k)] for query in queries]

def raises(queries, k, eligible):
    raise RuntimeError("the index is down")
"""


def test_an_engine_of_ones_own_in_the_working_directory(evenhand, tiny, monkeypatch):
    monkeypatch.chdir(tiny)
    Path("my_shop_engine.py").write_text(ENGINE)
    rest = ("ads.jsonl", "--pool", "people.jsonl", "--map", "body=text", "--top", 5)
    found = evenhand("match", *rest, "--matcher", "my_shop_engine:rank", "--out", "r.parquet")
    assert found.code == 0
    table = pq.read_table("r.parquet").to_pylist()
    assert [row["candidate_id"] for row in table[:5]] == [f"p{at}" for at in range(5)]
    down = evenhand("match", *rest, "--matcher", "my_shop_engine:raises", "--out", "x.parquet")
    assert down.code == 1
    assert "the index is down" in down.err
    assert not Path("x.parquet").exists()
    unknown = evenhand("match", *rest, "--matcher", "bm25", "--out", "x.parquet")
    assert unknown.code == 2
    assert "lexical, dense, or module:name" in unknown.err


def test_evaluating_rewrites_that_change_nothing_finds_no_change(evenhand, files, tmp_path):
    keep = ("--where", "split=test", "--where-people", "fold=test")
    from evenhand import read_jobs
    from evenhand.rewrite import Rewrite, write_rewrites

    ads = read_jobs(files[0], where={"split": "test"})  # type: ignore[arg-type]
    same = tmp_path / "same.jsonl"
    write_rewrites(same, [Rewrite(ad.id, ad.text, ad.text) for ad in ads])
    out, page = tmp_path / "evaluation.json", tmp_path / "report.html"
    rest = ("--out", out, "--html", page, "--top", 20)
    found = evenhand("evaluate", *files, *keep, *LEXICAL, "--rewrites", f"same={same}", *rest)
    assert (found.code, found.err) == (0, "")
    assert "same" in found.out
    systems = json.loads(out.read_text())["systems"]
    assert systems["same"]["R"] == systems["original"]["R"]
    assert systems["same"]["ads_changed"] == 0
    html = page.read_text()
    assert html.startswith("<!doctype html>") or html.startswith("<!DOCTYPE html>")
    assert "digest of the rewrites of same" in html


@pytest.mark.parametrize("named", ["flag", "file", "rewordings"])
def test_lists_longer_than_the_pool_are_said_whatever_names_their_length(
    evenhand, files, tmp_path, named
):
    from evenhand import Candidate, MatcherConfig, Pool, read_jobs
    from evenhand.rewrite import Rewrite, write_rewrites
    from evenhand.verbs.engine import bind, made_for

    lexical = MatcherConfig(name="lexical", top=9999)
    someone = Pool((Candidate("p", "Sold things.", {}),))
    made = made_for(bind(someone, lexical), lexical) if named == "rewordings" else None
    same, settings = tmp_path / "same.jsonl", tmp_path / "c.toml"
    ads = read_jobs(files[0])
    write_rewrites(same, [Rewrite(ad.id, ad.text, ad.text, made_for=made) for ad in ads])
    settings.write_text("[matcher]\ntop = 9999\n")
    more = {"flag": ("--top", 9999), "file": ("--config", settings), "rewordings": ()}[named]
    words = (*files, *LEXICAL, "--rewrites", f"same={same}", "--out", tmp_path / "e.json", *more)
    found = evenhand("evaluate", *words, "--dry-run")
    assert found.code == 0, found.err
    assert "and hold everybody" in found.err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--rewrites", "nothing"], "--rewrites nothing: write it as key=value"),
        (["--rewrites", "a=absent.jsonl"], "absent.jsonl: can't be read"),
    ],
)
def test_evaluate_refuses_what_is_no_system(evenhand, files, tmp_path, given, said):
    found = evenhand("evaluate", *files, *LEXICAL, *given, "--out", tmp_path / "e.json")
    assert found.code == 2
    assert said in found.err
    assert not (tmp_path / "e.json").exists()


@pytest.mark.parametrize(
    ("flags", "groups"),
    [
        ((), {"female", "male", "Other"}),
        (("--unknown", "Other"), {"female", "male"}),
        (("--no-unknown",), {"female", "male", "Other", "Not Stated"}),
        (("--unknown", "Nobody"), set()),
    ],
)
def test_who_gave_no_answer_is_no_group_of_a_pool(evenhand, tiny, flags, groups):
    people = tiny / "people.jsonl"
    rows = [json.loads(line) for line in people.read_text().splitlines()]
    for at in range(10):
        rows[at]["sex"] = ("Not Stated", "Other")[at % 2]
    people.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked = ("audit", tiny / "ads.jsonl", "--map", "body=text", "--pool", people, "--by", "sex")
    done = evenhand(*asked, *LEXICAL, "--top", 10, *flags, "--out", tiny / "a")
    if not groups:
        assert (done.code, (tiny / "a").exists()) == (2, False)
        assert "--unknown Nobody: no row has this value in sex" in done.err
        return
    assert done.code == 0, done.err
    found = json.loads((tiny / "a" / "audit.json").read_text())
    assert set(found["shown"]["sex"]["cells"]) == groups
    assert set(found["lists"]["skew"]["sex"]) == groups


@pytest.mark.parametrize("read", ["ads", "people"])
def test_nothing_that_is_read_is_overwritten(evenhand, tiny, read):
    pool, path = tiny / "people.jsonl", tiny / f"{read}.jsonl"
    before = path.read_bytes()
    words = ("match", tiny / "ads.jsonl", "--pool", pool, *LEXICAL, "--out", path)
    for more in ((), ("--dry-run",)):
        found = evenhand(*words, *more)
        assert found.code == 2
        assert f"{path}: is read too and would be overwritten" in found.err
    assert path.read_bytes() == before


def test_rewordings_that_are_read_are_not_overwritten_and_two_results_need_two_paths(
    evenhand, tiny
):
    rewrites = tiny / "r.jsonl"
    rewrites.write_text("{}\n")
    words = ("evaluate", tiny / "ads.jsonl", "--pool", tiny / "people.jsonl")
    named = ("--rewrites", f"mine={rewrites}")
    assert "is read too" in evenhand(*words, *named, "--out", rewrites).err
    twice = evenhand(*words, *named, "--out", tiny / "e.json", "--html", tiny / "e.json")
    assert (twice.code, "name two" in twice.err) == (2, True)
    assert rewrites.read_text() == "{}\n"


def test_a_result_may_bear_the_name_of_a_value(evenhand, files, tmp_path, monkeypatch):
    """``--where-people fold=train --out train`` goes on in a folder that is there already."""
    monkeypatch.chdir(tmp_path)
    Path("train").write_text("of an earlier run")
    found = evenhand("match", *files, *LEXICAL, "--where-people", "fold=train", "--out", "train")
    assert (found.code, found.err) == (0, "")


@pytest.mark.parametrize(
    ("verb", "out", "known"),
    [
        ("match", "l.txt", ".parquet"),
        ("match", "l.csv", ".parquet"),
        ("measure", "m.csv", ".json"),
        ("evaluate", "e.html", ".json"),
    ],
)
def test_a_suffix_that_is_not_written_is_refused(evenhand, files, tmp_path, verb, out, known):
    more = ["--rewrites", "a=b.jsonl"] if verb == "evaluate" else []
    (tmp_path / "b.jsonl").write_text("")
    with_rewrites = [word.replace("b.jsonl", str(tmp_path / "b.jsonl")) for word in more]
    found = evenhand(verb, *files, *LEXICAL, *with_rewrites, "--out", tmp_path / out)
    assert (found.code, found.out) == (2, "")
    assert found.err == f"--out {tmp_path / out}: can only be a {known} file; name one\n"
    assert not (tmp_path / out).exists()


def test_rollouts_do_not_go_into_the_folder_of_something_else(evenhand, files, market_folder):
    found = evenhand("rollouts", *files, *LEXICAL, "--out", market_folder)
    assert (found.code, found.out) == (2, "")
    assert found.err.endswith("is not empty and holds no rollouts; choose another folder\n")
