"""The sets on the bundled language model (a sample) and on prose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from evenhand.errors import BadInput, ModelError
from evenhand.generate.model import find_language_model, load_language_model
from evenhand.mitigate import kept as prose
from evenhand.mitigate.kept import fact_rows, load_facts, prose_states
from evenhand.mitigate.states import encode_prompts
from lab.controls import Uniform

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PROSE = ("The office opens at nine and closes at five.", "She has led the team for ten years.")


@pytest.fixture(scope="module")
def small() -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    try:
        folder = find_language_model("smollm2-135m-instruct")
    except ModelError as missing:
        pytest.skip(str(missing))
    return load_language_model(folder)


def perplexity(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, texts) -> float:
    """Of the model as it is, with a regulator in its head where there is one."""
    surprises = []
    for row in encode_prompts(tokenizer, texts):
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([row])).logits[0, :-1]
        chosen = logits.double().log_softmax(-1).gather(1, torch.tensor(row[1:])[:, None])
        surprises.append(-chosen[:, 0])
    return float(torch.cat(surprises).mean().exp())


def test_facts_are_known_well_above_chance(
    small: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> None:
    capitals = [fact for fact in load_facts("evaluation") if fact.relation == "capital"][:12]
    rows = fact_rows(*small, capitals, top_k=8)
    assert float((rows.states.top_ids[:, :1] == rows.token_ids).double().mean()) > 0.5
    assert torch.allclose(rows.logprobs(rows.states.top_logprobs), rows.token_logprobs, atol=1e-5)


def test_perplexity_from_rows_is_the_models_own(
    small: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> None:
    rows = prose_states(*small, PROSE, positions_per_text=100, top_k=8)
    cached = float((-rows.token_logprobs.double()).mean().exp())
    assert perplexity(*small, PROSE) == pytest.approx(cached, rel=1e-4)
    assert bool((rows.states.choice_ids == -1).all())


def test_rows_give_the_perplexity_of_a_regulated_model(
    small: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> None:
    from evenhand.generate.regulator import install, remove
    from evenhand.mitigate.layer import moved_logprobs

    rows = prose_states(*small, PROSE, positions_per_text=100, top_k=8)
    even = -rows.logprobs(moved_logprobs(rows.states, Uniform(8))).double().mean()
    install(small[0], Uniform(8), top_k=8)
    try:
        assert perplexity(*small, PROSE) == pytest.approx(float(even.exp()), rel=1e-4)
    finally:
        remove(small[0])


def test_prose_without_words_is_refused(
    small: tuple[PreTrainedModel, PreTrainedTokenizerBase],
) -> None:
    with pytest.raises(BadInput, match="no text"):
        prose_states(*small, ["", "a"], positions_per_text=1)
    with pytest.raises(BadInput, match="1 or more"):
        prose_states(*small, PROSE, positions_per_text=0)


def test_prose_is_read_in_batches_and_told(
    small: tuple[PreTrainedModel, PreTrainedTokenizerBase], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [*PROSE, "He is there.", PROSE[0].replace("nine", "seven")]
    told: list[tuple[str, int, int]] = []
    together = prose_states(*small, texts, 3, top_k=8, progress=lambda *step: told.append(step))
    assert told == [("prose", 0, 4), ("prose", 4, 4)]
    monkeypatch.setattr(prose, "AT_ONCE", 1)
    alone = prose_states(*small, texts, 3, top_k=8, progress=lambda *step: told.append(step))
    assert told[2:] == [("prose", done, 4) for done in range(5)]
    assert torch.equal(together.token_ids, alone.token_ids)
    assert torch.equal(together.states.context, alone.states.context)
    assert torch.allclose(together.token_logprobs, alone.token_logprobs, atol=1e-3)
