from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evenhand.reward.sides import HALF_SPLITS, deal, folds, halves

STRATA = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=60)


@given(STRATA, st.integers(2, 6), st.integers(0, 99))
def test_parts_are_even_within_strata_and_overall(strata, parts, seed):
    ids = [f"p{i}" for i in range(len(strata))]
    dealt = deal(ids, strata, parts, (seed,))
    for chosen in [np.ones(len(ids), bool), *(np.array(strata) == s for s in set(strata))]:
        counts = np.bincount(dealt[chosen], minlength=parts)
        assert counts.max() - counts.min() <= 1


@given(STRATA, st.randoms(use_true_random=False))
def test_the_order_of_a_file_does_not_matter(strata, random):
    ids = [f"p{i}" for i in range(len(strata))]
    order = list(range(len(ids)))
    random.shuffle(order)
    dealt = folds(ids, strata, 3, seed=5)
    again = folds([ids[i] for i in order], [strata[i] for i in order], 3, seed=5)
    assert again.tolist() == dealt[order].tolist()


def test_seeds_and_splits_differ():
    ids, strata = [f"p{i}" for i in range(200)], ["a"] * 200
    assert folds(ids, strata, 5, 0).tolist() == folds(ids, strata, 5, 0).tolist()
    assert folds(ids, strata, 5, 0).tolist() != folds(ids, strata, 5, 1).tolist()
    splits = halves(ids, strata, 0)
    assert splits.shape == (HALF_SPLITS, 200)
    assert len({tuple(split) for split in splits.tolist()}) == HALF_SPLITS
