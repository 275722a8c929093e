"""Answer states: what a causal model knows at the place of the answer, kept for many systems.

A mitigation changes the output head's logits and nothing before it, so the states that enter the
head are computed once and every system is measured on them. Numbers are float32. Not a
mitigation, and no text is kept.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput, StorageError, boundary
from evenhand.generate.abilities import no_numbers, plain_head
from evenhand.generate.context import Context, padded, reading
from evenhand.generate.regulator import unembedding_of
from evenhand.mitigate.mentions import likeliest
from evenhand.mitigate.scoring.saved import SavedStates
from evenhand.mitigate.scoring.tree import NODES, Progress, Tokens, last_states
from evenhand.records.files import atomic_path

CHUNK = 128
"""States whose logits are held at once."""


@dataclass
class AnswerStates:
    """One row a prompt; an example has four rows, one after the other.

    Attributes:
        hidden: Input of the output head at the answer's place, float32, ``(n, h)``.
        top_logprobs: Log-probabilities of k tokens (see ``mentions.likeliest``), descending,
            ``(n, k)``.
        top_ids: Their token ids, ``(n, k)``.
        choice_ids: First token of each of two choices; -1 where none was asked, ``(n, 2)``.
        choice_logprobs: Log-probability of that token over the whole vocabulary; 0 where
            none was asked, ``(n, 2)``.
        context: Tokens read before each state, int32, -1 where there is none, ``(n, T)``; for
            masked models the whole text.
    """

    hidden: Tensor
    top_logprobs: Tensor
    top_ids: Tensor
    choice_ids: Tensor
    choice_logprobs: Tensor
    context: Tensor

    def __len__(self) -> int:
        return len(self.hidden)

    def rows(self, chosen: Tensor) -> AnswerStates:
        """The rows of the given indices (or of a mask)."""
        return AnswerStates(*(getattr(self, part.name)[chosen] for part in fields(self)))

    def save(self, path: Path) -> None:
        """Write safetensors.

        Raises:
            StorageError: The file can't be written.
        """
        parts = {part.name: getattr(self, part.name).contiguous().cpu() for part in fields(self)}
        with boundary(StorageError, f"writing {path}"), atomic_path(path) as written:
            save_file(parts, written)

    @classmethod
    def load(cls, path: Path) -> AnswerStates:
        """Read what ``save`` wrote.

        Raises:
            StorageError: The file is missing or holds something else.
        """
        try:
            parts = load_file(path)
            return cls(**{part.name: parts[part.name] for part in fields(cls)})
        except (OSError, SafetensorError, KeyError) as cause:
            raise StorageError(
                f"{path}: holds no answer states ({cause}); compute them again"
            ) from cause


def answer_states(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    prompts: Sequence[str],
    choices: Sequence[tuple[str, str]] | None = None,
    *,
    top_k: int = 64,
    lead: str = " ",
    nodes: int = NODES,
    words: Tensor | None = None,
    progress: Progress | None = None,
    saved: Path | None = None,
) -> AnswerStates:
    """States at the end of every prompt, through the model's output head as it is.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Rendered prompts, in any order; equal ones cost nothing.
        choices: Two words a prompt; only the first token of each is looked at.
        top_k: Tokens kept.
        words: The word of each token (``mentions.token_words``): a quarter of what is kept are
            tokens that the prompt mentions; the likeliest alone without.
        lead: What stands between prompt and choice (see ``prompts.lead``).
        nodes: Tokens computed at once.
        progress: Told prompts done and prompts in all.
        saved: A file where states are saved as they come, and gone on from.

    Raises:
        BadInput: ``top_k`` exceeds the vocabulary, or a choice has no tokens.
        ModelError: The model gave logits that are no numbers, or isn't of a usable kind.
    """
    head = plain_head(model)
    texts = encode_prompts(tokenizer, prompts)
    chosen = torch.full((len(texts), 2), -1, dtype=torch.long)
    if choices is not None:
        firsts = [[subject_tokens(tokenizer, s, lead)[0] for s in pair] for pair in choices]
        chosen = torch.tensor(firsts, dtype=torch.long).reshape(-1, 2)
    found = SavedStates(saved, [nodes, texts], len(texts), state_width(model))
    ones, known = [1] * len(texts), found.known
    told = None if progress is None else lambda done, total: progress(known + done, total)
    for states, members in last_states(
        model, texts, ones, nodes=nodes, progress=told, skip=found.parts
    ):
        rows = [ends[0] for _, ends in members]
        found.add([index for index, _ in members], states[rows])
    hidden = found.hidden
    tops, ids, choice_logprobs = [], [], []
    read = padded(texts)
    for part, wanted, before in zip(
        hidden.split(CHUNK), chosen.split(CHUNK), read.split(CHUNK), strict=True
    ):
        logprobs = head_logprobs(head, part.to(model.device), before).cpu()
        require_vocabulary(top_k, logprobs.shape[-1])
        top_ids = likeliest(logprobs, top_k, before, words)
        tops.append(logprobs.gather(1, top_ids))
        ids.append(top_ids)
        at_choices = logprobs.gather(1, wanted.clamp_min(0))
        choice_logprobs.append(at_choices.masked_fill(wanted < 0, 0.0))
    if not tops:
        return _empty(hidden, top_k)
    return AnswerStates(
        hidden, torch.cat(tops), torch.cat(ids), chosen, torch.cat(choice_logprobs), read
    )


def encode_prompts(tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str]) -> list[Tokens]:
    """Token ids of prompts, with the model's own start token unless the text holds it.

    Raises:
        BadInput: A prompt has no tokens; its position is named, not its text.
    """
    if not prompts:
        return []
    start = str(tokenizer.bos_token or "")
    starts = bool(start) and prompts[0].startswith(start)
    rows = tokenizer(list(prompts), add_special_tokens=not starts)["input_ids"]
    end = tokenizer.eos_token_id
    found = [tuple(row[:-1] if len(row) > 1 and row[-1] == end else row) for row in rows]
    for place, row in enumerate(found):
        if not row:
            raise BadInput(f"prompt {place + 1} has no tokens; give it a context or a question")
    return found


@functools.lru_cache(maxsize=4096)
def subject_tokens(tokenizer: PreTrainedTokenizerBase, text: str, lead: str) -> Tokens:
    """Tokens of ``text`` as it continues a prompt.

    Raises:
        BadInput: It has none, or the vocabulary doesn't know them.
    """
    anchor = ":" if lead else "\n"
    before = tokenizer(anchor, add_special_tokens=False)["input_ids"]
    both = tokenizer(anchor + lead + text, add_special_tokens=False)["input_ids"]
    if both[: len(before)] == before:
        found = tuple(both[len(before) :])
    else:
        found = tuple(tokenizer(lead + text, add_special_tokens=False)["input_ids"])
    if not text.strip() or not found:
        raise BadInput(f"the subject {text!r} has no tokens; remove it from the subjects")
    unknown = tokenizer.unk_token_id
    if unknown is not None and unknown != tokenizer.eos_token_id and unknown in found:
        raise BadInput(
            f"the subject {text!r} is not in the model's vocabulary; remove it from the subjects"
        )
    return found


@torch.no_grad()
def head_logprobs(head: torch.nn.Module, states: Tensor, context: Tensor | None = None) -> Tensor:
    """Log-probabilities over the vocabulary, float32, ``(n, vocabulary)``.

    Args:
        head: An output head, regulated or not.
        states: ``(n, h)``.
        context: What was read before each, ``(n, T)``; only some regulators ask.

    Raises:
        ModelError: They are no numbers.
    """
    with reading(head, None if context is None else Context(context.to(states.device))):
        logits = head(states.to(next(iter(head.parameters())).dtype)).float()
    total = logits.logsumexp(dim=-1, keepdim=True)
    if not bool(torch.isfinite(total).all()):
        raise no_numbers()
    return logits - total


def require_vocabulary(top_k: int, vocabulary: int) -> None:
    """Raise BadInput unless ``top_k`` tokens can be taken."""
    if not 1 <= top_k <= vocabulary:
        raise BadInput(
            f"top_k is {top_k}, but the model's vocabulary has {vocabulary} tokens; choose a "
            "number between 1 and that"
        )


def state_width(model: PreTrainedModel) -> int:
    """Numbers in a state."""
    return unembedding_of(model).shape[1]


def _empty(hidden: Tensor, top_k: int) -> AnswerStates:
    ids = torch.empty((0, top_k), dtype=torch.long)
    two = torch.empty((0, 2))
    return AnswerStates(hidden, ids.float(), ids, two.long(), two, padded([]))
