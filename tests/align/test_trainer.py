"""The ILQL loop: it solves a chain with a known optimum, and resumes bit for bit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from evenhand.align import ilql as trainer_module
from evenhand.align.ilql import Objective, StepBatch, batch_losses, train_heads
from evenhand.config.schema import IlqlConfig
from evenhand.errors import StorageError
from evenhand.generate.regulator import AdvantageHeads, HeadsConfig

HIDDEN, VOCABULARY = 16, 12
LENGTHS = (3, 1, 4, 2, 5, 2)


class FakeStates:
    """States drawn once from a seed; packs them as the real cache does."""

    digest = "fake"

    def __init__(self, lengths: tuple[int, ...] = LENGTHS) -> None:
        random = np.random.default_rng(0)
        self.hidden = [random.normal(size=(n, HIDDEN)).astype(np.float32) for n in lengths]
        self.tokens = [random.integers(0, VOCABULARY, n) for n in lengths]
        self.top = [random.integers(0, VOCABULARY, (n, 4)) for n in lengths]

    def batch(self, episodes, returns):
        lengths = [len(self.tokens[e]) for e in episodes]
        ends = np.cumsum(lengths) - 1
        rewards, last = torch.zeros(sum(lengths)), torch.zeros(sum(lengths), dtype=torch.bool)
        rewards[ends], last[ends] = torch.tensor(returns, dtype=torch.float32), True
        parts = (
            torch.from_numpy(np.concatenate([array[e] for e in episodes]))
            for array in (self.hidden, self.tokens, self.top)
        )
        return StepBatch(*parts, rewards, last)


def make_heads(seed: int = 0, kind: str = "tied") -> AdvantageHeads:
    with torch.random.fork_rng():
        torch.manual_seed(100)
        unembedding = torch.randn(VOCABULARY, HIDDEN)
        torch.manual_seed(seed)
        return AdvantageHeads(HeadsConfig(kind, HIDDEN, VOCABULARY, 4), unembedding)


def objective() -> Objective:
    returns = np.random.default_rng(1).normal(size=len(LENGTHS))
    return Objective("parity", np.arange(len(LENGTHS)), returns)


def settings(**changes) -> IlqlConfig:
    return IlqlConfig(**{"steps": 12, "batch_size": 4, "save_steps": 3, "top_k": 4, **changes})


def same(one: AdvantageHeads, other: AdvantageHeads) -> bool:
    left, right = one.state_dict(), other.state_dict()
    return all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("kind", ["tied", "low_rank"])
@pytest.mark.parametrize("cut", range(1, 12, 2))
def test_interrupted_and_resumed_is_uninterrupted(tmp_path, monkeypatch, cut, kind):
    whole = train_heads(
        make_heads(kind=kind), FakeStates(), objective(), settings(), 0, tmp_path / "whole"
    )
    real, done = trainer_module._train_step, []

    def interrupted(*args):
        if len(done) == cut:
            raise KeyboardInterrupt
        done.append(real(*args))

    monkeypatch.setattr(trainer_module, "_train_step", interrupted)
    out = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        train_heads(make_heads(kind=kind), FakeStates(), objective(), settings(), 0, out)
    monkeypatch.setattr(trainer_module, "_train_step", real)
    fresh = make_heads(0 if cut < 3 else 9, kind)  # from step 3 on, the checkpoint decides
    resumed = train_heads(fresh, FakeStates(), objective(), settings(), 0, out)
    assert same(whole, resumed)
    metrics = (tmp_path / "whole" / "metrics.jsonl").read_bytes()
    assert (out / "metrics.jsonl").read_bytes() == metrics
    assert b"time" not in metrics


def test_training_longer_goes_on_from_the_end(tmp_path):
    whole = train_heads(make_heads(), FakeStates(), objective(), settings(), 0, tmp_path / "a")
    out = tmp_path / "b"
    train_heads(make_heads(), FakeStates(), objective(), settings(steps=7), 0, out)
    longer = train_heads(make_heads(), FakeStates(), objective(), settings(), 0, out)
    assert same(whole, longer)


def test_another_trainings_checkpoint_is_refused(tmp_path):
    train_heads(make_heads(), FakeStates(), objective(), settings(), 0, tmp_path)
    with pytest.raises(StorageError, match="another training"):
        train_heads(make_heads(), FakeStates(), objective(), settings(gamma=0.5), 0, tmp_path)
    with pytest.raises(StorageError, match="another training"):
        train_heads(make_heads(), FakeStates(), objective(), settings(), 1, tmp_path)


def test_a_damaged_checkpoint_is_a_clear_error(tmp_path):
    (tmp_path / "checkpoint.pt").write_bytes(b"cut off")
    with pytest.raises(StorageError, match="reading the checkpoint"):
        train_heads(make_heads(), FakeStates(), objective(), settings(), 0, tmp_path)


def test_batches_visit_everything_once_an_epoch_and_depend_on_the_step_alone():
    task = Objective("gate", np.arange(10, 17), np.zeros(7))
    stream = np.concatenate([task.batch(3, step, 4) for step in range(7)])
    assert sorted(stream[:7]) == sorted(stream[7:14]) == list(range(7))
    assert task.batch(3, 5, 4).tolist() == stream[20:24].tolist()
    other = Objective("parity", task.episodes, task.returns)
    assert [other.batch(3, s, 7).tolist() for s in range(3)] != [
        task.batch(3, s, 7).tolist() for s in range(3)
    ]


@pytest.mark.parametrize("kind", ["tied", "low_rank"])
def test_the_full_vocabulary_equals_all_of_it_as_candidates(kind):
    heads, states = make_heads(kind=kind), FakeStates()
    for parameter in heads.parameters():
        parameter.data.uniform_(-0.3, 0.3)
    batch = states.batch(np.arange(4), np.arange(4.0))
    everything = torch.arange(VOCABULARY).expand(len(batch.taken), -1)
    listed = StepBatch(batch.hidden, batch.taken, everything, batch.rewards, batch.last)
    full, _ = batch_losses(heads, batch, settings(full_vocabulary=True))
    candidates, _ = batch_losses(heads, listed, settings())
    assert full.total.item() == pytest.approx(candidates.total.item(), rel=1e-5)
    assert full.cql.item() == pytest.approx(candidates.cql.item(), rel=1e-5)


def test_targets_follow_by_the_closed_form():
    heads = make_heads()
    before = [p.clone() for p in heads.target.parameters()]
    for parameter in heads.online.parameters():
        parameter.data.uniform_(-1, 1)
    for _ in range(7):
        heads.sync_targets(0.1)
    for start, online, target in zip(
        before, heads.online.parameters(), heads.target.parameters(), strict=True
    ):
        wanted = online.detach() * (1 - 0.9**7) + start * 0.9**7
        torch.testing.assert_close(target, wanted, atol=1e-6, rtol=1e-5)


NODES = 7
DISCOUNT = 0.8


def walks() -> list[list[int]]:
    """Random walks on a graph in which the shortest way to the goal is known.

    Node n leads to n+1 and n+2; the goal is node 6 and pays 1. A walk from 0 takes 3 steps at
    best and 6 at worst, so its discounted worth is DISCOUNT**2 at best.
    """
    random = np.random.default_rng(5)
    paths = []
    for _ in range(200):
        path = [0]
        while path[-1] < NODES - 1:
            path.append(min(NODES - 1, path[-1] + int(random.integers(1, 3))))
        paths.append(path[1:])
    return paths


class WalkStates:
    """States are one-hot nodes; actions are the next node."""

    digest = "walks"

    def __init__(self, paths: list[list[int]]) -> None:
        self.paths = paths

    def batch(self, episodes, returns):
        paths = [self.paths[e] for e in episodes]
        places = torch.tensor([node for path in paths for node in [0, *path[:-1]]])
        taken = torch.tensor([node for path in paths for node in path])
        ends = np.cumsum([len(path) for path in paths]) - 1
        rewards, last = torch.zeros(len(taken)), torch.zeros(len(taken), dtype=torch.bool)
        rewards[ends], last[ends] = torch.tensor(returns, dtype=torch.float32), True
        top = torch.stack([(places + 1) % NODES, (places + 2).clamp(max=NODES - 1)], 1)
        return StepBatch(torch.eye(NODES)[places], taken, top, rewards, last)


def test_random_walks_teach_the_shortest_way(tmp_path):
    paths = walks()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        heads = AdvantageHeads(HeadsConfig("tied", NODES, NODES), torch.eye(NODES) * NODES**0.5)
    config = IlqlConfig(
        steps=800,
        batch_size=32,
        learning_rate=3e-3,
        gamma=DISCOUNT,
        trace=0.0,
        expectile=0.95,
        polyak=0.05,
        cql_weight=0.0,
        save_steps=800,
    )
    task = Objective("walks", np.arange(len(paths)), np.ones(len(paths)))
    train_heads(heads, WalkStates(paths), task, config, 0, tmp_path)
    nodes = torch.eye(NODES)[: NODES - 2]
    ids = torch.stack([torch.arange(NODES - 2) + 1, torch.arange(NODES - 2) + 2], 1)
    advantage = heads.advantage(nodes, ids)
    best = [DISCOUNT ** ((NODES - 2 - node) // 2) for node in range(NODES - 2)]
    assert heads.value(nodes).tolist() == pytest.approx(best, abs=0.06)
    # From an even node two steps at once are better; from an odd one either way is as short.
    for node in range(0, NODES - 2, 2):
        assert advantage[node, 1] > advantage[node, 0] + 0.05


CHILD = """
import sys, time
sys.path.insert(0, {tests!r})
import importlib.util
spec = importlib.util.spec_from_file_location("parts", {file!r})
parts = importlib.util.module_from_spec(spec)
spec.loader.exec_module(parts)
from pathlib import Path
def slow(stage, done, total):
    print(done, flush=True)
    time.sleep(0.05)
parts.train_heads(
    parts.make_heads(), parts.FakeStates(), parts.objective(), parts.settings(steps=30), 0,
    Path({out!r}), slow,
)
"""


def test_killed_and_resumed_is_uninterrupted(tmp_path):
    config = settings(steps=30)
    whole = train_heads(make_heads(), FakeStates(), objective(), config, 0, tmp_path / "whole")
    out = tmp_path / "killed"
    code = CHILD.format(tests=os.path.dirname(__file__), file=__file__, out=str(out))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 11:
            break
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=30)
    child.stdout.close()
    saved = torch.load(out / "checkpoint.pt", weights_only=True)["step"]
    assert 0 < saved < 30
    resumed = train_heads(make_heads(), FakeStates(), objective(), config, 0, out)
    assert same(whole, resumed)
