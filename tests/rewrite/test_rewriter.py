"""The rewriter with real spans, rules and text gates, and a sampler that stands in for a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.config.schema import GatesConfig, SpansConfig
from evenhand.generate.protocol import Completion
from evenhand.language.duties import has_parser, with_forms
from evenhand.language.gates import text_gates
from evenhand.language.mends import mends_behind
from evenhand.language.span import Span, Verdict
from evenhand.language.spans import editable_spans
from evenhand.language.text import raised
from evenhand.records.job import Job
from evenhand.rewrite import Guard, Proposal, Rewrite, Rewriter
from evenhand.rewrite.rewriter import Strategy

AD = (
    "Sales agent\n\n"
    "You will drive ambitious growth and aggressively pursue new accounts in the region.\n\n"
    "What you will do\n"
    "- Champion our products and fearlessly defend our prices in every meeting.\n"
    "- Prepare clear monthly reports about the open accounts for our clients.\n\n"
    "Pay: 42,000 a year. Write to jobs@example.org.\n"
)
QUIET = (
    "Archivist\n\nWhat you will do\n- Prepare clear monthly reports about loans for our readers.\n"
)
SPANS = SpansConfig(per_ad=4)
GUARD = Guard(tuple(text_gates(GatesConfig())))


def completion(text: str, *, likelihood: float = -1.0, finished: bool = True) -> Completion:
    return Completion(text, (1, 2), 2 * likelihood, finished)


def sampler(spans: Sequence[str]) -> list[list[Completion]]:
    """Two usable rewordings of every span, one that adds a fact, one that was cut off."""
    return [
        [
            completion(f"In this role, {span[0].lower()}{span[1:]}"),
            completion(span.replace("prices", "prices in 7 countries"), likelihood=-0.1),
            completion(span.replace("every", "each"), likelihood=-0.5),
            completion(span.replace("clear", "plain"), finished=False),
        ]
        for span in spans
    ]


def rewriter(strategy: Strategy = "likelihood", **changes: object) -> Rewriter:
    made = Rewriter(GUARD, SPANS, sampler, strategy, rules=False)
    return replace(made, **changes)  # type: ignore[arg-type]


def rewrite_one(made: Rewriter, text: str = AD):
    return made.rewrite([Job("a", text)])[0]


def outside(original: str, rewritten: str, edits) -> bool:
    """Whether everything between the edits is the same, character for character."""
    place, moved = 0, 0
    for edit in edits:
        length = edit.start - place
        if original[place : edit.start] != rewritten[moved : moved + length]:
            return False
        moved += length
        if rewritten[moved : moved + len(edit.after)] != edit.after:
            return False
        place, moved = edit.end, moved + len(edit.after)
    return original[place:] == rewritten[moved:]


def accounted_for(found: Rewrite) -> bool:
    """Whether proposals are what went in, mends and rewordings, and what was refused."""
    mends = {str(one) for edit in found.edits for one in mends_behind(edit.proof)}
    reworded = sum("fluency" in edit.proof["gates"] for edit in found.edits)  # type: ignore[operator]
    chosen = sum(each.gate == "choice" for each in found.refused)
    gone_in = len(mends) + reworded
    return (found.proposals, found.passed) == (gone_in + len(found.refused), gone_in + chosen)


def test_only_gated_words_go_in_and_each_edit_has_its_proof():
    found = rewrite_one(rewriter())
    assert found.edits
    for edit in found.edits:
        assert found.original[edit.start : edit.end] == edit.before
        gates = {"facts"} if edit.proof["source"] != "model" else {"facts", "new_words", "fluency"}
        assert set(edit.proof["gates"]) >= gates
    assert "7 countries" not in found.rewritten
    assert outside(found.original, found.rewritten, found.edits)


def test_every_refusal_names_its_gate_and_every_proposal_is_accounted_for():
    found = rewrite_one(rewriter())
    facts = [refusal for refusal in found.refused if "7 countries" in refusal.after]
    assert facts
    assert {refusal.gate for refusal in facts} <= {"facts", "new_words"}
    assert all(refusal.reason for refusal in found.refused)
    assert accounted_for(found)


def test_unfinished_samples_are_never_proposed():
    found = rewrite_one(rewriter())
    assert not any("plain monthly" in each.after for each in found.refused)
    assert "plain monthly" not in found.rewritten


def test_the_likeliest_passing_sample_goes_in():
    found = rewrite_one(rewriter())
    duty = next(edit for edit in found.edits if "Champion" in edit.before)
    assert "each meeting" in duty.after


def test_unchanged_ads_are_in_the_result():
    jobs = [Job("empty", ""), Job("a", AD), Job("foreign", "Wir suchen eine Person im Verkauf.")]
    found = rewriter().rewrite(jobs)
    assert [one.id for one in found] == ["empty", "a", "foreign"]
    assert [bool(one.edits) for one in found] == [False, True, False]
    assert all(one.rewritten == one.original for one in found if not one.edits)
    assert rewriter().rewrite([]) == []


def test_mends_change_what_is_flagged_and_nothing_else():
    found = rewrite_one(rewriter("mends"))
    assert "pursue new accounts with energy" in found.rewritten or "pursue" in found.rewritten
    assert "aggressively" not in found.rewritten
    assert all(mends_behind(edit.proof) for edit in found.edits)
    assert all(mend["why"] for edit in found.edits for mend in mends_behind(edit.proof))
    assert "Prepare clear monthly reports" in found.rewritten
    quiet = rewrite_one(rewriter("mends"), QUIET)
    assert (quiet.rewritten, quiet.proposals) == (quiet.original, 0)


@pytest.mark.parametrize("strategy", ["likelihood", "random", "score"])
def test_every_strategy_mends_first_and_both_are_one_edit(strategy):
    def worth(job: Job):
        return lambda texts: [float("each meeting" in text) for text in texts]

    ad = "Chairman\n\nDuties\n- Meet the chairman and prepare clear papers for every meeting.\n"
    found = rewrite_one(rewriter(strategy, worth=worth, seed=4), ad)
    title, *rest = found.edits
    assert (title.before, title.after) == ("Chairman", "Chair")
    assert "chairman" not in found.rewritten
    assert outside(ad, found.rewritten, found.edits)
    if strategy != "random":
        (both,) = rest
        assert both.before.startswith("Meet the chairman")
        assert both.after == "Meet the chair and prepare clear papers for each meeting."
        assert [mend["words"] for mend in mends_behind(both.proof)] == ["chairman"]
        assert both.proof["source"] == "model"


def test_refusals_are_placed_in_the_ad_as_it_was():
    ad = (
        "Chairman of handymen\n\nYou will prepare clear prices for the chairman and every client.\n"
    )
    found = rewrite_one(rewriter(), ad)
    assert any(each.gate == "facts" for each in found.refused)
    for each in found.refused:
        assert ad[each.start : each.end] == each.before
        assert each.before.startswith("You will prepare")


def test_a_gain_is_measured_against_the_mended_ad():
    def worth(job: Job):
        return lambda texts: [
            5.0 * ("chair " in text) + 1.0 * ("each client" in text) for text in texts
        ]

    ad = "Clerk\n\nYou will prepare clear prices for the chairman and for every client.\n"
    (edit,) = rewrite_one(rewriter("score", worth=worth), ad).edits
    assert edit.proof["gain"] == 1.0


def test_an_ad_nothing_may_be_claimed_for_is_mended_alone():
    asked: list[str] = []
    sampled: list[str] = []

    def worth(job: Job):
        asked.append(job.id)

    def counting(spans: Sequence[str]) -> list[list[Completion]]:
        sampled.extend(spans)
        return sampler(spans)

    found = rewrite_one(rewriter("score", worth=worth, rules=True, sampler=counting))
    assert asked == ["a"]
    assert found == rewrite_one(rewriter("mends"))
    assert sampled == []


@pytest.mark.parametrize("strategy", ["likelihood", "random", "mends", "plain", "score"])
def test_the_same_seed_gives_the_same_ads(strategy):
    def worth(job: Job):
        return lambda texts: [float(len(text) - len(job.text)) for text in texts]

    made = rewriter(strategy, worth=worth, rules=True)
    assert rewrite_one(made) == rewrite_one(made)


def test_random_edits_depend_on_the_seed_and_the_ad_and_not_on_other_ads():
    jobs = [Job(f"ad-{at}", AD) for at in range(20)]
    made = rewriter("random", rules=True, seed=1)
    found = made.rewrite(jobs)
    assert len({one.rewritten for one in found}) > 1
    assert made.rewrite(jobs[7:8]) == found[7:8]
    assert [one.rewritten for one in replace(made, seed=2).rewrite(jobs)] != [
        one.rewritten for one in found
    ]


def test_many_ads_are_sampled_together_and_progress_is_told():
    told: list[tuple[str, int, int]] = []
    calls: list[int] = []

    def counting(spans: Sequence[str]) -> list[list[Completion]]:
        calls.append(len(spans))
        return sampler(spans)

    jobs = [Job(f"ad-{at}", AD) for at in range(20)]
    rewriter(sampler=counting).rewrite(jobs, lambda *step: told.append(step))
    each = len(editable_spans(AD, SPANS))
    assert calls == [16 * each, 4 * each]
    assert told == [("rewrite", 0, 20), ("rewrite", 16, 20), ("rewrite", 20, 20)]


def test_whole_gates_take_back_the_least_gainful_edit_until_the_ad_passes():
    weights = {"In this role, you will": 3.0, "each meeting": 1.0}

    def worth(job: Job):
        def score(texts: Sequence[str]) -> list[float]:
            return [sum(w for words, w in weights.items() if words in text) for text in texts]

        return score

    def gate(original: str, rewritten: str) -> Verdict:
        return Verdict("quality", "each meeting" not in rewritten, "nDCG falls")

    made = rewriter("score", worth=worth, rules=True)
    free = rewrite_one(made)
    assert "In this role, you will" in free.rewritten
    assert "each meeting" in free.rewritten
    held = rewrite_one(replace(made, whole_gates=lambda job: [gate]))
    assert "In this role, you will" in held.rewritten
    assert "each meeting" not in held.rewritten
    stopped = [each for each in held.refused if each.gate == "quality"]
    assert [each.reason for each in stopped] == ["nDCG falls"]
    assert "each meeting" in stopped[0].after
    never = rewrite_one(
        replace(made, whole_gates=lambda job: [lambda *_: Verdict("quality", False, "no")])
    )
    assert never.rewritten == rewrite_one(rewriter("mends")).rewritten


LIST = (
    "Clerk\n\nDuties\n- Prepare clear papers for every meeting.\n"
    "- Maintain the calendar of the firm.\n"
    "- Assist customers who want to return goods.\n\nApply by letter.\n"
)


@pytest.mark.parametrize("strategy", ["likelihood", "random"])
def test_no_line_of_a_list_begins_otherwise_than_those_beside_it(strategy):
    found = rewrite_one(rewriter(strategy, rules=True), LIST)
    lines = [line for line in found.rewritten.splitlines() if line.startswith("- ")]
    assert [line.split()[1] for line in lines] == ["Prepare", "Maintain", "Assist"]
    assert any(each.gate == "parallel" for each in found.refused)


@pytest.mark.skipif(not has_parser(), reason="needs the extra grammar")
def test_a_whole_list_takes_another_form_where_the_score_rises_or_none_of_it():
    def worth(job: Job):
        return lambda texts: [float(len(re.findall(r"- [A-Z]\w+ing ", text))) for text in texts]

    def gerunds(spans: Sequence[str]) -> list[list[Completion]]:
        return [
            [completion(raised(with_forms(span[0].lower() + span[1:], "ing")))] for span in spans
        ]

    job = Job("list", LIST)
    made = rewriter("score", worth=worth, sampler=gerunds)
    found = rewrite_one(made, LIST)
    lines = [line for line in found.rewritten.splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    assert all(line.split()[1].endswith("ing") for line in lines)
    assert {edit.proof["gain"] for edit in found.edits} == {3.0}
    assert accounted_for(found)

    def no(original: str, rewritten: str) -> Verdict:
        return Verdict("quality", not worth(job)([rewritten])[0], "nDCG falls")

    held = rewrite_one(replace(made, whole_gates=lambda job: [no]), LIST)
    assert held.rewritten == LIST

    broken = LIST.replace("Assist customers who want to return goods.", "Assist is a game.")
    assert not worth(job)([rewrite_one(made, broken).rewritten])[0]


def test_no_list_opens_every_line_with_the_same_words():
    def worth(job: Job):
        return lambda texts: [float(text.count("- In this role, you will")) for text in texts]

    def will(spans: Sequence[str]) -> list[list[Completion]]:
        return [
            [completion(f"In this role, you will {span[0].lower()}{span[1:]}")] for span in spans
        ]

    found = rewrite_one(rewriter("score", worth=worth, sampler=will), LIST)
    assert "In this role" not in found.rewritten


def test_batch_gates_judge_only_what_the_text_gates_let_through():
    asked: list[str] = []

    def gate(original: str, span: Span, texts: Sequence[str]) -> list[Verdict]:
        asked.extend(texts)
        return [Verdict("meaning", "each" in text, "cosine 0.5") for text in texts]

    found = rewrite_one(rewriter(guard=Guard(GUARD.gates, (gate,))))
    assert asked
    assert not any("7 countries" in text for text in asked)
    reworded = [edit for edit in found.edits if edit.proof["source"] == "model"]
    assert reworded
    assert all("each" in edit.after for edit in reworded)
    assert any(each.gate == "meaning" for each in found.refused)


def test_the_first_refusal_is_the_reason():
    def no(name: str):
        return lambda original, span, after: Verdict(name, False, name)

    span = editable_spans(AD, SPANS)[0]
    (found,) = Guard((no("one"), no("two"))).check(AD, span, [Proposal(span, "x", "model", 0.0, 0)])
    assert not found.passed
    assert found.refusal == Verdict("one", False, "one")
    assert len(found.verdicts) == 1


LINES = st.lists(
    st.sampled_from(
        [
            "You will aggressively pursue new accounts in the region.",
            "- Champion our products and fearlessly defend our prices in every meeting.",
            "- Prepare clear monthly reports about the open accounts for our clients.",
            "Grüße 🎉 שלום عليكم \u2028 next",
            "Pay: 42,000 a year.",
            "",
            "\tOdd   spaces\u00a0here \r",
        ]
    ),
    max_size=12,
)


@settings(max_examples=40, deadline=None)
@given(lines=LINES, strategy=st.sampled_from(["likelihood", "random", "mends", "plain", "score"]))
def test_text_outside_edits_never_changes(lines, strategy):
    ad = "Title\n\n" + "\n".join(lines)

    def worth(job: Job):
        return lambda texts: [float(sum(map(ord, text)) % 7) for text in texts]

    found = rewrite_one(rewriter(strategy, worth=worth, rules=True), ad)
    assert found.original == ad
    assert outside(ad, found.rewritten, found.edits)
    assert accounted_for(found)


def test_the_listed_rewordings_of_an_ad_are_all_of_its_mended_text():
    text, spans = rewriter("score", worth=lambda job: lambda texts: []).listed(Job("ad", AD), 40)
    assert [text[span.start : span.end] for span, _ in spans] == [span.text for span, _ in spans]
    options = [found for _, listed in spans for found in listed]
    assert options
    assert all(found.passed and found.proposal.kinds for found in options)
    few = rewriter().listed(Job("ad", AD), 1)[1]
    assert max(len(listed) for _, listed in few) == 1
