"""A causal model opened for measuring, and the answer states that a layer is trained on.

Probes give four rows an example; places to keep are facts, choices with evidence and prose. The
base model runs here and nowhere else in a mitigation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.config.schema import MitigateConfig
from evenhand.errors import BadInput
from evenhand.generate.context import stacked
from evenhand.generate.regulator import unembedding_of
from evenhand.generate.weights import find_language_model, load_language_model
from evenhand.mitigate.layer.settings import usable_examples
from evenhand.mitigate.mentions import token_words
from evenhand.mitigate.preservation.choices import Choice, evidence_choices, fact_choices
from evenhand.mitigate.preservation.facts import Part, load_facts
from evenhand.mitigate.preservation.prose import prose_states
from evenhand.mitigate.preservation.rows import Rows, choice_rows, fact_rows
from evenhand.mitigate.probes.types import Example, Prompt
from evenhand.mitigate.scoring.prompts import Form, lead, render
from evenhand.mitigate.scoring.states import AnswerStates, answer_states
from evenhand.mitigate.scoring.tree import staged
from evenhand.records.pace import Progress

PROMPTS = 4
_ASKED = re.compile(r"(?P<context>.+[.!]) (?P<question>[^.!?]+\?) Answer: (?P<begun>.+)")
_KEPT = ("facts", "choices")
GROUPS = 160
"""Groups of questions with evidence, of four to six items each."""


@dataclass(frozen=True)
class Opened:
    """A causal model with its tokenizer, in float32."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase

    @property
    def unembedding(self) -> Tensor:
        """The output embedding, ``(vocabulary, h)``."""
        return unembedding_of(self.model).detach().float().cpu()

    @property
    def words(self) -> Tensor:
        """The word of each token, ``(vocabulary,)``."""
        return token_words(self.tokenizer, len(self.unembedding))


def open_model(name: str, device: str = "cpu") -> Opened:
    """A causal model by name, for measuring: float32, no dropout.

    Raises:
        ModelError: Weights or libraries are missing.
    """
    return Opened(*load_language_model(find_language_model(name), "float32", device))


def states_of(
    opened: Opened,
    examples: Sequence[Example],
    config: MitigateConfig,
    progress: Progress | None = None,
    saved: Path | None = None,
) -> AnswerStates:
    """Answer states of examples, four rows each; ``saved`` as in ``answer_states``."""
    prompts = [render(p, config.form, opened.tokenizer) for one in examples for p in one.prompts]
    choices = [one.choices for one in examples for _ in one.prompts]
    return answer_states(
        opened.model,
        opened.tokenizer,
        prompts,
        choices,
        top_k=config.top_k,
        lead=lead(config.form),
        words=opened.words,
        progress=staged(progress, "probes"),
        saved=saved,
    )


def usable_rows(states: AnswerStates) -> AnswerStates:
    """The rows of examples whose two subjects begin with different tokens."""
    return states.rows(torch.from_numpy(np.repeat(usable_examples(states), PROMPTS)))


def kept_parts(
    opened: Opened,
    part: Part,
    top_k: int,
    form: Form,
    saved: Path | None = None,
    progress: Progress | None = None,
) -> tuple[Rows, Rows]:
    """Facts, and choices, of one part; ``saved`` is a folder for what ``answer_states`` saves.

    Choices with evidence are asked twice: plainly, and in the form of the probes, so that a layer
    can't tell where to act by the form alone. Choices among facts come in their own form.
    """
    facts = load_facts(part)
    evidence = evidence_choices(part, GROUPS)
    alike = [as_asked(one, form, opened.tokenizer) for one in evidence]
    choices = (*evidence, *alike, *fact_choices(facts))
    given = (opened.model, opened.tokenizer)
    kept: Any = {"top_k": top_k, "words": opened.words}
    files = [None if saved is None else saved / f"{name}.safetensors" for name in _KEPT]
    return (
        fact_rows(*given, facts, **kept, saved=files[0], progress=staged(progress, "facts")),
        choice_rows(*given, choices, **kept, saved=files[1], progress=staged(progress, "choices")),
    )


def as_asked(
    choice: Choice, form: Form, tokenizer: PreTrainedTokenizerBase, *, begun: bool = True
) -> Choice:
    """A choice with evidence in the form of the probes.

    Args:
        choice: Of ``evidence_choices``.
        form: How probes are put.
        tokenizer: For the chat form.
        begun: Whether the answer is begun as before.

    Raises:
        BadInput: The choice isn't a context, a question and a begun answer.
    """
    parts = _ASKED.fullmatch(choice.prompt)
    if parts is None:
        raise BadInput(f"{choice.id}: isn't a context, a question and the beginning of an answer")
    asked = render(Prompt(parts["context"], parts["question"]), form, tokenizer)
    said = f"{lead(form)}{parts['begun']}" if begun else ""
    return replace(choice, id=f"{choice.id}.{form}", prompt=f"{asked}{said}")


def keep_states(
    opened: Opened,
    prose: Sequence[str],
    config: MitigateConfig,
    seed: int,
    progress: Progress | None = None,
    saved: Path | None = None,
) -> AnswerStates:
    """Places where the model should stay as it is, of the training part.

    Args:
        opened: The base model.
        prose: Texts, one or more; the first ``keep_rows`` of them are read.
        config: k, and how many places of prose.
        seed: Of the places.
        progress: Called as ``progress(stage, done, total)``.
        saved: A folder where states are saved as they come, and gone on from.
    """
    facts, choices = kept_parts(opened, "train", config.top_k, config.form, saved, progress)
    read = prose[: config.keep_rows]
    each = -(-config.keep_rows // len(read))
    rows = prose_states(
        opened.model,
        opened.tokenizer,
        read,
        each,
        seed,
        config.top_k,
        words=opened.words,
        saved=None if saved is None else saved / "prose.safetensors",
        progress=progress,
    )
    return joined([facts.states, choices.states, rows.states])


def joined(parts: Sequence[AnswerStates]) -> AnswerStates:
    """Answer states one after the other."""
    names = ("hidden", "top_logprobs", "top_ids", "choice_ids", "choice_logprobs")
    return AnswerStates(
        **{name: torch.cat([getattr(part, name) for part in parts]) for name in names},
        context=stacked([part.context for part in parts]),
    )
