from __future__ import annotations

import json

import numpy as np
import pytest

from evenhand.config.schema import RewardConfig
from evenhand.errors import BadInput, ConfigError, MatcherError, StorageError
from evenhand.language.span import Span
from evenhand.match.protocol import LinearMatcher, ScoringMatcher
from evenhand.records.job import Job
from evenhand.records.people import Pool
from evenhand.reward.gap import GroupTarget
from evenhand.reward.model import Change, Paid, RewardModel, overshoot_verdict
from evenhand.reward.sides import HALF_SPLITS

from .simulation import ScoresOnly, Simulated, simulate, text_of


def fitted(market: Simulated, config: RewardConfig, engine=None, **given) -> RewardModel:
    engine = engine or market.linear()
    return RewardModel.fit(market.jobs, market.pool, engine, config, top=50, seed=0, **given)


@pytest.fixture(scope="module")
def model(leaning, small) -> RewardModel:
    return fitted(leaning, small)


@pytest.fixture(scope="module")
def job(leaning, model) -> Job:
    return next(job for job in leaning.jobs if not model.abstains(job))


def towards(job: Job, market: Simulated, amounts) -> list[str]:
    vector = np.array(json.loads(job.text))
    return [text_of(vector + amount * market.direction) for amount in amounts]


def test_the_original_is_worth_exactly_nothing(model, job):
    change, again = model.changes(job, [job.text, job.text])
    assert change == again
    assert change.reward == 0.0
    assert set(change.reward_folds) == {0.0}
    assert change.delta == 0.0
    assert set(change.halves) == {0.0}
    assert not change.abstained
    assert list(model.scorer(job)([job.text])) == [0.0]


def test_closing_pays_the_wrong_way_and_overshooting_cost(model, leaning, job):
    back, some, more, far = model.changes(job, towards(job, leaning, [-0.5, 0.2, 0.6, 6.0]))
    assert back.reward < 0 < some.reward < more.reward
    assert far.reward < 0
    assert far.closure > 2
    assert 0 < some.closure < more.closure < 1
    assert len(some.reward_folds) == 5
    assert len(some.halves) == 2 * HALF_SPLITS
    name = model.targets[model.group_of(job)].contrasts[0].contrast.name
    assert some.trace[name].delta == some.delta
    assert some.trace[name].closed == pytest.approx(some.delta)


def test_the_linear_path_gives_the_generic_path_s_numbers(leaning, small, model, job):
    generic = fitted(leaning, small, leaning.scoring())
    assert isinstance(leaning.linear(), LinearMatcher)
    assert not isinstance(leaning.scoring(), LinearMatcher)
    assert isinstance(leaning.scoring(), ScoringMatcher)
    rng = np.random.default_rng(0)
    vector = np.array(json.loads(job.text))
    texts = [job.text, *(text_of(vector + rng.normal(0, 0.2, 24)) for _ in range(20))]
    for one, other in zip(model.changes(job, texts), generic.changes(job, texts), strict=True):
        assert one.reward == pytest.approx(other.reward, abs=1e-9)
        assert one.reward_folds == pytest.approx(other.reward_folds, abs=1e-9)
        assert one.halves == pytest.approx(other.halves, abs=1e-9)
        assert one.delta == pytest.approx(other.delta, abs=1e-9)


def test_delta_is_the_change_of_mean_scores_in_spreads(leaning, small):
    """Against a computation by hand, where nothing is pooled."""
    lone = Simulated(
        [job for job in leaning.jobs if job.group == "occupation0"],
        leaning.pool.take(range(120)),
        leaning.vectors[:120],
        leaning.direction,
    )
    model, engine = fitted(lone, small), lone.scoring()
    assert model.targets["occupation0"].contrasts[0].share == 1.0
    job = lone.jobs[0]
    (text,) = towards(job, lone, [0.3])
    women = lone.pool.column("gender") == "female"
    before, after = engine.scores([job, Job("x", text, "", job.fields)])
    gap = [s[women].mean() - s[~women].mean() for s in (before, after)]
    (change,) = model.changes(job, [text])
    assert change.delta == pytest.approx((gap[1] - gap[0]) / before.std())


def test_blurring_the_scores_gains_nothing(model, leaning, job):
    """The unit is the original's spread: halving all scores closes at most what it moves."""
    vector = np.array(json.loads(job.text))
    (change,) = model.changes(job, [text_of(0.5 * vector)])
    engine = leaning.linear()
    mask = leaning.pool.column("occupation_group") == job.group
    women = leaning.pool.column("gender") == "female"
    linear = engine.encode_queries([job]) @ engine.vectors.T
    gap = linear[0, mask & women].mean() - linear[0, mask & ~women].mean()
    spread = engine.scores([job])[0, mask].std()
    assert abs(change.delta) < 1.2 * abs(gap) / spread


