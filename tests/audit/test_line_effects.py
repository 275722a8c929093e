"""What leaving a line out does, on an engine whose gap is planted in one line."""

from __future__ import annotations

import re

import numpy as np
import pytest

from evenhand.audit.lines import explain_ads
from evenhand.match.protocol import Scored, document_texts
from evenhand.records.job import Job
from evenhand.records.people import Candidate, Pool
from evenhand.report.pages.lines import picture_of, sentences_of, table_of

AD = """Welder, Hull

Our heroes are bold and proud.
- Weld pipes
- Read drawings
We like tea."""
CULPRIT, DECOY = "3", "4"


class Overlap(Scored):
    """Scores are how many of the ad's words stand in the profile, counted as often as there."""

    name, digest = "overlap", "overlap"

    def __init__(self, pool: Pool) -> None:
        self.candidate_ids = pool.ids
        texts = document_texts(pool.documents())
        self._words = [re.findall(r"\w+", text.lower()) for text in texts]

    def scores(self, queries):
        asked = [set(re.findall(r"\w+", query.text.lower())) for query in queries]
        return np.array(
            [[sum(w in ad for w in words) for words in self._words] for ad in asked], float
        )


def people(count: int, seed: int, *, planted: bool) -> Pool:
    """Men who write "bold" more often than women do, where that is planted; all weld alike."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(count):
        man = number % 2 == 0
        bold = rng.random() < (0.8 if man and planted else 0.3)
        words = ["pipes"] * int(rng.integers(0, 3)) + ["drawings"] * int(rng.integers(0, 2))
        text = " ".join(["weld", *words, *(["bold", "proud"] if bold else []), f"p{number}"])
        found.append(Candidate(f"p{number:03}", text, {"gender": "male" if man else "female"}))
    return Pool(tuple(found))


def explained(pool: Pool, *, least: int = 20, top: int = 20, seed: int = 0):
    engine = Overlap(pool)
    qualified = np.ones((1, len(pool)), dtype=np.bool_)
    how = {"by": ["gender"], "top": top, "least": least, "seed": seed}
    [found] = explain_ads([Job("ad", AD)], pool, engine, qualified, **how)
    return found


def test_the_line_that_carries_the_gap_comes_first_and_is_proposed():
    found = explained(people(200, 1, planted=True))
    [gap] = found.gaps
    assert gap.clear
    assert gap.gap < 0
    first = found.lines[0]
    assert first.line == CULPRIT
    assert first.worst.clear
    assert first.worst.closes == pytest.approx(1.0, abs=0.35)
    assert first.proposal.startswith("may be cut")
    assert [one.line for one in found.lines if one.proposal] == [CULPRIT]


def test_without_a_cause_luck_is_exceeded_in_about_one_ad_of_twenty():
    clear = sum(
        any(
            move.clear
            for line in explained(people(120, seed, planted=False)).lines
            for move in line.moves
        )
        for seed in range(100, 180)
    )
    assert clear <= 9  # of 80; 4 are expected, and more than 9 come once in a hundred


def test_scores_that_do_not_move_have_no_luck_and_are_not_clear():
    [tea] = [one for one in explained(people(200, 1, planted=True)).lines if one.line == "6"]
    [move] = tea.moves
    assert (move.move, move.by_luck, move.clear) == (0.0, 0.0, False)


def test_a_move_is_the_difference_of_mean_changes_in_spreads():
    pool = people(60, 3, planted=True)
    engine = Overlap(pool)
    scores = engine.scores([Job("a", AD), Job("b", AD.replace("- Weld pipes\n", ""))])
    women = np.array([person.fields["gender"] == "female" for person in pool])
    change = (scores[1] - scores[0]) / scores[0].std()
    expected = change[women].mean() - change[~women].mean()
    [line] = [one for one in explained(pool).lines if one.line == DECOY]
    assert line.moves[0].move == pytest.approx(expected)


def test_few_people_are_not_judged_and_small_cells_are_withheld():
    few = explained(people(30, 1, planted=True))
    assert few.lines == ()
    assert few.not_judged == ("gender: female - male: fewer than 20 qualified people on a side",)
    assert "no contrast can be judged" in " ".join(sentences_of(few))
    tight = explained(people(200, 1, planted=True), top=3)
    assert tight.gaps[0].shown == (None, None)
    assert "are withheld" in " ".join(sentences_of(tight))


def test_the_same_seed_gives_the_same_and_nobody_is_named():
    pool = people(80, 5, planted=True)
    one, two = explained(pool), explained(pool)
    assert one == two
    shown = "\n".join(
        (*table_of(one), *sentences_of(one), picture_of(one, "ad"), str(one.to_json()))
    )
    assert not re.search(r"\bp\d{3}\b", shown)
    assert "<svg" in shown
