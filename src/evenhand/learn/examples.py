"""Which rollouts a language model is aligned on: passing, improving ones, mixed with the identity.

A choice only, and the same one for the same rollouts and seed. Training is in ``align``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from evenhand.config.schema import AlignConfig
from evenhand.learn.rows import Rollout


def improving(rollouts: Sequence[Rollout]) -> list[Rollout]:
    """Rewordings that passed every gate and are worth more than the original."""
    return [
        row
        for row in rollouts
        if row.passed and row.tokens and not row.is_identity and (row.reward or 0.0) > 0.0
    ]


def choose_examples(rollouts: Sequence[Rollout], config: AlignConfig, seed: int) -> list[Rollout]:
    """At most ``config.max_examples`` rollouts to imitate.

    The best improving rewording of every span comes first, then every second best, and so on, in
    order of reward; ``config.identity_share`` of the whole are spans left as they are, those
    that nothing improves before others.

    Args:
        rollouts: Rows of all shards.
        config: Share of the identity and most examples.
        seed: Decides which spans are left as they are.

    Returns:
        Examples in the order of their rows; empty where nothing improves.
    """
    better = _best_first(improving(rollouts))
    better = better[: max(1, round(config.max_examples * (1.0 - config.identity_share)))]
    if not better:
        return []
    wanted = round(len(better) * config.identity_share / max(1e-9, 1.0 - config.identity_share))
    wanted = min(wanted, config.max_examples - len(better))
    chosen = {id(row) for row in [*better, *_identities(rollouts, better, wanted, seed)]}
    return [row for row in rollouts if id(row) in chosen]


def _best_first(rows: Sequence[Rollout]) -> list[Rollout]:
    states: dict[tuple[str, int, int], list[Rollout]] = defaultdict(list)
    for row in rows:
        states[row.state].append(row)
    ranked = [
        (place, -(row.reward or 0.0), row.state, row.after, row)
        for options in states.values()
        for place, row in enumerate(sorted(options, key=lambda r: (-(r.reward or 0.0), r.after)))
    ]
    return [entry[-1] for entry in sorted(ranked, key=lambda entry: entry[:-1])]


def _identities(
    rollouts: Sequence[Rollout], better: Sequence[Rollout], wanted: int, seed: int
) -> list[Rollout]:
    improved = {row.state for row in better}
    unchanged = [row for row in rollouts if row.is_identity and row.tokens]
    order = np.random.default_rng([seed, 1]).permutation(len(unchanged))
    shuffled = [unchanged[place] for place in order]
    return sorted(shuffled, key=lambda row: row.state in improved)[:wanted]
