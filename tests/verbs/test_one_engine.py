"""Rewordings are judged in the engine that they were made for, or the user says that they aren't.

Nothing here runs a language model: the rewordings are written by hand, with the engine that the
verbs themselves would name.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evenhand
from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput
from evenhand.rewrite.result import MadeFor, Rewrite, read_rewrites, write_rewrites
from evenhand.verbs.engine import bind, made_for

from ..planted import ENGINE, Plant

RANK = """
def rank(queries, k, eligible):
    return [[(name, -float(at)) for at, name in enumerate(sorted(eligible)[:k])] for _ in queries]
"""


@pytest.fixture
def ask(small_case, tmp_path: Path, capsys, monkeypatch):
    """Run ``evaluate`` on the held-out ads: its code, what it said, and what it wrote."""
    from evenhand.cli.main import main

    monkeypatch.chdir(tmp_path)

    def run(*more: object) -> tuple[int, str, dict[str, Any], str]:
        files = [small_case.jobs_file, "--pool", small_case.people_file, "--where", "split=test"]
        keep = ["--where-people", "fold=test", "--out", "e.json", "--html", "r.html"]
        monkeypatch.setattr("sys.argv", ["evenhand", "evaluate", *map(str, [*files, *keep, *more])])
        with pytest.raises(SystemExit) as stop:
            main()
        code, said = int(str(stop.value.code or 0)), capsys.readouterr().err
        if code:
            return code, said, {}, ""
        return code, said, json.loads(Path("e.json").read_text()), Path("r.html").read_text()

    return run


@pytest.fixture
def lexical(small_case) -> MadeFor:
    settings = MatcherConfig(name="lexical", top=20)
    return made_for(bind(small_case.fold("train"), settings), settings)


def written(small_case, path: Path, engine: MadeFor | None) -> str:
    ads = small_case.split("test")
    write_rewrites(path, [Rewrite(ad.id, ad.text, ad.text, made_for=engine) for ad in ads])
    assert {one.made_for for one in read_rewrites(path)} == {engine}
    return f"{path.stem}={path}"


def test_the_engine_and_the_lists_are_those_of_the_rewordings(ask, small_case, tmp_path, lexical):
    tuned = written(small_case, tmp_path / "tuned.jsonl", lexical)
    code, _, found, _ = ask("--rewrites", tuned)
    assert code == 0
    protocol = found["protocol"]
    assert (protocol["engine"], protocol["top"]) == ("lexical", 20)  # not dense and 50
    again = ask("--rewrites", tuned, "--matcher", "lexical", "--top", 10)[2]
    assert again["protocol"]["top"] == 10


def test_another_engine_is_refused_unless_it_is_wanted(ask, small_case, tmp_path, lexical):
    tuned = written(small_case, tmp_path / "tuned.jsonl", lexical)
    code, said, *_ = ask("--rewrites", tuned, "--matcher", "dense")
    assert code == 2
    assert "--matcher dense: tuned made for the engine 'lexical'" in said
    assert "leave --matcher out" in said
    assert "--other-engine" in said
    assert said.count("\n") == 1
    code, said, *_ = ask("--rewrites", tuned, "--set", "matcher.name=dense")
    assert code == 2
    code, said, *_ = ask("--rewrites", tuned, "--other-engine")
    assert code == 2
    assert "--other-engine: not read" in said


def test_a_transfer_is_called_one_wherever_it_is_shown(ask, small_case, tmp_path, lexical):
    (tmp_path / "shop.py").write_text(RANK)
    tuned = written(small_case, tmp_path / "tuned.jsonl", lexical)
    code, said, found, page = ask("--rewrites", tuned, "--matcher", "shop:rank", "--other-engine")
    assert code == 0
    sentence = "Judged in another engine on purpose: tuned made for the engine 'lexical'"
    assert sentence in said
    assert any(str(note).startswith(sentence) for note in found["notes"])
    assert "Judged in another engine on purpose" in page


def test_systems_of_two_engines_are_not_mixed(ask, small_case, tmp_path, lexical):
    dense = MadeFor("dense", "d", "all-minilm-l6-v2")
    files = [
        written(small_case, tmp_path / "tuned.jsonl", lexical),
        written(small_case, tmp_path / "best.jsonl", dense),
    ]
    code, said, *_ = ask("--rewrites", files[0], "--rewrites", files[1])
    assert code == 2
    assert "tuned made for the engine 'lexical'" in said
    assert "best made for the engine 'dense' with the encoder 'all-minilm-l6-v2'" in said
    nobody = written(small_case, tmp_path / "lexicon.jsonl", None)
    assert ask("--rewrites", files[0], "--rewrites", nobody)[0] == 0


def test_code_that_a_file_names_runs_only_where_the_person_names_it(
    ask, small_case, tmp_path, monkeypatch
):
    plant = Plant(tmp_path, monkeypatch)
    plant.into(tmp_path)
    tuned = written(small_case, tmp_path / "tuned.jsonl", MadeFor(ENGINE, "not its digest"))
    code, said, *_ = ask("--rewrites", tuned)
    assert code == 2
    assert f"tuned made for the engine '{ENGINE}', which is code and runs only where" in said
    code, said, *_ = ask("--rewrites", tuned, "--matcher", ENGINE)
    assert code == 2
    assert "another engine, or one that has changed since" in said
    assert not plant.ran


def test_an_engine_of_ones_own_is_known_by_its_file(small_case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours_here.py").write_text(RANK)
    settings = MatcherConfig(name="ours_here:rank", top=20)
    people, ads = small_case.fold("test"), small_case.split("test")
    engine = made_for(bind(people, settings), settings)
    same = {"tuned": [Rewrite(ad.id, ad.text, ad.text, made_for=engine) for ad in ads]}
    how: dict[str, Any] = {"min_group": 10, "resamples": 20}
    found = evenhand.api.evaluate(ads, people, same, matcher=settings, **how)
    assert found.protocol.engine == "ours_here:rank"
    import ours_here  # type: ignore[import-not-found]

    assert evenhand.api.evaluate(ads, people, same, engine=ours_here.rank, **how).said == ()
    changed = {
        "tuned": [replace(one, made_for=replace(engine, digest="x")) for one in same["tuned"]]
    }
    ways: tuple[dict[str, Any], ...] = (
        {"matcher": settings},
        {"engine": ours_here.rank},
        {"engine": "lexical"},
    )
    for named in ways:
        with pytest.raises(BadInput, match="another engine, or one that has changed"):
            evenhand.api.evaluate(ads, people, changed, **named, **how)


def test_an_engine_that_a_factory_makes_is_known_again(ask, small_case, tmp_path):
    (tmp_path / "made.py").write_text(
        "from evenhand.match.lexical import LexicalMatcher\n\n"
        "def make(documents):\n    return LexicalMatcher(documents)\n"
    )
    settings = MatcherConfig(name="made:make", top=20)
    engine = made_for(bind(small_case.fold("train"), settings), settings)
    tuned = written(small_case, tmp_path / "tuned.jsonl", engine)
    code, said, found, _ = ask("--rewrites", tuned, "--matcher", "made:make")
    assert code == 0, said
    assert found["protocol"]["top"] == 20
    with (tmp_path / "made.py").open("a") as file:
        file.write("# another one since\n")
    code, said, *_ = ask("--rewrites", tuned, "--matcher", "made:make")
    assert code == 2
    assert "one that has changed since" in said
