"""The question that asks an instruct model to reword one span of an ad.

A short chat of made-up examples comes first and is the same for every span, token by token, so
its keys and values are computed once. The examples show what a rewording may be: another tone or
construction, every fact kept. Spans are encoded as plain text: an ad can't close a turn of the
chat. Nothing here knows people, groups or what a rewording is worth.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evenhand.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

INSTRUCTION = "Reword each sentence and keep every fact."

EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "Our bakery was founded in 1998 and now runs 12 shops in Leeds and York.",
        "Our bakery was founded in 1998, and it now operates 12 shops in Leeds and York.",
    ),
    (
        "We offer flexible hours and a pension plan to everyone.",
        "We offer everyone flexible hours and a pension plan.",
    ),
    (
        "Plan, test, or repair heating systems for schools, hospitals, or private homes.",
        "You will plan, test, or fix heating systems for schools, hospitals, or private homes.",
    ),
    (
        "We are looking for a driver who knows the city and enjoys talking to customers.",
        "We are hoping to find a driver who knows the city and enjoys talking to customers.",
    ),
    (
        "Maintain accurate stock records and report shortages to the shift manager.",
        "You will keep accurate stock records and report shortages to the shift manager.",
    ),
)
"""Made-up spans with rewordings that the text gates let through (a test holds them to it). The
last ones sway a small model most."""

_MARK = "\u241fspan\u241f"


class RewordingPrompts:
    """Builds prompts for one tokenizer.

    Args:
        tokenizer: Of the model that will be asked; its chat template is used where it has one,
            a plain transcript where it hasn't.

    Attributes:
        prefix_ids: Tokens that every prompt begins with.

    Raises:
        ModelError: The chat template rewrites earlier turns, so that no prefix can be shared.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer: Any = tokenizer
        self._frame = _frame(tokenizer)
        self.prefix_ids = self._marked(self._frame.head)
        self._before = self._marked(self._frame.before)
        self._after = self._marked(self._frame.after)

    @property
    def digest(self) -> str:
        """Changes whenever the wording of prompts or their tokens change."""
        frame = self._frame
        parts = [frame.head, frame.before, frame.after, frame.answer, *self.prefix_ids]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    @property
    def prefix_text(self) -> str:
        """The shared prefix as text."""
        return self._frame.head

    def suffix_ids(self, text: str) -> tuple[int, ...]:
        """The tokens that ask for ``text``, after the shared prefix."""
        return self._before + self._plain(_one_line(text)) + self._after

    def prompt_ids(self, text: str) -> tuple[int, ...]:
        """The whole question that asks to reword ``text``."""
        return self.prefix_ids + self.suffix_ids(text)

    def prompt_text(self, text: str) -> str:
        """The whole question as text, for generators that take no token ids.

        Special tokens spelled out in ``text`` are broken up, so they stay text.
        """
        for token in self._tokenizer.all_special_tokens:
            text = text.replace(token, " ".join(token))
        frame = self._frame
        return frame.head + frame.before + _one_line(text) + frame.after

    def answer_ids(self, text: str) -> tuple[int, ...]:
        """``text`` as the model would answer it, end token included."""
        end = self._tokenizer.eos_token_id
        if end is None:
            raise ModelError("the tokenizer has no end token; use an instruct model")
        return (*self._plain(self._frame.answer + _one_line(text)), int(end))

    def _marked(self, text: str) -> tuple[int, ...]:
        """Tokens of our own text, in which special tokens count."""
        return tuple(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def _plain(self, text: str) -> tuple[int, ...]:
        """Tokens of somebody else's text, in which nothing is special."""
        encoded = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True)
        return tuple(encoded["input_ids"])


@dataclass(frozen=True, slots=True)
class _Frame:
    """Text around a span: the shared head, what stands before and after it.

    ``answer`` is what an answer begins with when it continues ``after``.
    """

    head: str
    before: str
    after: str
    answer: str


def _one_line(text: str) -> str:
    """White space in a row becomes one blank: a completion ends at a line break."""
    return " ".join(text.split())


def _frame(tokenizer: PreTrainedTokenizerBase) -> _Frame:
    if tokenizer.chat_template is None:
        shown = [f"Sentence: {before}\nReworded: {after}" for before, after in EXAMPLES]
        return _Frame("\n\n".join([INSTRUCTION, *shown]), "\n\nSentence: ", "\nReworded:", " ")
    turns = [{"role": "system", "content": INSTRUCTION}]
    for before, after in EXAMPLES:
        turns += [{"role": "user", "content": before}, {"role": "assistant", "content": after}]
    asked = [*turns, {"role": "user", "content": _MARK}]
    head = str(tokenizer.apply_chat_template(turns, tokenize=False))
    whole = str(tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True))
    if not whole.startswith(head) or whole.count(_MARK) != 1:
        raise ModelError(
            "the chat template of this language model changes earlier turns, so prompts can't "
            "share a prefix; use a model with a plain template such as SmolLM2-Instruct"
        )
    before, _, after = whole[len(head) :].partition(_MARK)
    return _Frame(head, before, after, "")
