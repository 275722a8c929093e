"""A run with ``align.rounds`` 0: the regulator is learned on the base model's own states."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from evenhand.align.ilql import load_regulator
from evenhand.align.rollouts import seal_rollouts, write_rows
from evenhand.align.runs import RunFolder
from evenhand.align.sft import leave_as_it_is
from evenhand.align.tune import tune
from evenhand.config.schema import AlignConfig, Config, IlqlConfig, RewardConfig
from evenhand.errors import StorageError
from evenhand.generate.draw import LocalGenerator
from evenhand.generate.model import weights_digest
from evenhand.generate.protocol import SamplerSettings
from evenhand.generate.regulator import unembedding_of
from evenhand.records.files import read_json, write_json
from evenhand.verbs.language_model import LanguageTools, open_generator

ILQL = IlqlConfig(
    steps=12, batch_size=8, save_steps=5, top_k=8, learning_rate=3e-3, beta=20.0, gate_beta=0.5
)


def config_for(model: Path) -> Config:
    plain = Config(align=AlignConfig(rounds=0), ilql=ILQL, reward=RewardConfig(resamples=50))
    named = plain.model.model_copy(update={"name": str(model), "dtype": "float32"})
    return plain.model_copy(update={"model": named})


@pytest.fixture(scope="module")
def rollouts(make_rollouts, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("rollouts")
    made_from = {"pool": "p", "matcher": "m", "model": "l"}
    write_json(folder / "manifest.json", {"made_from": made_from, "shards": 1})
    write_json(folder / "targets.json", {"groups": {}})
    write_rows(folder / "shard-00000.parquet", make_rollouts())
    seal_rollouts(folder)
    return folder


@pytest.fixture(scope="module")
def finished(rollouts, tiny_model_dir, tmp_path_factory) -> RunFolder:
    run = RunFolder(tmp_path_factory.mktemp("runs") / "run")
    tune(rollouts, config_for(tiny_model_dir), run.root, tiny_model_dir)
    return run


def test_the_runs_model_is_the_base_model_and_nothing_was_imitated(finished, tiny_model_dir):
    assert weights_digest(finished.aligned) == weights_digest(tiny_model_dir)
    assert read_json(finished.complete)["examples"] == []
    stages = finished.metrics.read_text()
    assert '"align"' not in stages
    assert '"ilql parity"' in stages


def test_tuned_is_the_base_model_steered_and_align_is_the_base_model(finished, tiny_model_dir):
    config = config_for(tiny_model_dir)
    settings = SamplerSettings(samples=6, max_new_tokens=12, temperature=1.0, top_p=1.0, seed=4)
    prompts = [(1, 5, 9, 40), (1, 5, 11)]
    tools = LanguageTools.open(config)
    base, aligned, tuned = (
        open_generator(system, tools, finished.root, config).sample(prompts, settings)
        for system in ("best-of", "align", "tuned")
    )
    assert aligned == base
    assert tuned != base


@pytest.mark.parametrize("stop", [("states", 60), ("ilql parity", 7), ("ilql gate", 3)])
def test_interrupted_and_resumed_is_uninterrupted(
    finished, rollouts, tiny_model_dir, tmp_path, stop
):
    def interrupt(stage, done, total):
        if (stage, done) == stop:
            raise KeyboardInterrupt

    run, config = RunFolder(tmp_path / "run"), config_for(tiny_model_dir)
    with pytest.raises(KeyboardInterrupt):
        tune(rollouts, config, run.root, tiny_model_dir, interrupt)
    tune(rollouts, config, run.root, tiny_model_dir)
    for name in ("parity", "gate"):
        mine, whole = (each.regulator / name / "heads.safetensors" for each in (run, finished))
        assert mine.read_bytes() == whole.read_bytes()
    assert run.complete.read_bytes() == finished.complete.read_bytes()


def test_a_run_outlives_the_folder_of_its_base_model(tiny_model_dir, tmp_path):
    base = Path(shutil.copytree(tiny_model_dir, tmp_path / "base"))
    kept = leave_as_it_is(base, tmp_path / "aligned")
    before = weights_digest(base)
    shutil.rmtree(base)
    assert weights_digest(kept) == before
    assert LocalGenerator(kept, "float32").sample([(1, 5)], SamplerSettings(samples=1))


def test_where_links_cannot_be_made_files_are_copied(tiny_model_dir, tmp_path, monkeypatch):
    def refuse(self, target):
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    kept = leave_as_it_is(tiny_model_dir, tmp_path / "aligned")
    assert weights_digest(kept) == weights_digest(tiny_model_dir)
    with pytest.raises(StorageError, match="exists already"):
        leave_as_it_is(tiny_model_dir, kept)


def test_a_base_model_that_changed_under_its_regulator_is_refused(finished, tmp_path):
    copy = Path(shutil.copytree(finished.aligned, tmp_path / "aligned"))
    (copy / "model.safetensors").write_bytes(b"other")
    model = LocalGenerator(finished.aligned, "float32").model
    unembedding = unembedding_of(model)
    assert isinstance(unembedding, torch.Tensor)
    with pytest.raises(StorageError, match="trained on another model"):
        load_regulator(finished.regulator, copy, unembedding, beta=1.0, gate_beta=0.0)
