from __future__ import annotations

import re
from dataclasses import replace

import pytest

from evenhand.audit import Evaluation, evaluate
from evenhand.measure.compare import RatioChange
from evenhand.report.verdicts import headline_change, verdicts
from evenhand.rewrite.result import Rewrite

from .conftest import Example
from .example import ToneEngine, example_evaluation, example_jobs, example_pool, reword, unchanged


def with_interval(evaluation: Evaluation, low: float, high: float) -> Evaluation:
    """The same evaluation, the primary change having this interval."""
    first, *others = evaluation.comparison.pairs
    change: RatioChange = replace(first.changes[0], interval=(low, high), change=(low + high) / 2)
    first = replace(first, changes=(change, *first.changes[1:]))
    return replace(evaluation, comparison=replace(evaluation.comparison, pairs=(first, *others)))


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        ((-0.5, -0.1), "closer to parity"),
        ((0.1, 0.5), "further from parity"),
        ((-0.5, 0.1), "no detectable difference in the distance from parity"),
        ((-0.5, 0.0), "no detectable difference in the distance from parity"),
    ],
)
def test_the_verdict_follows_the_interval(
    example: Example, interval: tuple[float, float], said: str
):
    found = verdicts(with_interval(example[0], *interval))
    primary = next(sentence for sentence in found if "This is the primary" in sentence)
    assert primary.startswith(f"tuned against best_of_4: {said} (")


def test_the_gap_is_said_first_in_the_right_direction(example: Example):
    first = verdicts(example[0])[0]
    assert "qualified female people into its top 50 less often than qualified male" in first


def test_the_other_direction_is_said_too():
    evaluation, _ = example_evaluation(resamples=100, lean=-0.35)
    assert (
        "qualified male people into its top 50 less often than qualified female"
        in (verdicts(evaluation)[0])
    )


def test_where_there_is_no_gap_nothing_is_claimed():
    evaluation, _ = example_evaluation(resamples=200, lean=0.0)
    found = verdicts(evaluation)
    assert "no detectable gap" in found[0]
    assert re.search(r"it could have shown one of 1\.\d+ \(or 0\.\d+\)", found[0])
    assert "no effect of rewording is claimed" in found[0]
    changes = [sentence for sentence in found if "change of |log R|" in sentence]
    assert changes
    assert all("No effect is claimed" in sentence for sentence in changes)


def test_overshoot_is_called_a_loss():
    class Overshooting(ToneEngine):
        """Once reworded, an ad leans the other way."""

        def _score(self, query):  # type: ignore[no-untyped-def]
            scores = super()._score(query)
            return scores + 1.2 * self._women * ("know your field well" in query.text)

    jobs, pool = example_jobs(), example_pool()
    rewrites = {"tuned": [reword(job, [0, 1, 2]) for job in jobs]}
    found = verdicts(
        evaluate(jobs, pool, Overshooting(pool), rewrites, by=["gender"], resamples=100)
    )
    assert any("went past parity, which is a loss" in sentence for sentence in found)


def test_a_loss_of_quality_is_named_with_its_groups():
    class Spoiling(ToneEngine):
        """Once reworded, an ad matches nobody in nursing."""

        def _score(self, query):  # type: ignore[no-untyped-def]
            spoiled = "know your field well" in query.text and query.group == "nursing"
            return super()._score(query) - 5.0 * spoiled * (self._groups == "nursing")

    jobs, pool = example_jobs(), example_pool()
    rewrites = {"tuned": [reword(job, [0]) for job in jobs]}
    found = verdicts(evaluate(jobs, pool, Spoiling(pool), rewrites, by=["gender"], resamples=100))
    quality = next(sentence for sentence in found if sentence.startswith("Ranking quality"))
    assert "can't be ruled out in" in quality
    assert "nursing" in quality
    assert any("Check for levelling down" in sentence for sentence in found)


def test_kept_quality_and_hits_are_said_as_what_is_ruled_out():
    jobs, pool = example_jobs(each=4), example_pool()
    rewrites = {"tuned": [unchanged(job) for job in jobs]}
    found = verdicts(evaluate(jobs, pool, ToneEngine(pool), rewrites, by=["gender"], resamples=50))
    assert any("was kept in every group of ads assessed" in sentence for sentence in found)
    assert any(sentence.startswith("No levelling down") for sentence in found)


def test_a_comparison_that_is_not_judged_has_no_headline(example: Example):
    pair = example[0].comparison.pairs[0]
    assert headline_change(replace(pair, changes=())) is None
    assert headline_change(pair) is pair.changes[0]


def test_why_two_systems_do_not_differ_is_said():
    jobs, pool = example_jobs(), example_pool()
    same = [reword(job, [0, 1, 2]) for job in jobs]
    other = [reword(job, [0]) for job in jobs]

    def said(tuned: list[Rewrite], best: list[Rewrite]) -> str:
        systems = {"tuned": tuned, "best_of_4": best}
        return "\n".join(
            verdicts(evaluate(jobs, pool, ToneEngine(pool), systems, by=["gender"], resamples=50))
        )

    alike = said(same, same)
    assert "tuned wrote what best_of_4 wrote for 40 of 40 ads" in alike
    assert re.search(r"Of the \d+ rewordings that it weighed, \d+ were worth no more", alike)
    assert "wrote what" not in said(same, other)
