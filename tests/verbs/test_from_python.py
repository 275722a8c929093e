"""Verbs called from Python: text for a path, one name for names, and what else is wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand import AuditInputs, AuditSettings, Inputs, api
from evenhand.errors import BadInput, ModelRefused
from evenhand.generate.model import find_language_model
from evenhand.match.dense import find_encoder
from evenhand.records.people import read_jobs, read_people
from evenhand.report.columns import audit_json

from ..audit.evidence.made_up import people_of, write_csv
from ..cli.conftest import market_folder

__all__ = ["market_folder"]


@pytest.fixture
def outcomes(tmp_path: Path) -> str:
    write_csv(tmp_path / "o.csv", people_of({("f",): (60, 12), ("m",): (64, 40)}))
    return str(tmp_path / "o.csv")


def test_text_is_a_path_and_one_name_is_names(outcomes: str):
    settings = AuditSettings(by="sex", resamples=20, permutations=20)  # pyright: ignore[reportArgumentType]
    assert settings.by == ("sex",)
    found = api.audit(AuditInputs(outcomes=outcomes), settings)  # pyright: ignore[reportArgumentType]
    same = api.audit(AuditInputs(outcomes=Path(outcomes)), settings)
    assert audit_json(found) == audit_json(same)
    given = Inputs("ads.jsonl", "people.csv", judgements="j.csv")  # pyright: ignore[reportArgumentType]
    assert given == Inputs(Path("ads.jsonl"), Path("people.csv"), judgements=Path("j.csv"))


def test_an_attribute_and_an_engine_go_by_their_names(market_folder: Path):
    jobs = read_jobs(market_folder / "jobs.jsonl")[:6]
    people = read_people(market_folder / "people.jsonl")
    assert api.match(jobs, people, "lexical").k == 50
    found = api.measure(jobs, people, by="gender", matcher="lexical")
    assert [*found.attributes] == ["gender"]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: api.audit("o.csv", "sex"), r"AuditInputs\(outcomes='o.csv'\)"),
        (lambda: api.audit(AuditInputs(), "sex"), r"give evenhand.AuditSettings\(by='sex'\)"),
        (lambda: api.match("a.jsonl", "p.csv"), r"evenhand.read_jobs\('a.jsonl'\)"),
        (lambda: api.measure([], Path("p.csv")), r"evenhand.read_people\('p.csv'\)"),
        (lambda: api.evaluate([], "p.csv", {}), "^pool: is the text 'p.csv'; give people"),
        (lambda: api.rewrite("a.jsonl"), "^jobs: is the text"),
        (lambda: api.rollouts([], "p", None, out="x"), "^pool: is the text"),  # type: ignore[arg-type]
        (lambda: api.engine_check([], "p"), "^pool: is the text"),
        (lambda: api.tune("r", "demo.toml", out="x"), r"evenhand.load_config\(\['demo.toml'\]\)"),
        (lambda: api.mitigate("m", "gender", "demo.toml", out="x"), "^config: is the text"),
    ],
)
def test_text_for_what_is_in_a_file_says_what_is_wanted(call, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput, match=said):
        call()


def test_ads_may_be_checked_by_one_name(tmp_path: Path):
    (tmp_path / "ad.txt").write_text("We want a rockstar for our team of many young engineers.")
    assert api.check(str(tmp_path / "ad.txt")) == api.check([tmp_path / "ad.txt"])


@pytest.mark.parametrize("name", ["./gone", "a/b/c", "~/gone", "/gone", "gone/", "here/gone"])
def test_no_network_is_asked_for_a_folder(name: str, tmp_path: Path, monkeypatch):
    import huggingface_hub

    def asked(*args: object, **kwargs: object) -> str:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", asked)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here").mkdir()
    for find in (find_language_model, find_encoder):
        with pytest.raises(ModelRefused, match=r"no such folder here .looked for /") as refused:
            find(name)
        assert refused.value.exit_code == 2


def test_a_name_that_nobody_knows_is_bad_input(monkeypatch: pytest.MonkeyPatch):
    import huggingface_hub

    def unreachable(*args: object, **kwargs: object) -> str:
        raise ConnectionError("offline")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(ModelRefused, match=r"'nomodel' is neither .* \(looked for /.*/nomodel\)"):
        find_language_model("nomodel")