def test_many_ads_at_once_are_the_same_as_one_by_one(leaning, small, model):
    jobs = leaning.jobs[:4] + leaning.jobs[-4:]
    work = [(j, towards(j, leaning, [0.1, 0.1, -0.2])) for j in jobs]
    saved = model.to_json()

    def fresh() -> RewardModel:
        return RewardModel.with_targets(saved, leaning.pool, leaning.linear(), small, seed=0)

    together = fresh().changes_many(work)
    apart = [fresh().changes(j, texts) for j, texts in work]
    for one, other in zip(together, apart, strict=True):
        assert [c.reward for c in one] == pytest.approx([c.reward for c in other], abs=1e-9)


def test_the_engine_is_asked_once_a_text(leaning, small):
    engine = leaning.linear()
    model = fitted(leaning, small, engine)
    job = next(job for job in leaning.jobs if not model.abstains(job))
    engine.asked.clear()
    texts = towards(job, leaning, [0.1, 0.1, 0.2])
    model.changes(job, [job.text, *texts])
    assert sorted(engine.asked) == sorted({job.text, *texts})
    engine.asked.clear()
    model.scorer(job)([job.text, texts[0]])
    assert engine.asked == [texts[0]]


def test_fold_targets_do_not_see_their_own_people(leaning, small):
    model = fitted(leaning, small)
    folds = model._people.folds
    for fold in (0, 3):
        vectors = leaning.vectors.copy()
        own = folds == fold
        vectors[own] += np.random.default_rng(9).normal(0, 0.2, vectors[own].shape)
        other = fitted(Simulated(leaning.jobs, leaning.pool, vectors, leaning.direction), small)
        for group, target in model.targets.items():
            was, now = target.contrasts[0], other.targets[group].contrasts[0]
            assert now.fold_heterogeneity[fold] == was.fold_heterogeneity[fold]
            assert now.gap != was.gap
            if not (was.abstained or now.abstained):
                assert now.fold_shifts[fold] == was.fold_shifts[fold]
                assert now.fold_shifts[1] != was.fold_shifts[1]


def test_fold_rewards_do_not_see_other_people_s_scores(leaning, small):
    """With targets held, fold 0's change depends on fold 0's people (and the ad's spread)."""
    model = fitted(leaning, small)
    saved = model.to_json()
    folds = model._people.folds
    job = next(job for job in leaning.jobs if not model.abstains(job))
    vectors = leaning.vectors.copy()
    vectors[folds != 0] += 0.5 * np.random.default_rng(1).normal(size=vectors[folds != 0].shape)
    moved = Simulated(leaning.jobs, leaning.pool, vectors, leaning.direction)
    again = RewardModel.with_targets(saved, moved.pool, moved.linear(), small, seed=0)
    texts = towards(job, leaning, [0.1, 0.3])
    ratios = [[c.reward_folds[0] for c in m.changes(job, texts)] for m in (model, again)]
    assert ratios[0][1] / ratios[0][0] == pytest.approx(ratios[1][1] / ratios[1][0])
    others = [[c.reward_folds[1] for c in m.changes(job, texts)] for m in (model, again)]
    assert others[0][0] / ratios[0][0] != pytest.approx(others[1][0] / ratios[1][0], rel=1e-3)


def test_the_order_of_people_does_not_matter(leaning, small, model, job):
    order = np.random.default_rng(2).permutation(len(leaning.pool))
    shuffled = Simulated(
        leaning.jobs, leaning.pool.take(order), leaning.vectors[order], leaning.direction
    )
    engine = shuffled.scoring()
    offsets = ScoresOnly.query_offsets
    engine.query_offsets = lambda queries: offsets(engine, queries)[:, order]  # type: ignore[method-assign]
    texts = towards(job, leaning, [0.2])
    again = fitted(shuffled, small, engine).changes(job, texts)[0]
    assert again.reward == pytest.approx(model.changes(job, texts)[0].reward, abs=1e-9)


def test_the_pool_may_come_in_another_order_than_the_engine_s(leaning, small, model, job):
    order = np.random.default_rng(2).permutation(len(leaning.pool))
    again = RewardModel.fit(
        leaning.jobs, leaning.pool.take(order), leaning.linear(), small, top=50, seed=0
    )
    texts = towards(job, leaning, [0.2])
    assert again.changes(job, texts)[0].reward == model.changes(job, texts)[0].reward


def test_abstaining_pays_nothing_and_asks_nothing(level, small):
    engine = level.linear()
    model = fitted(level, small, engine)
    job = next(job for job in level.jobs if model.abstains(job))
    engine.asked.clear()
    texts = towards(job, level, [0.5, -3.0])
    assert list(model.scorer(job)(texts)) == [0.0, 0.0]
    assert engine.asked == []
    change = model.changes(job, texts)[0]
    assert change.abstained
    assert change.reward == 0.0
    assert change.reward_folds == ()
    assert change.delta is not None
    assert change.delta > 0


