"""Training: it learns where to act, resumes bit for bit, and refuses what it can't use."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from evenhand.config.schema import MitigateConfig
from evenhand.errors import BadInput, ModelError, StorageError
from evenhand.mitigate import train as train_module
from evenhand.mitigate.layer import PaperLayer, choice_logprobs, moved_logprobs
from evenhand.mitigate.train import TrainSettings, train_layer

from .layer_fakes import embedding, keep_states, probe_states

CONFIG = MitigateConfig(
    top_k=20, width=16, key_size=8, steps=120, batch_size=8, save_steps=30, learning_rate=1e-2,
    kl_weight=0.02, keep_weight=10.0, mass_weight=0.5,
)  # fmt: skip
SETTINGS = TrainSettings(CONFIG, keep_rows=16, check_steps=20, patience=5)


def changed(settings: TrainSettings = SETTINGS, /, **changes) -> TrainSettings:
    """Other settings, whoever holds them."""
    own = {name: changes.pop(name) for name in list(changes) if hasattr(settings, name)}
    config = MitigateConfig(**{**settings.config.model_dump(), **changes})
    return replace(settings, config=config, **own)


def worth(states, layer) -> float:
    after = choice_logprobs(states, moved_logprobs(states, layer))
    return float(
        train_module.measures(train_module.shares(after)).weighed(1.0, 1.0).mean().detach()
    )


@pytest.mark.parametrize(("objective", "most"), [("exact", 0.3), ("reinforce", 0.6)])
def test_evens_out_new_examples_and_leaves_other_states(tmp_path, objective, most):
    """Sampled gradients: over eight seeds and both numbers of threads at most .46 was left."""
    settings = changed(
        objective=objective,
        top_k=60,
        steps=400,
        mass_weight=0.05,
        samples=32,
        batch_size=24,
        patience=0,
    )
    trained = probe_states(48, top_k=60), keep_states(top_k=60)
    layer = train_layer(*trained, embedding(), settings, tmp_path)
    new, other = probe_states(16, 60, seed=9), keep_states(top_k=60, seed=10)
    assert worth(new, layer) < most * worth(new, None)
    moved = moved_logprobs(other, layer)
    assert float(train_module.kl_base_to_moved(moved, other.top_logprobs).mean().detach()) < 0.1


def test_interrupted_and_resumed_is_the_same(tmp_path, monkeypatch):
    data = probe_states(), keep_states(), embedding()
    settings = changed(objective="reinforce")
    whole = train_layer(*data, settings, tmp_path / "whole")

    def stop(stage: str, done: int, steps: int) -> None:
        if done == 67:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_layer(*data, settings, tmp_path / "cut", stop)
    assert not (tmp_path / "cut" / "layer.json").exists()
    seen: list[int] = []
    again = train_layer(
        *data, settings, tmp_path / "cut", lambda stage, done, steps: seen.append(done)
    )
    assert seen[0] == 61
    assert again.digest() == whole.digest()
    for name in ("metrics.jsonl", "training.json", "layer.safetensors"):
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_finished_training_is_not_run_again(tmp_path):
    data = probe_states(), keep_states(), embedding()
    first = train_layer(*data, SETTINGS, tmp_path)
    seen: list[int] = []
    again = train_layer(*data, SETTINGS, tmp_path, lambda *told: seen.append(told[1]))
    assert not seen
    assert again.digest() == first.digest()


def test_log_and_summary(tmp_path):
    train_layer(probe_states(), keep_states(), embedding(), SETTINGS, tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    steps = [row["step"] for row in rows if row["stage"] == "train"]
    assert steps == list(range(1, len(steps) + 1))
    assert {"loss", "contrast", "position", "negation", "kl", "keep_kl", "mass_lost"} < set(rows[0])
    about = json.loads((tmp_path / "training.json").read_text())
    held = {row["step"]: row["loss"] for row in rows if row["stage"] == "held back"}
    assert held[about["kept_step"]] == min(held.values())
    assert about["parameters"] < 500_000


def test_early_stopping_reads_only_what_is_held_back(tmp_path):
    """Held-back examples that can't be improved stop training, however the others get on.

    Their loss is exactly 0 at every look (no weight on KL, which would move with the processor).
    """
    states = probe_states(24)
    held = np.zeros(24, dtype=bool)
    held[:6] = True
    level = states.choice_logprobs[:24].mean()
    states.choice_logprobs[:24] = level
    for row in range(24):
        states.top_ids[row] = torch.arange(100, 120)
    settings = changed(mentions=False, patience=2, keep_weight=0.0, mass_weight=0.0)
    settings = changed(settings, kl_weight=0.0)
    train_layer(states, keep_states(), embedding(), settings, tmp_path, held=held)
    about = json.loads((tmp_path / "training.json").read_text())
    assert (about["kept_step"], about["steps"]) == (20, 60)
    rows = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert {row["loss"] for row in rows if row["stage"] == "held back"} == {0.0}
    trained = [row["loss"] for row in rows if row["stage"] == "train"]
    assert trained[59] < trained[0]


def test_the_weight_of_lost_mass_grows_over_the_middle_of_training(tmp_path):
    """With its full weight from the start a layer only learns to do nothing."""
    data = probe_states(), keep_states(), embedding()
    weighty = changed(mass_weight=50.0, patience=0, steps=40)
    train_layer(*data, weighty, tmp_path / "heavy")
    train_layer(*data, changed(weighty, mass_weight=0.0), tmp_path / "none")
    rows = [
        [json.loads(line) for line in (tmp_path / name / "metrics.jsonl").read_text().splitlines()]
        for name in ("heavy", "none")
    ]
    early = [[row["mass_lost"] for row in each[:9]] for each in rows]
    assert early[0] == early[1]
    assert rows[0][-1]["mass_lost"] < rows[1][-1]["mass_lost"]


def test_seeds_differ_and_repeat(tmp_path):
    data = probe_states(), keep_states(), embedding()
    short = changed(steps=20, patience=0)
    digests = [
        train_layer(*data, changed(short, seed=seed), tmp_path / str(place)).digest()
        for place, seed in enumerate((0, 0, 1))
    ]
    assert digests[0] == digests[1] != digests[2]


def test_papers_layer_hardly_moves_with_its_own_loss(tmp_path):
    config = MitigateConfig(
        objective="paper", top_k=10, steps=50, batch_size=8, learning_rate=2e-5
    )  # fmt: skip
    settings = TrainSettings(config)
    layer = train_layer(probe_states(), keep_states(), embedding(), settings, tmp_path)
    assert isinstance(layer, PaperLayer)
    fresh = PaperLayer(10, seed=0)
    moved = (layer.linear.weight - fresh.linear.weight).abs().max()
    assert 0.0 < float(moved.detach()) <= 50 * 2e-5 * 1.01
    given = layer.distribution(probe_states().top_logprobs[:, :10])
    assert float(given.std(dim=0).max().detach()) < 1e-3


def test_another_training_in_the_folder_is_refused(tmp_path):
    data = probe_states(), keep_states(), embedding()
    short = changed(steps=5)
    train_layer(*data, short, tmp_path)
    with pytest.raises(StorageError, match="another training"):
        train_layer(*data, changed(short, kl_weight=0.5), tmp_path)
    with pytest.raises(StorageError, match="another training"):
        train_layer(probe_states(seed=5), *data[1:], short, tmp_path)


def test_broken_checkpoint_is_refused(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"half")
    with pytest.raises(StorageError, match="reading the checkpoint"):
        train_layer(probe_states(), keep_states(), embedding(), SETTINGS, tmp_path)


def test_loss_that_is_no_number_stops(tmp_path, monkeypatch):
    def broken(*given):
        return torch.tensor(torch.nan, requires_grad=True), {}

    monkeypatch.setattr(train_module, "_loss", broken)
    with pytest.raises(ModelError, match="not a number at step 1"):
        train_layer(probe_states(), keep_states(), embedding(), SETTINGS, tmp_path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"top_k": 21}, "hold 20 candidates"),
        ({"objective": "reinforce", "samples": 1}, "no baseline"),
        ({"held_back": 0.95}, "share from 0 to 0.9"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path, change, said):
    with pytest.raises(BadInput, match=said):
        train_layer(probe_states(), keep_states(), embedding(), changed(**change), tmp_path)


@pytest.mark.parametrize("change", [{"kl_weight": -1.0}, {"learning_rate": 0.0}, {"steps": 0}])
def test_settings_out_of_range_can_not_be_had(change):
    with pytest.raises(ValidationError, match="greater than"):
        changed(**change)


def test_the_papers_objective_goes_with_its_layer():
    kinds = [changed(objective=name).kind for name in ("exact", "reinforce", "paper")]
    assert kinds == ["residual", "residual", "paper"]


def test_states_that_can_not_be_trained_on_are_refused(tmp_path):
    def refused(said, probe=None, keep=None, held=None):
        given = probe or probe_states(), keep or keep_states(), embedding(), SETTINGS, tmp_path
        with pytest.raises(BadInput, match=said):
            train_layer(*given, held=held)

    refused("47 probe rows", probe=probe_states(12).rows(torch.arange(47)))
    refused("3 preservation rows", keep=keep_states(3))
    same = probe_states()
    same.choice_ids[9, 1] = same.choice_ids[9, 0]
    refused("1 examples have subjects .* number 2", probe=same)
    broken = keep_states()
    broken.hidden[0, 0] = torch.inf
    refused("not finite", keep=broken)
    refused("which examples are held back", held=np.ones(24, dtype=bool))
