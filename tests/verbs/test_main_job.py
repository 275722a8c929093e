"""The whole main job through the verbs: roll out, tune, rewrite, evaluate; killed and resumed."""

from __future__ import annotations

import json
import logging
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenhand
from evenhand.cli.main import main
from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput, ConfigError, StorageError
from evenhand.language.mends import mends_behind
from evenhand.records.files import read_json
from evenhand.report.page import names_of_pictures
from evenhand.reward.gap import LEAST_ADS
from evenhand.verbs.evaluate import read_systems
from evenhand.verbs.rewrite import SCORED
from evenhand.verbs.rollouts import saving
from evenhand.verbs.tune import settings_of_rollouts

SYSTEMS = ("tuned", "align", "best-of", "even", "random", "prompt", "lexicon")
PLENTY = 600.0
"""Seconds that no step of the small case takes."""


@pytest.fixture(scope="module")
def config(small_case):
    return evenhand.load_config([small_case.config_file])


@pytest.fixture(scope="module")
def said() -> list[str]:
    """Everything that is logged while the job runs."""
    return []


@pytest.fixture(scope="module")
def stages() -> list[str]:
    return []


@pytest.fixture(scope="module")
def job(small_case, config, said, stages, tmp_path_factory) -> dict[str, Any]:
    """Rollouts and a run, made once."""
    folder = tmp_path_factory.mktemp("job")
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)

    def progress(stage: str, done: int, total: int) -> None:
        assert 0 <= done <= total
        stages.append(stage)

    ads, people = small_case.split("train"), small_case.fold("train")
    found = evenhand.api.rollouts(ads, people, config, out=folder / "rollouts", progress=progress)
    tuned = evenhand.api.tune(folder / "rollouts", config, out=folder / "run", progress=progress)
    logging.getLogger().removeHandler(handler)
    return {"folder": folder, "rollouts": found, "tuned": tuned, "run": folder / "run"}


@pytest.fixture(scope="module")
def rewrites(job, small_case) -> dict[str, list[evenhand.Rewrite]]:
    """Every system's rewritings of the held-out ads."""
    return {
        system: evenhand.api.rewrite(
            small_case.split("test"),
            system=system,  # type: ignore[arg-type]
            run=job["run"],
            pool=small_case.fold("train") if system in SCORED else None,
            out=job["folder"] / f"{system}.jsonl",
        )
        for system in SYSTEMS
    }


def test_rollouts_say_where_there_is_a_gap(job):
    gaps = dict(line.split(": ", 1) for line in job["rollouts"]["say"])
    assert "shows a gap (R 0." in gaps["sales"]
    assert "no detectable gap" in gaps["archives"]
    assert job["rollouts"]["groups"]["sales"]["improving"] > 5


def test_tuning_learns_from_the_group_with_a_gap_alone(job):
    assert job["tuned"]["kept"] == ("sales",)
    assert set(job["tuned"]["abstained"]) == {"archives"}
    json.dumps(job["tuned"], allow_nan=False)


def test_every_stage_reports_progress(job, stages):
    assert {"gap", "rollouts", "align", "states", "ilql parity"} <= set(stages)


def test_the_run_holds_its_cards_and_no_person(job, small_case):
    model, data = ((job["run"] / f"{name}_card.md").read_text() for name in ("model", "data"))
    assert "# Model card: run" in model
    assert "# Data card: rollouts of run" in data
    assert "engine lexical" in model
    assert "random-model" in model
    assert str(small_case.folder) not in model + data
    assert "SmolLM2" not in model
    assert "MiniLM" not in model
    assert "synthetic" not in model
    assert read_json(job["run"] / "digests.json")["pool"] in model
    ids, texts = set(small_case.people.ids), {person.text for person in small_case.people}
    for path in job["folder"].rglob("*"):
        if path.suffix in {".json", ".jsonl", ".md", ".parquet"} and path.name != "tokenizer.json":
            content = path.read_bytes().decode("utf-8", "replace")
            assert not any(person in content for person in ids), path
            assert not any(text in content for text in texts), path


