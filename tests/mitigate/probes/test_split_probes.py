"""A split shares no template, subject or attribute, and keeps clusters in balance."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evenhand.errors import BadInput
from evenhand.mitigate.probes import (
    HIRING,
    KINDS,
    Attribute,
    ProbeSet,
    Subject,
    Template,
    probe_set,
    split,
)


def assert_apart(one: ProbeSet, two: ProbeSet) -> None:
    assert not {t.context for t in one.templates} & {t.context for t in two.templates}
    assert not {s.text for s in one.subjects} & {s.text for s in two.subjects}
    assert not {a.text for a in one.attributes} & {a.text for a in two.attributes}
    assert not {a.id for a in one.attributes} & {a.id for a in two.attributes}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", HIRING)
def test_nothing_is_shared(kind: str, seed: int):
    probes = probe_set(kind)
    train, test = split(probes, seed)
    assert_apart(train, test)
    for of in ("templates", "subjects", "attributes"):
        both = [*getattr(train, of), *getattr(test, of)]
        assert sorted(both, key=repr) == sorted(getattr(probes, of), key=repr)
        assert 0.3 <= len(getattr(test, of)) / len(both) <= 0.5
    for cluster, count in Counter(one.cluster for one in probes.subjects).items():
        if count > 1:
            held = sum(one.cluster == cluster for one in test.subjects)
            assert held == round(0.4 * count)


@pytest.mark.real_data
@pytest.mark.parametrize("form", ["qa", "lm"])
@pytest.mark.parametrize("kind", KINDS["unqover"])
def test_published_sets_can_be_split(shared_data: Path, kind: str, form):
    folder = shared_data / "probes" / "unqover" / "word_lists"
    if not folder.is_dir():
        pytest.skip(f"no UnQover word lists at {folder}; set EVENHAND_SHARED to run this test")
    for seed in range(5):
        train, test = split(probe_set(kind, "unqover", folder, form), seed)
        assert_apart(train, test)
        assert len(test) > 500


def test_a_seed_gives_the_same_split_and_another_seed_another():
    probes = probe_set("religion")
    assert split(probes, 1) == split(probes, 1)
    assert split(probes, 1) != split(probes, 2)


def tiny(contexts: list[str], attributes: list[str]) -> ProbeSet:
    return ProbeSet(
        "ethnicity",
        tuple(
            Template(f"t.{n}", text, "Who [p_act]?", "Who [p_act:neg]?")
            for n, text in enumerate(contexts)
        ),
        tuple(Subject(name, name) for name in "ABCDEF"),
        tuple(
            Attribute(f"c.{n}", "p_act", text, f"not {text}", text, f"not {text}")
            for n, text in enumerate(attributes)
        ),
    )


def test_twins_stay_together():
    said = [f"A [subj1] {who} {verb} a [subj2] {who}." for verb in ("met", "saw", "heard", "left")
            for who in ("man", "woman")]  # fmt: skip
    for seed in range(10):
        train, test = split(tiny(said, ["x", "y", "y", "z"]), seed)
        verbs = [{t.context.split()[3] for t in side.templates} for side in (train, test)]
        assert not verbs[0] & verbs[1]
        assert len(train.templates) % 2 == len(test.templates) % 2 == 0
        assert_apart(train, test)


def test_what_cannot_be_split_is_refused():
    with pytest.raises(BadInput, match="too few to split"):
        split(tiny(["[subj1] met [subj2]."], ["x", "y"]), 0)
    for share in (0.0, 1.0, -1.0, float("nan")):
        with pytest.raises(BadInput, match="isn't between 0 and 1"):
            split(probe_set("age"), 0, share)