@pytest.mark.parametrize("fields", [{}, {"occupation_group": "unheard"}])
def test_an_ad_of_no_known_group_gets_no_claim(model, job, fields):
    stranger = Job("stranger", job.text, "", fields)
    assert model.abstains(stranger)
    assert "nothing is claimed" in model.reason(stranger)
    assert model.changes(stranger, [job.text]) == [Change()]


def test_saved_targets_serve_a_fresh_pool(leaning, small, model, job):
    saved = json.loads(json.dumps(model.to_json(), allow_nan=False))
    same = RewardModel.with_targets(saved, leaning.pool, leaning.linear(), small, seed=0)
    texts = towards(job, leaning, [0.2, 0.4])
    assert same.targets == model.targets
    assert [c.reward for c in same.changes(job, texts)] == pytest.approx(
        [c.reward for c in model.changes(job, texts)]
    )
    fresh = simulate(55, gap=1.0)
    other = RewardModel.with_targets(saved, fresh.pool, fresh.linear(), small, seed=0)
    assert other.targets == model.targets
    assert not other.abstains(job)


def test_a_fresh_pool_with_too_few_people_abstains(leaning, small, model, job):
    few = [
        i for i, p in enumerate(leaning.pool) if p.fields["occupation_group"] != job.group or i % 5
    ]
    few = [i for i in few if leaning.pool.people[i].fields["gender"] == "male" or i % 3 == 0]
    engine = ScoresOnly([leaning.pool.ids[i] for i in few], leaning.vectors[few])
    config = small.model_copy(update={"min_group": 40})
    other = RewardModel.with_targets(
        model.to_json(), leaning.pool.take(few), engine, config, seed=0
    )
    assert other.abstains(job)
    assert "too few" in other.reason(job)


def test_what_is_saved_holds_no_ids(leaning, model):
    written = json.dumps(model.to_json())
    assert not [person.id for person in leaning.pool if person.id in written]
    assert not [job.id for job in leaning.jobs if f'"{job.id}"' in written]


def test_saved_targets_of_another_engine_are_refused(leaning, small, model):
    saved = model.to_json()
    engine = leaning.linear()
    engine.name = "another"
    with pytest.raises(StorageError, match="tune again"):
        RewardModel.with_targets(saved, leaning.pool, engine, small, seed=0)
    with pytest.raises(StorageError, match="folds"):
        RewardModel.with_targets(
            saved, leaning.pool, leaning.linear(), small.model_copy(update={"folds": 3}), seed=0
        )
    broken = {**saved["groups"]["occupation0"], "ads": "many"}
    with pytest.raises(StorageError, match="ads"):
        GroupTarget.from_json(broken)


def test_several_attributes_pay_for_the_worst(small):
    market = simulate(11, gap=1.0, occupations=4, people=180, second=True)
    config = small.model_copy(update={"attributes": ("gender", "age_band")})
    worst, only = fitted(market, config), fitted(market, small)
    job = next(job for job in market.jobs if not only.abstains(job))
    (text,) = towards(job, market, [0.3])
    (both,), (one,) = worst.changes(job, [text]), only.changes(job, [text])
    assert len(both.trace) == 4
    assert both.reward > 0
    # folds are drawn within the values of both attributes, so targets differ by a hair
    targets = [found.trace["gender: female - male"].target for found in (both, one)]
    assert targets[0] == pytest.approx(targets[1], rel=0.2)
    weighted = {"combine": "weighted", "weights": {"gender": 2.0, "age_band": 0.0}}
    twice = fitted(market, config.model_copy(update=weighted)).changes(job, [text])[0]
    weighted["weights"] = {"gender": 1.0, "age_band": 0.0}
    once = fitted(market, config.model_copy(update=weighted)).changes(job, [text])[0]
    assert twice.reward_folds == pytest.approx([2 * paid for paid in once.reward_folds])
    assert once.reward > 0


def test_judgements_decide_who_is_qualified(leaning, small, model):
    table = np.array(
        [
            [job.group == person.fields["occupation_group"] for person in leaning.pool]
            for job in leaning.jobs
        ]
    )
    given = fitted(leaning, small, qualified=table)
    assert given.targets == model.targets
    with pytest.raises(BadInput, match="shape"):
        fitted(leaning, small, qualified=table[:, 1:])


def test_judgements_serve_saved_targets_in_any_order(leaning, small, model, job):
    backwards = leaning.pool.take(np.arange(len(leaning.pool))[::-1])
    table = np.array([[job.group == person.fields["occupation_group"] for person in backwards]] * 2)
    given = RewardModel.with_targets(
        model.to_json(),
        backwards,
        leaning.linear(),
        small,
        seed=0,
        jobs=[job, job],
        qualified=table,
    )
    texts = towards(job, leaning, [0.2])
    assert given.changes(job, texts)[0].reward == pytest.approx(
        model.changes(job, texts)[0].reward, abs=1e-12
    )


