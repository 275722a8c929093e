"""The question that asks an instruct model to reword one span of an ad.

A short chat of made-up examples comes first and is the same for every span, token by token, so
its keys and values are computed once. The examples show what a rewording may be: another tone or
construction, every fact kept. Spans are encoded as plain text: an ad can't close a turn of the
chat. Nothing here knows people, groups or what a rewording is worth.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from evenhand.errors import ModelError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_TEXTS: dict[str, Any] = tomllib.loads(
    (files("evenhand.generate") / "texts.toml").read_text(encoding="utf-8")
)
INSTRUCTION: str = _TEXTS["instruction"]
EXAMPLES = tuple((str(span), str(reworded)) for span, reworded in _TEXTS["examples"])
PLAIN_SENTENCES = tuple(map(str, _TEXTS["plain_sentences"]))
"""What pooled states of any ad sentence look like, for ``judge``."""
_MARK = "\u241fspan\u241f"


class RewordingPrompts:
    """Builds prompts for one tokenizer, by its chat template or else as a plain transcript.

    ``prefix_ids`` are the tokens that every prompt begins with.
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