def test_nothing_is_logged_about_people(job, said, small_case):
    assert not any(person in line for line in said for person in small_case.people.ids)


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_system_gives_one_rewriting_an_ad(rewrites, system, small_case):
    ads = small_case.split("test")
    assert [(found.id, found.original) for found in rewrites[system]] == [
        (ad.id, ad.text) for ad in ads
    ]
    assert any(found.edits for found in rewrites[system])
    for found in rewrites[system]:
        assert all(edit.proof["gates"] for edit in found.edits)


@pytest.mark.parametrize("system", ["tuned", "align", "best-of"])
def test_nothing_is_claimed_where_there_is_no_gap(rewrites, system):
    quiet = [found for found in rewrites[system] if found.id.startswith("archives")]
    assert quiet
    assert not any("gain" in edit.proof for found in quiet for edit in found.edits)
    loud = [found for found in rewrites[system] if found.id.startswith("sales")]
    edits = [edit for found in loud for edit in found.edits]
    gains = [edit.proof["gain"] for edit in edits if "gain" in edit.proof]
    assert all("gain" in edit.proof or mends_behind(edit.proof) for edit in edits)
    assert gains
    assert all(isinstance(gain, float) and gain > 0 for gain in gains)


def test_the_chosen_edits_move_towards_parity_on_training_people(rewrites, small_case, config):
    ads = [ad for ad in small_case.split("test") if ad.group == "sales"]
    by_id = {found.id: found.rewritten for found in rewrites["tuned"]}
    after = [ad.reworded(by_id[ad.id]) for ad in ads]
    ratios = []
    for case in (ads, after):
        found = evenhand.api.measure(case, small_case.fold("train"), matcher=config.matcher)
        scopes = found.attributes["gender"].cuts[20].scopes
        ratios.append(scopes["sales"].contrasts[0].ratio.value)
    before, afterwards = ratios
    assert before < 0.8
    assert abs(1 - afterwards) < abs(1 - before)


def test_evaluation_reads_the_files_that_rewriting_wrote(rewrites, job, small_case):
    folder = job["folder"]
    files = {"tuned": folder / "tuned.jsonl", "best_of_4": folder / "best-of.jsonl"}
    page = folder / "report.html"
    found = evenhand.api.evaluate(
        small_case.split("test"),
        small_case.fold("test"),
        read_systems({name: str(path) for name, path in files.items()}),
        min_group=10,
        resamples=100,
        out=folder / "evaluation.json",
        html=page,
    )
    assert found.focus == "tuned"
    assert (found.protocol.engine, found.protocol.top) == ("lexical", 20)
    with pytest.raises(BadInput, match=r"tuned, best_of_4 made for the engine 'lexical'"):
        evenhand.api.evaluate(
            small_case.split("test"),
            small_case.fold("test"),
            read_systems({name: str(path) for name, path in files.items()}),
            engine="dense",
        )
    assert set(read_json(folder / "evaluation.json")["systems"]) == {
        "original",
        "tuned",
        "best_of_4",
    }
    html = page.read_text()
    for row in ("digest of the run of tuned", "digest of the rewrites of best_of_4", "python"):
        assert row in html
    drawn = {path.name for path in (folder / "figures").iterdir()}
    assert drawn == {f"{name}.svg" for name in names_of_pictures(html)}
    assert len(drawn) >= 2
    stats = read_json(Path(f"{files['tuned']}.stats.json"))
    assert stats["ads"] == len(small_case.split("test"))
    assert stats["run"] in html


def test_a_changed_engine_or_pool_is_refused_unless_asked_for(job, small_case):
    ads, others = small_case.split("test")[:1], small_case.fold("test")
    with pytest.raises(StorageError, match=r"another people.*--changed-engine"):
        evenhand.api.rewrite(ads, run=job["run"], pool=others)
    found = evenhand.api.rewrite(ads, run=job["run"], pool=others, changed_engine=True)
    assert len(found) == 1