def test_an_engine_that_cannot_tell_people_apart_pays_nothing(leaning, small, model, job):
    class Flat(ScoresOnly):
        def scores(self, queries):
            return np.ones((len(queries), len(self.vectors)))

    flat = Flat(leaning.pool.ids, leaning.vectors)
    same = RewardModel.with_targets(model.to_json(), leaning.pool, flat, small, seed=0)
    assert same.changes(job, towards(job, leaning, [0.3]))[0] == Change()


class Raises(ScoresOnly):
    def scores(self, queries):
        raise RuntimeError("out of order")


class Holes(ScoresOnly):
    def scores(self, queries):
        scores = super().scores(queries)
        scores[-1, 3] = np.nan
        return scores


class Short(ScoresOnly):
    def scores(self, queries):
        return super().scores(queries)[:, 1:]


@pytest.mark.parametrize(
    ("broken", "said"), [(Raises, "out of order"), (Holes, "finite"), (Short, "shape")]
)
def test_a_failing_engine_raises(leaning, small, model, job, broken, said):
    engine = broken(leaning.pool.ids, leaning.vectors)
    with pytest.raises(MatcherError, match=said):
        fitted(leaning, small, engine)
    same = RewardModel.with_targets(model.to_json(), leaning.pool, engine, small, seed=0)
    with pytest.raises(MatcherError, match=said):
        same.changes(job, towards(job, leaning, [0.1]))


def test_a_plain_matcher_is_asked_to_rank_everybody(leaning, small, model, job):
    class Plain:
        name = "simulated"
        digest = "plain"

        def __init__(self, inner: ScoresOnly) -> None:
            self.candidate_ids, self.rank = inner.candidate_ids, inner.rank

    plain = fitted(leaning, small, Plain(leaning.scoring()))
    texts = towards(job, leaning, [0.2])
    assert plain.changes(job, texts)[0].reward == pytest.approx(
        model.changes(job, texts)[0].reward, abs=1e-9
    )


def test_wrong_input_is_told(leaning, small):
    with pytest.raises(BadInput, match="which aren't the"):
        RewardModel.fit(
            leaning.jobs, leaning.pool.take(range(50)), leaning.linear(), small, top=50, seed=0
        )
    with pytest.raises(BadInput, match="group of ads"):
        fitted(Simulated([Job("a", "x")], *_rest(leaning)), small)
    with pytest.raises(ConfigError, match="height"):
        fitted(leaning, small.model_copy(update={"attributes": ("height",)}))


def _rest(market: Simulated) -> tuple[Pool, np.ndarray, np.ndarray]:
    return market.pool, market.vectors, market.direction


def test_the_overshoot_gate(model, leaning, job):
    gate = model.overshoot_gate(job)
    span = Span(0, len(job.text), job.text, "sentence")
    verdicts = gate(job.text, span, towards(job, leaning, [0.2, -0.5, 6.0]))
    assert [v.passed for v in verdicts] == [True, True, False]
    assert {v.gate for v in verdicts} == {"overshoot"}
    assert not any("male" in v.reason for v in verdicts)
    with pytest.raises(BadInput):
        gate("another ad", span, ["x"])


def test_overshoot_is_past_the_target_whatever_its_sign():
    def change(delta: float, target: float) -> Change:
        return Change(trace={"x": Paid(delta, target, 0.0)}, abstained=False)

    passed = [(0.3, 0.4), (-0.3, -0.4), (0.4, 0.4), (-5.0, 0.4), (1.0, 0.0)]
    assert all(overshoot_verdict(change(*pair)).passed for pair in passed)
    assert not overshoot_verdict(change(0.5, 0.4)).passed
    assert not overshoot_verdict(change(-0.5, -0.4)).passed
    assert overshoot_verdict(Change()).passed


def test_progress_is_told(leaning, small, job):
    told: list[tuple[str, int, int]] = []
    model = fitted(leaning, small, progress=lambda *step: told.append(step))
    model.changes_many([(job, towards(job, leaning, [0.1]))], lambda *step: told.append(step))
    assert told[0] == ("gap", 0, 6)
    assert ("gap", 6, 6) in told
    assert told[-1] == ("reward", 2, 2)


def test_lists_longer_than_there_are_people_are_of_everybody(leaning, small):
    given = (leaning.jobs, leaning.pool, leaning.linear(), small)
    longest = RewardModel.fit(*given, top=len(leaning.pool), seed=0)
    assert RewardModel.fit(*given, top=10**9, seed=0).to_json() == longest.to_json()
