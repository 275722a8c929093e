"""The people of a pool as rewards see them: groups, occupations, folds, halves; no texts.

The weights over people that a group of ads is judged with are built here from its saved or fresh
estimates. Nothing is estimated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evenhand.config.schema import RewardConfig
from evenhand.match.protocol import FloatArray, IntArray
from evenhand.records.candidate import Pool
from evenhand.reward.contrasts import Contrast, contrast_vector, labels_of, sides_of
from evenhand.reward.folds import HALF_SPLITS, folds, halves
from evenhand.reward.shrinkage import own_share, shrunk_vector


@dataclass(frozen=True)
class People:
    """What rewards know of a pool, in the order of the engine's candidates.

    Attributes:
        ids: Candidate ids.
        occupations: ``(people,)``; ``""`` where the pool doesn't say.
        labels: ``(people,)`` for every attribute of the configuration.
        folds: Fold of each person, ``(people,)``.
        halves: ``(splits, people)``, values 0 and 1.
    """

    ids: tuple[str, ...]
    occupations: NDArray[np.str_]
    labels: Mapping[str, NDArray[np.str_]]
    folds: IntArray
    halves: IntArray

    @classmethod
    def of(cls, pool: Pool, config: RewardConfig, seed: int) -> People:
        """Look at a pool.

        Raises:
            ConfigError: Nobody has a value in an attribute of the configuration.
        """
        occupations = pool.column(config.qualified_by)
        labels = {name: labels_of(pool, name) for name in config.attributes}
        columns = [occupations, *labels.values()]
        strata = ["\x1f".join(map(str, row)) for row in zip(*columns, strict=True)]
        return cls(
            pool.ids,
            occupations,
            labels,
            folds(pool.ids, strata, config.folds, seed),
            halves(pool.ids, strata, seed),
        )

    def sides(self, contrast: Contrast) -> IntArray:
        """+1, -1 or 0 a person, ``(people,)``."""
        return sides_of(contrast, self.labels[contrast.attribute])

    def counts(self, contrast: Contrast, weights: FloatArray) -> tuple[int, int]:
        """People with weight on the plus and on the minus side."""
        sides = self.sides(contrast)
        return int((weights[sides > 0] > 0).sum()), int((weights[sides < 0] > 0).sum())


@dataclass(frozen=True, slots=True)
class Pooling:
    """How much a group's own difference leans on other occupations.

    Attributes:
        whole: ``h`` of ``shrinkage`` from everybody.
        by_fold: For every fold, ``h`` from the people of the other folds.
    """

    whole: float | None
    by_fold: tuple[float | None, ...]


def weights_over_people(
    people: People, contrast: Contrast, weights: FloatArray, pooling: Pooling
) -> FloatArray | None:
    """The weights that turn scores into everything a contrast needs.

    Args:
        people: The pool.
        contrast: Which people are compared.
        weights: How far each person is qualified for the group's ads, ``(people,)``, 0 to 1.
        pooling: Estimates that decide the shrinkage.

    Returns:
        Shape ``(people, 1 + folds + 2 * splits)``: the shrunk contrast over everybody; over each
        fold's people, shrunk as the other folds say; over the two halves of each split. None
        where a part has nobody on one side.
    """
    sides = people.sides(contrast)
    everybody = np.ones(len(sides), dtype=np.bool_)
    own = contrast_vector(sides, weights)
    if own is None:
        return None
    share = own_share(own, pooling.whole)
    parts = [(everybody, pooling.whole, share)]
    for fold, spread in enumerate(pooling.by_fold):
        others = contrast_vector(sides * (people.folds != fold), weights)
        if others is None:
            return None
        parts.append((people.folds == fold, spread, own_share(others, spread)))
    parts += [
        (people.halves[split] == half, pooling.whole, share)
        for split in range(HALF_SPLITS)
        for half in (0, 1)
    ]
    return _stacked(people, sides, weights, parts)


def _stacked(
    people: People,
    sides: IntArray,
    weights: FloatArray,
    parts: list[tuple[NDArray[np.bool_], float | None, float]],
) -> FloatArray | None:
    columns: list[FloatArray] = []
    for who, spread, share in parts:
        own = contrast_vector(sides * who, weights)
        if own is None:
            return None
        columns.append(shrunk_vector(own, sides * who, people.occupations, spread, share))
    return np.stack(columns, axis=1)
