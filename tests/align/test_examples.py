"""Which rollouts are imitated."""

from __future__ import annotations

from evenhand.align.sft import choose_examples, improving
from evenhand.config.schema import AlignConfig


def test_only_what_passed_and_improved_counts_as_better(make_rollout):
    rows = [
        make_rollout(after="good", reward=0.2),
        make_rollout(after="failed", passed=False, reward=None),
        make_rollout(after="overshot", passed=False, reward=0.4),
        make_rollout(after="worse", reward=-0.1),
        make_rollout(after="nothing", reward=0.0),
        make_rollout(after="You will lead.", source="identity", reward=0.0),
    ]
    assert [row.after for row in improving(rows)] == ["good"]


def test_the_best_of_every_span_come_before_second_bests(make_rollout):
    rows = [
        make_rollout(start=0, after="a1", reward=0.9),
        make_rollout(start=0, after="a2", reward=0.8),
        make_rollout(start=50, after="b1", reward=0.1),
    ]
    config = AlignConfig(max_examples=2, identity_share=0.0)
    assert [row.after for row in choose_examples(rows, config, 0)] == ["a1", "b1"]


def test_the_identity_has_its_share_and_spans_nothing_improves_come_first(make_rollout):
    rows = [make_rollout(start=at, after="x", reward=0.1) for at in range(8)]
    rows += [
        make_rollout(start=at, after="You will lead.", source="identity", reward=0.0)
        for at in range(12)
    ]
    chosen = choose_examples(rows, AlignConfig(identity_share=0.2), 0)
    kept = [row for row in chosen if row.is_identity]
    assert len(chosen) == 10
    assert len(kept) == 2
    assert all(row.start >= 8 for row in kept)


def test_the_choice_is_the_same_for_the_same_seed(make_rollouts):
    rows, config = make_rollouts(), AlignConfig(max_examples=10, identity_share=0.4)
    once, again = (choose_examples(rows, config, 3) for _ in range(2))
    assert once == again
    assert len(once) == 10
    assert any(once != choose_examples(rows, config, seed) for seed in range(4, 9))


def test_nothing_improving_leaves_nothing_to_imitate(make_rollout):
    rows = [make_rollout(source="identity", after="You will lead.", reward=0.0)]
    assert choose_examples(rows, AlignConfig(), 0) == []