def test_rewriting_says_what_was_found_of_every_group(job, rewrites, small_case):
    for name in ("tuned", "best-of"):
        said = read_json(job["folder"] / f"{name}.jsonl.stats.json")["say"]
        archives, sales = said
        assert archives.startswith("archives: left alone but for findings, which changed 0 of 5")
        assert "no detectable gap" in archives
        assert re.match(r"sales: [1-5] of 5 ads changed\. .* shows a gap \(R 0\.", sales)


def test_without_people_a_run_leaves_alone_what_it_abstained_from_and_says_so(job, small_case):
    said: list[str] = []
    found = evenhand.api.rewrite(small_case.split("test"), run=job["run"], say=said.append)
    changed = {one.id for one in found if one.edits}
    assert changed
    assert all(name.startswith("sales") for name in changed)
    assert said[0].startswith("No effect was measured: no people are given (--pool)")
    assert "archives: left alone but for findings" in said[1]
    assert [one.id for one in found] == [ad.id for ad in small_case.split("test")]
    assert {one.made_for.engine for one in found if one.made_for} == {"lexical"}
    assert all(one.made_for for one in found)


def test_the_floor_is_the_same_without_a_run(small_case, config):
    """With too few ads of a group, or a reward that others wouldn't confirm, ads are mended."""
    ads, people = small_case.split("train"), small_case.fold("train")
    few = [ad for ad in ads if ad.group == "sales"][: LEAST_ADS - 1]
    said: list[str] = []
    how: dict[str, Any] = {
        "system": "best-of",
        "pool": people,
        "say": said.append,
        "config": config,
    }
    mended = evenhand.api.rewrite(few, system="lexicon")
    assert [one.rewritten for one in evenhand.api.rewrite(few, **how)] == [
        one.rewritten for one in mended
    ]
    assert f"sales has {LEAST_ADS - 1} ads; at least {LEAST_ADS} are needed" in said[0]
    said.clear()
    strict = config.reward.model_copy(update={"min_reliability": 1.0})
    sales = [ad for ad in ads if ad.group == "sales"]
    how["config"] = config.model_copy(update={"reward": strict})
    found = evenhand.api.rewrite(sales, **how)
    assert "left alone but for findings" in said[0]
    assert "under the floor of 1.00" in said[0]
    assert not any("gain" in edit.proof for one in found for edit in one.edits)


