"""Value heads: shapes, the identity at the start, targets, files."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from evenhand.errors import ModelError
from evenhand.generate.regulator import AdvantageHeads, HeadKind, HeadsConfig

KINDS: list[HeadKind] = ["tied", "low_rank"]


def made(kind: HeadKind, seed: int = 0, *, trained: bool = True) -> AdvantageHeads:
    torch.manual_seed(seed)
    heads = AdvantageHeads(HeadsConfig(kind, 8, 30, 4), torch.randn(30, 8))
    if trained:
        for parameter in heads.parameters():
            torch.nn.init.normal_(parameter, std=0.3)
    return heads


STATES = torch.randn(5, 8, generator=torch.Generator().manual_seed(1))
IDS = torch.randint(0, 30, (5, 6), generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("kind", KINDS)
def test_everything_starts_at_zero_and_can_learn(kind: HeadKind) -> None:
    heads = made(kind, trained=False)
    assert (heads.value(STATES) == 0).all()
    assert (heads.q_values(STATES, IDS) == 0).all()
    assert (heads.advantage(STATES, IDS) == 0).all()
    optimiser = torch.optim.SGD([p for p in heads.parameters() if p.requires_grad], lr=0.5)
    wanted = torch.linspace(-1, 1, 30).reshape(5, 6)
    for _ in range(2):
        optimiser.zero_grad()
        ((heads.q_values(STATES, IDS) - wanted) ** 2).mean().backward()
        optimiser.step()
    spread = heads.q_values(STATES, IDS).std(dim=-1)
    assert (spread > 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_some_actions_are_a_selection_of_all(kind: HeadKind) -> None:
    heads = made(kind)
    everything = heads.q_values(STATES, None)
    assert everything.shape == (2, 5, 30)
    picked = everything.gather(2, IDS.expand(2, -1, -1))
    torch.testing.assert_close(heads.q_values(STATES, IDS), picked)
    assert not torch.allclose(everything[0], everything[1])


@pytest.mark.parametrize("kind", KINDS)
def test_advantage_is_the_lower_target_less_the_value(kind: HeadKind) -> None:
    heads = made(kind)
    wanted = heads.target_q_values(STATES, IDS).min(dim=0).values - heads.value(STATES)[:, None]
    torch.testing.assert_close(heads.advantage(STATES, IDS), wanted)
    assert not torch.allclose(heads.target_q_values(STATES, IDS), heads.q_values(STATES, IDS))


@pytest.mark.parametrize("kind", KINDS)
def test_advantages_of_every_token_come_in_the_order_asked(kind: HeadKind) -> None:
    heads = made(kind)
    shuffled = torch.rand(5, 30, generator=torch.Generator().manual_seed(3)).argsort(dim=1)
    alone = torch.cat([heads.advantage(STATES, shuffled[:, [at]]) for at in range(30)], dim=1)
    torch.testing.assert_close(heads.advantage(STATES, shuffled), alone)


@pytest.mark.parametrize("rate", [0.005, 0.3, 1.0])
def test_targets_follow_by_polyak(rate: float) -> None:
    heads = made("tied")
    initial = [p.clone() for p in heads.target.parameters()]
    for _ in range(7):
        heads.sync_targets(rate)
    kept = (1 - rate) ** 7
    for slow, fast, first in zip(
        heads.target.parameters(), heads.online.parameters(), initial, strict=True
    ):
        torch.testing.assert_close(slow, fast * (1 - kept) + first * kept)


@pytest.mark.parametrize("kind", KINDS)
def test_targets_get_no_gradient(kind: HeadKind) -> None:
    heads = made(kind, trained=False)
    assert not any(p.requires_grad for p in heads.target.parameters())
    heads.advantage(STATES, IDS).sum().backward()
    assert all(p.grad is None for p in heads.online.parameters())
    assert any(p.grad is not None for p in heads.value_head.parameters())


@pytest.mark.parametrize("kind", KINDS)
def test_saved_heads_are_the_same(kind: HeadKind, tmp_path: Path) -> None:
    heads = made(kind)
    heads.save(tmp_path)
    loaded = AdvantageHeads.load(tmp_path, heads.unembedding)
    assert loaded.config == heads.config
    assert torch.equal(loaded.advantage(STATES, IDS), heads.advantage(STATES, IDS))
    assert torch.equal(loaded.q_values(STATES, IDS), heads.q_values(STATES, IDS))
    sizes = {path.name: path.stat().st_size for path in tmp_path.iterdir()}
    assert set(sizes) == {"heads.json", "heads.safetensors"}
    assert not any("unembedding" in name for name in heads.state_dict())


def test_heads_of_another_model_are_refused(tmp_path: Path) -> None:
    made("tied").save(tmp_path)
    with pytest.raises(ModelError, match="30 tokens of width 8"):
        AdvantageHeads.load(tmp_path, torch.zeros(31, 8))


def test_damaged_heads_are_refused(tmp_path: Path) -> None:
    made("tied").save(tmp_path)
    (tmp_path / "heads.safetensors").write_bytes(b"\0" * 20)
    with pytest.raises(ModelError, match="loading the heads"):
        AdvantageHeads.load(tmp_path, torch.zeros(30, 8))


def test_a_bfloat16_unembedding_is_read_in_float32() -> None:
    torch.manual_seed(0)
    rows = torch.randn(30, 8).bfloat16()
    heads = AdvantageHeads(HeadsConfig("tied", 8, 30), rows)
    assert heads.q_values(STATES, IDS).dtype == torch.float32
    assert heads.unembedding.data_ptr() == rows.data_ptr()
