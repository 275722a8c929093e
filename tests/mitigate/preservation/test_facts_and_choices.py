"""Facts and choices: parts that don't overlap, balance, counts, and files that are wrong."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evenhand.errors import BadInput, RecordError
from evenhand.mitigate.kept import choice_parts, evidence_choices, fact_choices, load_facts


def test_there_are_enough_facts_of_enough_relations() -> None:
    evaluation, train = load_facts("evaluation"), load_facts("train")
    assert len(evaluation) >= 700
    assert len(train) >= 500
    assert len({fact.relation for fact in evaluation}) >= 12


def test_no_subject_is_in_both_parts() -> None:
    train = {fact.subject.casefold() for fact in load_facts("train")}
    assert not train & {fact.subject.casefold() for fact in load_facts("evaluation")}


def test_prefixes_and_ids_are_unique_and_end_without_space() -> None:
    facts = load_facts()
    assert len({fact.prefix for fact in facts}) == len({fact.id for fact in facts}) == len(facts)
    assert all(fact.prefix == fact.prefix.strip() for fact in facts)


def test_people_nationalities_and_religions_are_asked_for() -> None:
    counts = Counter(fact.relation for fact in load_facts("evaluation"))
    for relation in ("name_completed", "nationality_of_person", "demonym", "religion"):
        assert counts[relation] >= 15


@pytest.mark.parametrize(
    "text",
    [
        "a = b\n",
        "relation: x\na = b\n",
        "relation: x\nframe: no slot\n",
        "relation: x\nframe: {}\na b\n",
    ],
)
def test_a_malformed_file_names_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.txt").write_text(text)
    with pytest.raises(RecordError, match=rf"bad\.txt:{text.count(chr(10))}"):
        load_facts(folder=tmp_path)


def test_repeated_facts_are_refused(tmp_path: Path) -> None:
    (tmp_path / "twice.txt").write_text("relation: x\nframe: {} is\na = b; a = c\n")
    with pytest.raises(RecordError, match=r"x\.002 repeats"):
        load_facts(folder=tmp_path)


def test_parts_of_choices_share_nothing() -> None:
    train, evaluation = choice_parts("train"), choice_parts("evaluation")
    assert len(train.templates) + len(evaluation.templates) >= 20
    assert not set(train.templates) & set(evaluation.templates)
    assert not set(train.predicates) & set(evaluation.predicates)
    for kind, subjects in train.subjects.items():
        assert not set(subjects) & set(evaluation.subjects[kind])


def test_always_the_same_person_or_the_first_is_worth_chance() -> None:
    choices = evidence_choices("evaluation", 160)
    assert len(choices) >= 600
    for group in {choice.group for choice in choices}:
        members = [choice for choice in choices if choice.group == group]
        assert len(set(Counter(choice.right for choice in members).values())) == 1
        said_first = [
            min(choice.options, key=choice.prompt.index) == choice.options[choice.right]
            for choice in members
        ]
        assert sum(said_first) * len(members[0].options) == len(members)


def test_choices_repeat_with_their_seed_only() -> None:
    assert evidence_choices("train", 9, seed=1) == evidence_choices("train", 9, seed=1)
    assert evidence_choices("train", 9, seed=1) != evidence_choices("train", 9, seed=2)


def test_fact_choices_have_four_different_options_and_no_favoured_place() -> None:
    choices = fact_choices(load_facts("evaluation"))
    assert len(choices) >= 600
    assert all(len(set(choice.options)) == 4 for choice in choices)
    places = Counter(choice.right for choice in choices)
    assert max(places.values()) < 0.35 * len(choices)


def test_bad_numbers_and_files_of_choices(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="1 or more"):
        evidence_choices("train", 0)
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    with pytest.raises(RecordError, match="lacks a part"):
        choice_parts("train", bad)
    bad.write_text("{")
    with pytest.raises(RecordError, match="is no JSON"):
        choice_parts("train", bad)
