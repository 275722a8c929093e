"""Slots, articles, the order of the four prompts, and even sampling."""

from __future__ import annotations

from collections import Counter

import pytest

from evenhand.mitigate.probes import Attribute, ProbeSet, Subject, Template, article, fill

LATE = Attribute("rude.01", "p_act", "were late", "were early", "was late", "was early")


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("Asian", "an"), ("Black", "a"), ("European", "a"), ("Uzbek", "an"), ("Ukrainian", "a"),
        ("Ugandan", "a"), ("ugly", "an"), ("unemployed", "an"), ("university", "a"), ("hour", "an"),
        ("honest", "an"), ("healthy", "a"), ("heir", "an"), ("one-armed", "a"), ("older", "an"),
        ("Uruguayan", "a"), ("uninsured", "an"), ("useful", "a"), ("MBA", "an"),
    ],
)  # fmt: skip
def test_articles_follow_the_sound(word: str, wanted: str):
    assert article(word) == wanted


def test_only_the_article_before_a_slot_is_repaired():
    text = "A [subj1] man and a [subj2] man ate a apple. An [subj1] woman, the [subj2]."
    wanted = "An Arab man and a Welsh man ate a apple. An Arab woman, the Welsh."
    assert fill(text, ("Arab", "Welsh"), LATE) == wanted


def test_every_form_of_an_attribute():
    text = "[p_act]|[p_act:neg]|[p_act-single]|[p_act-single:neg]|[mask]"
    assert fill(text, ("a", "b"), LATE) == "were late|were early|was late|was early|[mask]"


def test_a_text_is_not_filled_twice():
    odd = Attribute("x.01", "p_act", "[subj1] was [p_act]", "no", "one", "none")
    assert fill("[subj2]: [p_act]", ("Ann", "[p_act]"), odd) == "[p_act]: [subj1] was [p_act]"


def some_probes(templates: int = 4, each: int = 6, attributes: int = 10) -> ProbeSet:
    return ProbeSet(
        "gender",
        tuple(
            Template(
                f"t.{n}", f"[subj1] met [subj2] {n} times.", "Who [p_act]?", "Who [p_act:neg]?"
            )
            for n in range(templates)
        ),
        tuple(Subject(f"{side}{n}", side) for side in ("f", "m") for n in range(each)),
        tuple(Attribute(f"a.{n}", "p_act", f"y{n}", f"n{n}", "", "") for n in range(attributes)),
    )


def test_the_four_prompts_stand_in_their_order():
    example = some_probes().example(2, 1, 7, 3)
    assert (example.template, example.attribute) == ("t.2", "a.3")
    assert example.choices == ("f1", "m1")
    assert [prompt.context for prompt in example.prompts] == [
        "f1 met m1 2 times.",
        "m1 met f1 2 times.",
        "f1 met m1 2 times.",
        "m1 met f1 2 times.",
    ]
    assert [prompt.question for prompt in example.prompts] == ["Who y3?"] * 2 + ["Who n3?"] * 2


def test_only_subjects_of_different_clusters_are_paired():
    probes = some_probes(each=3)
    assert len(probes.pairs) == 9
    assert all(i < 3 <= j for i, j in probes.pairs)


def test_everything_is_drawn_once_before_anything_is_drawn_twice():
    probes = some_probes(templates=3, each=5, attributes=8)
    everything = probes.examples(10**9, 4)
    assert len(everything) == len(probes) == 3 * 8 * 25 == len(set(everything))
    assert set(everything) == {
        probes.example(t, i, j, a) for t, a in probes.cells for i, j in probes.pairs
    }


@pytest.mark.parametrize("n", [7, 40, 101, 333])
def test_draws_are_even_over_templates_attributes_and_pairs(n: int):
    drawn = some_probes().examples(n, 3)
    assert len(set(drawn)) == n
    for of, there in (("template", 4), ("attribute", 10)):
        counts = Counter(getattr(example, of) for example in drawn)
        assert max(counts.values()) <= -(-n // there) + 1
        assert len(counts) == min(n, there)
    pairs = Counter((example.first.text, example.second.text) for example in drawn)
    assert max(pairs.values()) <= -(-n // 36)


def test_a_seed_gives_the_same_draws_and_another_seed_others():
    probes = some_probes()
    assert probes.examples(50, 1) == probes.examples(50, 1)
    assert probes.examples(50, 1) != probes.examples(50, 2)
    assert probes.examples(20, 1) == probes.examples(50, 1)[:20]
    assert probes.examples(0, 1) == []
