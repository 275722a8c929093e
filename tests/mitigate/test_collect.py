"""What a layer is trained on: choices in the probes' form, usable rows, parts put together."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch

from evenhand.config.schema import MitigateConfig
from evenhand.errors import BadInput
from evenhand.mitigate import train as collect
from evenhand.mitigate.kept import Choice, evidence_choices
from evenhand.mitigate.train import Opened, as_asked, joined, keep_states, usable_rows

from .layer import layer_fakes

NO_TOKENIZER: Any = None
CHOICE = Choice(
    "train.0001.0",
    "name",
    "train.0001",
    "Ann sang the song. Bo cut the bread. Who cut the bread? Answer: The bread was cut by",
    ("Ann", "Bo"),
    1,
)


def test_a_choice_is_asked_in_the_shown_form_with_its_answer_begun():
    asked = as_asked(CHOICE, "shown", NO_TOKENIZER)
    assert asked.prompt.endswith(
        "\n\nText: Ann sang the song. Bo cut the bread.\nQuestion: Who cut the bread?\n"
        "Answer: The bread was cut by"
    )
    assert asked.prompt.count("Answer: ") == 3
    assert asked.id == "train.0001.0.shown"
    assert (asked.options, asked.right, asked.group) == (("Ann", "Bo"), 1, "train.0001")


def test_the_answer_form_is_its_own():
    asked = as_asked(CHOICE, "answer", NO_TOKENIZER)
    assert asked.prompt == CHOICE.prompt
    assert asked.id == "train.0001.0.answer"


@pytest.mark.parametrize("part", ["train", "evaluation"])
def test_every_bundled_choice_can_be_asked_so(part):
    for choice in evidence_choices(part, 120):
        asked = as_asked(choice, "shown", NO_TOKENIZER).prompt
        begun = choice.prompt.partition(" Answer: ")[2]
        assert asked.endswith(f"?\nAnswer: {begun}")
        assert not asked.endswith(" ")


@pytest.mark.parametrize("prompt", ["The capital of France is", "Ann sang. Answer: Sung by", ""])
def test_a_choice_without_a_question_is_refused_by_its_id_alone(prompt):
    other = Choice("capital.001.choice", "capital", "g", prompt, ("Paris", "Rome"), 0)
    with pytest.raises(BadInput) as refused:
        as_asked(other, "shown", NO_TOKENIZER)
    assert str(refused.value).startswith("capital.001.choice: isn't a context")
    assert not prompt or prompt not in str(refused.value)


def test_rows_of_subjects_that_begin_alike_or_with_nothing_are_left_out():
    states = layer_fakes.probe_states(6)
    states.choice_ids[4:8, 1] = states.choice_ids[4:8, 0]
    states.choice_ids[14, 0] = -1
    left = usable_rows(states)
    kept = [0, 1, 2, 3, *range(8, 12), *range(16, 24)]
    assert torch.equal(left.hidden, states.hidden[kept])
    assert torch.equal(left.choice_logprobs, states.choice_logprobs[kept])


def test_parts_stand_one_after_the_other():
    parts = [layer_fakes.keep_states(rows, seed=rows) for rows in (3, 5)]
    whole = joined(parts)
    assert len(whole) == 8
    for name in ("hidden", "top_logprobs", "top_ids", "choice_ids", "choice_logprobs"):
        assert torch.equal(getattr(whole, name)[:3], getattr(parts[0], name)), name
        assert torch.equal(getattr(whole, name)[3:], getattr(parts[1], name)), name


@pytest.mark.parametrize(("rows", "read", "each"), [(20, 20, 1), (30, 30, 1), (31, 30, 2)])
def test_prose_gives_no_more_places_than_asked_for_but_for_rounding(monkeypatch, rows, read, each):
    given: list[tuple[int, int]] = []

    def places(_model, _tokenizer, texts, positions, _seed, _top_k, words, saved, progress):
        given.append((len(texts), positions))
        return SimpleNamespace(states=layer_fakes.keep_states(4))

    parts = [SimpleNamespace(states=layer_fakes.keep_states(size)) for size in (2, 3)]
    monkeypatch.setattr(collect, "prose_states", places)
    monkeypatch.setattr(collect, "kept_parts", lambda *_: parts)
    monkeypatch.setattr(Opened, "words", None)
    opened = Opened(NO_TOKENIZER, NO_TOKENIZER)
    kept = keep_states(opened, ["a text"] * 30, MitigateConfig(keep_rows=rows), 0)
    assert given == [(read, each)]
    assert len(kept) == 9
