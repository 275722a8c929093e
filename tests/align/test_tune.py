"""A whole run on a tiny model: every stage, resumed after an interruption in each of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from evenhand.align.ilql import load_regulator
from evenhand.align.rollouts import seal_rollouts, write_rows
from evenhand.align.runs import RunFolder
from evenhand.align.tune import tune
from evenhand.config.schema import AlignConfig, Config, IlqlConfig, RewardConfig
from evenhand.errors import Abstained, ConfigError, StorageError
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.protocol import SamplerSettings
from evenhand.generate.regulator import unembedding_of
from evenhand.records.files import read_json, write_json

CONFIG = Config(
    align=AlignConfig(batch_size=4, save_steps=2, learning_rate=1e-2, lora_rank=2),
    ilql=IlqlConfig(
        steps=20, batch_size=8, save_steps=5, top_k=8, learning_rate=3e-3, gate_beta=0.5
    ),
    reward=RewardConfig(resamples=50),
)


def save_rollouts(folder: Path, rows) -> Path:
    made_from = {"pool": "p", "matcher": "m", "model": "l"}
    write_json(folder / "manifest.json", {"made_from": made_from, "shards": 1})
    write_json(folder / "targets.json", {"groups": {}})
    write_rows(folder / "shard-00000.parquet", rows)
    seal_rollouts(folder)
    return folder


@pytest.fixture(scope="module")
def rollouts(make_rollouts, tmp_path_factory):
    rows = [*make_rollouts(group="sales"), *make_rollouts(3, group="nursing", seed=2)]
    return save_rollouts(tmp_path_factory.mktemp("rollouts"), rows)


@pytest.fixture(scope="module")
def finished(rollouts, tiny_model_dir, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    return RunFolder(out), tune(rollouts, CONFIG, out, tiny_model_dir)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def everything(run: RunFolder) -> dict[str, torch.Tensor]:
    files = [run.aligned / "model.safetensors"]
    files += [run.regulator / name / "heads.safetensors" for name in ("parity", "gate")]
    return {f"{f.parent.name}.{n}": t for f in files for n, t in load_file(f).items()}


def test_a_run_holds_weights_and_evidence(finished):
    run, report = finished
    assert sorted(path.name for path in run.root.iterdir()) == [
        "aligned", "config.json", "digests.json", "metrics.jsonl", "regulator",
        "reliability.json", "returns.json", "targets.json", "tuned.json",
    ]  # fmt: skip
    assert run.read_config() == CONFIG
    assert report.kept == ("nursing", "sales")
    assert report.steps > 0
    assert set(report.returns["variance_shares"]) >= {"within_state", "pass_fail"}
    stages = run.metrics.read_text()
    assert [s for s in ("align", "ilql parity", "ilql gate") if f'"{s}"' in stages] == [
        "align", "ilql parity", "ilql gate",
    ]  # fmt: skip


def test_running_again_changes_nothing_and_gives_the_same_report(
    finished, rollouts, tiny_model_dir
):
    run, report = finished
    before = contents(run.root)
    again = tune(rollouts, CONFIG, run.root, tiny_model_dir)
    assert again == report
    assert contents(run.root) == before


@pytest.mark.parametrize(
    "stop",
    [("align", 3), ("states", 90), ("ilql parity", 7), ("ilql gate", 13)],
    ids=lambda stop: stop[0],
)
def test_interrupted_in_any_stage_and_resumed_is_uninterrupted(
    finished, rollouts, tiny_model_dir, tmp_path, stop
):
    whole = everything(finished[0])

    def interrupt(stage, done, total):
        if (stage, done) == stop:
            raise KeyboardInterrupt

    run = RunFolder(tmp_path / "run")
    with pytest.raises(KeyboardInterrupt):
        tune(rollouts, CONFIG, run.root, tiny_model_dir, interrupt)
    with pytest.raises(StorageError, match="isn't finished"):
        run.read_finished()
    tune(rollouts, CONFIG, run.root, tiny_model_dir)
    resumed = everything(run)
    assert resumed.keys() == whole.keys()
    assert all(torch.equal(resumed[name], whole[name]) for name in whole)
    for path in ("metrics.jsonl", "returns.json", "tuned.json"):
        assert (run.root / path).read_bytes() == (finished[0].root / path).read_bytes()


def test_a_run_of_something_else_is_refused(finished, rollouts, tiny_model_dir):
    other = CONFIG.model_copy(update={"seed": 5})
    with pytest.raises(StorageError, match=r"config\.seed changed"):
        tune(rollouts, other, finished[0].root, tiny_model_dir)


def test_nothing_reliable_stops_before_training_and_keeps_the_evidence(
    make_rollouts, tiny_model_dir, tmp_path
):
    random = np.random.default_rng(0)
    rows = [replace(r, halves=tuple(random.normal(size=len(r.halves)))) for r in make_rollouts()]
    source = save_rollouts(tmp_path / "rollouts", rows)
    run = RunFolder(tmp_path / "run")
    with pytest.raises(Abstained, match=r"times as many people|no number of people"):
        tune(source, CONFIG, run.root, tiny_model_dir)
    assert read_json(run.reliability)["kept"] == []
    assert not run.aligned.exists()
    assert Abstained.exit_code == 4


def test_what_an_abstention_left_does_not_block_the_next(make_rollouts, tiny_model_dir, tmp_path):
    random = np.random.default_rng(0)
    rows = [replace(r, halves=tuple(random.normal(size=len(r.halves)))) for r in make_rollouts()]
    poor = save_rollouts(tmp_path / "poor", rows)
    with pytest.raises(Abstained):
        tune(poor, CONFIG, tmp_path / "run", tiny_model_dir)
    good = save_rollouts(tmp_path / "good", make_rollouts())
    again, fresh = (tune(good, CONFIG, tmp_path / name, tiny_model_dir) for name in ("run", "new"))
    assert again.kept == fresh.kept
    assert RunFolder(again.root).read_digests() == RunFolder(fresh.root).read_digests()


def test_nothing_improving_is_nothing_to_align_on(make_rollouts, tiny_model_dir, tmp_path):
    rows = [
        replace(r, reward=None if r.reward is None else -abs(r.reward)) for r in make_rollouts()
    ]
    source = save_rollouts(tmp_path / "rollouts", rows)
    with pytest.raises(Abstained, match="narrowed the gap"):
        tune(source, CONFIG, tmp_path / "run", tiny_model_dir)


def test_more_rounds_need_someone_to_sample_again(rollouts, tiny_model_dir, tmp_path):
    config = CONFIG.model_copy(update={"align": CONFIG.align.model_copy(update={"rounds": 2})})
    with pytest.raises(ConfigError, match=r"set align.rounds to 1"):
        tune(rollouts, config, tmp_path / "run", tiny_model_dir)


def test_expert_iteration_learns_from_rollouts_of_the_model_so_far(
    rollouts, make_rollouts, tiny_model_dir, tmp_path
):
    config = CONFIG.model_copy(update={"align": CONFIG.align.model_copy(update={"rounds": 2})})
    asked = []

    def resample(model_dir: Path, number: int) -> Path:
        asked.append((model_dir.name, number))
        assert (model_dir / "model.safetensors").exists()
        return save_rollouts(tmp_path / "second", make_rollouts(4, seed=9))

    report = tune(rollouts, config, tmp_path / "run", tiny_model_dir, resample=resample)
    assert asked == [("aligned-1", 1)]
    assert len(report.examples) == 2
    assert report.examples[1] > report.examples[0]
    assert report.rollouts == 90 + 40


def sampled(generator: LocalGenerator) -> list:
    settings = SamplerSettings(samples=6, max_new_tokens=12, temperature=1.0, top_p=1.0, seed=4)
    return generator.sample([(1, 5, 9, 40), (1, 5, 11)], settings)


def test_without_weights_the_tuned_model_is_the_aligned_one_bit_for_bit(finished):
    run, _ = finished
    generator = LocalGenerator(run.aligned, "float32")
    states = torch.randn(3, generator.model.config.hidden_size)
    aligned, plain = sampled(generator), generator.model.get_output_embeddings()(states)
    unembedding = unembedding_of(generator.model)
    regulator = load_regulator(run.regulator, run.aligned, unembedding, beta=0.0, gate_beta=0.0)
    generator.steer(regulator)
    assert sampled(generator) == aligned
    assert torch.equal(generator.model.get_output_embeddings()(states), plain)


def test_with_weights_it_is_steered_and_differs(finished):
    run, _ = finished
    generator = LocalGenerator(run.aligned, "float32")
    aligned = sampled(generator)
    unembedding = unembedding_of(generator.model)
    regulator = load_regulator(run.regulator, run.aligned, unembedding, beta=20.0, gate_beta=5.0)
    generator.steer(regulator, top_k=8)
    assert sampled(generator) != aligned


def test_a_regulator_of_another_model_is_refused(finished, tiny_model_dir):
    run, _ = finished
    unembedding = torch.zeros(4, 4)
    with pytest.raises(StorageError, match="trained on another model"):
        load_regulator(run.regulator, tiny_model_dir, unembedding, beta=1.0, gate_beta=0.0)
