"""Answers and options in the vocabulary of the bundled language model; no weights are read."""

from __future__ import annotations

from typing import Any

import pytest

from evenhand.errors import ModelError
from evenhand.generate.model import find_language_model
from evenhand.mitigate.kept import Choice, evidence_choices, fact_choices, load_facts
from evenhand.mitigate.states import subject_tokens


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    try:
        folder = find_language_model("smollm2-135m-instruct")
    except ModelError as missing:
        pytest.skip(str(missing))
    return AutoTokenizer.from_pretrained(folder)


def test_every_answer_and_option_reads_back_from_its_tokens(tokenizer: Any) -> None:
    facts = load_facts()
    texts = {fact.answer for fact in facts}
    for choice in (*evidence_choices("train", 160), *evidence_choices("evaluation", 160)):
        texts.update(choice.options)
    for choice in fact_choices(facts):
        texts.update(choice.options)
    for text in sorted(texts):
        tokens = subject_tokens(tokenizer, text, " ")
        assert len(tokens) > 0
        assert tokenizer.unk_token_id not in tokens or tokenizer.decode(tokens) == f" {text}"
        assert tokenizer.decode(tokens) == f" {text}"
        assert tokenizer.decode(tokens[:1]).strip(), f"{text}: its first token is a mere space"


@pytest.mark.parametrize("part", ["train", "evaluation"])
def test_enough_choices_have_options_that_begin_differently(tokenizer: Any, part: Any) -> None:
    def apart(choice: Choice) -> bool:
        firsts = [subject_tokens(tokenizer, option, " ")[0] for option in choice.options]
        return len(set(firsts)) == len(firsts)

    evidence = [choice for choice in evidence_choices(part, 160) if apart(choice)]
    facts = [choice for choice in fact_choices(load_facts(part)) if apart(choice)]
    assert len(evidence) >= 500
    assert len(facts) >= 300