def test_the_next_lines_can_be_copied(job, small_case, tmp_path, capsys, monkeypatch):
    """rollouts prints a line that tunes, and that prints one that rewords and measures."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(job["folder"] / "rollouts", tmp_path / "my rollouts")

    def run(words: list[str]) -> str:
        monkeypatch.setattr("sys.argv", words)
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert not stop.value.code, said.err
        return said.out

    files = [str(small_case.jobs_file), "--pool", str(small_case.people_file)]
    keep = ["--where", "split=train", "--where-people", "fold=train"]
    settings = ["--config", str(small_case.config_file), "--out", "my rollouts"]
    out = run(["evenhand", "rollouts", *files, *keep, *settings])
    for _ in range(2):
        line = out.strip().splitlines()[-1]
        assert line.startswith("next: evenhand ")
        out = run(shlex.split(line.removeprefix("next: ")))
    assert "10 of 20 ads changed: my rollouts-run.jsonl" in out
    stats = read_json(tmp_path / "my rollouts-run.jsonl.stats.json")
    assert [line.split(":")[0] for line in stats["say"]] == ["archives", "sales"]


def test_tuning_takes_the_engine_and_the_settings_of_the_rollouts(job, config, tmp_path):
    run = tmp_path / "run"
    other = config.model_copy(update={"matcher": MatcherConfig(name="dense")})
    with pytest.raises(BadInput, match=r"matcher.name: is 'dense'.* 'lexical'"):
        evenhand.api.tune(job["folder"] / "rollouts", other, out=run)
    assert not run.exists()
    assert settings_of_rollouts(job["folder"] / "rollouts") == config


def test_rewriting_again_gives_the_same_bytes(job, rewrites, small_case):
    again = job["folder"] / "again.jsonl"
    evenhand.api.rewrite(
        small_case.split("test"), run=job["run"], pool=small_case.fold("train"), out=again
    )
    assert again.read_bytes() == (job["folder"] / "tuned.jsonl").read_bytes()


def test_a_folder_that_is_no_run_or_an_unfinished_one_is_named(job, small_case, tmp_path):
    ads = small_case.split("test")[:1]
    with pytest.raises(ConfigError, match="is not a run folder"):
        evenhand.api.rewrite(ads, run=tmp_path / "nothing")
    unfinished = tmp_path / "half"
    unfinished.mkdir()
    (unfinished / "config.json").write_bytes((job["run"] / "config.json").read_bytes())
    with pytest.raises(StorageError, match="isn't finished"):
        evenhand.api.rewrite(ads, run=unfinished)


def test_tuning_needs_finished_rollouts(config, tmp_path):
    with pytest.raises(StorageError, match="run `evenhand rollouts`"):
        evenhand.api.tune(tmp_path, config, out=tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_killed_anywhere_and_resumed_is_uninterrupted(job, small_case, config, tmp_path):
    rollouts, run = tmp_path / "rollouts", tmp_path / "run"
    keep = ["--where", "split=train", "--where-people", "fold=train"]
    files = [str(small_case.jobs_file), "--pool", str(small_case.people_file)]
    settings = ["--config", str(small_case.config_file)]
    kill_when(
        ["rollouts", *files, *keep, *settings, "--out", str(rollouts)],
        lambda: any(rollouts.glob("shard-*.parquet")),
    )
    assert not (rollouts / "summary.json").exists()
    evenhand.api.rollouts(small_case.split("train"), small_case.fold("train"), config, out=rollouts)
    assert contents(rollouts) == contents(job["folder"] / "rollouts")
    kill_when(
        ["tune", *settings, "--rollouts", str(rollouts), "--out", str(run)],
        lambda: (run / "aligned").exists() or any((run / "work").rglob("checkpoint-*")),
    )
    assert not (run / "tuned.json").exists()
    evenhand.api.tune(rollouts, config, out=run)
    assert contents(run) == contents(job["run"])


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def kill_when(arguments: list[str], ready: Callable[[], bool]) -> None:
    """Run the command line and end it with SIGKILL as soon as something is there."""
    child = subprocess.Popen(
        [sys.executable, "-m", "evenhand", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + PLENTY
    while not ready():
        assert child.poll() is None, child.stderr and child.stderr.read()
        assert time.monotonic() < end, "it took too long to begin"
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    assert child.wait(timeout=30) == -signal.SIGKILL
    assert child.stderr is not None
    child.stderr.close()


def test_vectors_of_the_lean_gate_are_saved_part_by_part(tmp_path):
    asked: list[int] = []

    def encode(texts):
        if len(asked) == 2:
            raise KeyboardInterrupt
        asked.append(len(texts))
        return np.array([[len(text), float(at)] for at, text in enumerate(texts)])

    texts = ["x" * (at % 7) for at in range(100)]
    with pytest.raises(KeyboardInterrupt):
        saving(encode, tmp_path, "m")(texts)
    assert asked == [16, 16]
    asked[:] = []
    first = saving(lambda part: np.array([[len(text), 0.0] for text in part]), tmp_path, "m")(texts)
    assert first.shape == (100, 2)
    assert first[:, 0].tolist() == [len(text) for text in texts]
    assert len(list(tmp_path.iterdir())) == 7
    assert np.array_equal(saving(encode, tmp_path, "m")(texts), first)
    assert asked == []


def test_a_run_tuned_again_is_said_to_be_finished(job, small_case, monkeypatch, capsys):
    before = contents(job["run"])
    given = ("--rollouts", job["folder"] / "rollouts", "--config", small_case.config_file)
    words = ["evenhand", "tune", *map(str, given), "--out", str(job["run"])]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as done:
        main()
    assert done.value.code == 0
    assert "was finished before; nothing was trained again" in capsys.readouterr().err
    assert contents(job["run"]) == before
