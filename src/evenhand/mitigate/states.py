"""Answer states: what a causal model knows at the place of the answer, kept for many systems.

A mitigation changes the output head's logits and nothing before it, so the states that enter the
head are computed once and every system is measured on them.

Prompts of a probe share beginnings: a fixed introduction, a context under many attributes, a
question under its negation. Their tokens are laid out as a prefix tree, node after node, in one
row; each node attends to its ancestors alone and stands at its depth, so its state is what it
would be in a row of its own, without padding. What all texts share is computed before, once, and
its keys and values are kept. Models that can't take such a mask get plain rows, padded on the
right.

With a state stand the tokens that may be moved: the likeliest, and the likeliest of those that the
text mentions. Two subjects that a text leaves open both stand in it; tokens merely like them don't.
Tokens count as the same word whatever the space before them; case tells names from words ("White"
from "white"), and a word of several tokens is known by its first one. Numbers are float32; no text
is kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput, ModelError, StorageError, boundary
from evenhand.generate.prefix import (
    no_numbers,
    plain_head,
    reads_fast,
    require_room,
    whole_texts,
)
from evenhand.generate.regulator import Context, padded, reading, unembedding_of, with_cache
from evenhand.records.files import atomic_path, digest_of
from evenhand.records.outputs import Pace

Tokens = tuple[int, ...]
Told = Callable[[int, int], None]
"""Told what is done and what there is in all."""
Parts = Iterator[tuple[Tensor, list[tuple[int, list[int]]]]]
"""States ``(m, h)`` and, of every text of the part, its index and its rows in them."""
NONE = -1
"""No token."""
CHUNK = 128
"""States whose logits are held at once."""
NODES = 640
"""Nodes computed at once: more costs attention, fewer cost sharing."""
ROWS = 32
"""Rows at once where a model can't take trees."""
NUMBERS = 3
"""What is said of each candidate (see ``mention_features``)."""
_BEHIND = 1000.0
"""Nats by which tokens that weren't mentioned stand behind those that were."""
_CELLS = 1 << 25
"""Comparisons at once."""


@dataclass
class AnswerStates:
    """One row a prompt; an example has four rows, one after the other.

    Attributes:
        hidden: Input of the output head at the answer's place, float32, ``(n, h)``.
        top_logprobs: Log-probabilities of k tokens (see ``likeliest``), descending, ``(n, k)``.
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

    def logprobs(self, tokens: Tensor, base: Tensor, log_y: Tensor) -> Tensor:
        """Log-probabilities of ``tokens`` ``(n, m)`` under a system, ``(n, m)``.

        From those of the candidates under it, ``log_y`` ``(n, k)``; tokens outside keep the base's.
        """
        match = self.top_ids.unsqueeze(-1) == tokens.unsqueeze(1)
        inside = log_y.gather(-1, match.to(torch.int8).argmax(dim=1))
        return torch.where(match.any(dim=1), inside, base.to(log_y.dtype))

    def save(self, path: Path) -> None:
        """Write safetensors."""
        parts = {part.name: getattr(self, part.name).contiguous().cpu() for part in fields(self)}
        with boundary(StorageError, f"writing {path}"), atomic_path(path) as written:
            save_file(parts, written)

    @classmethod
    def load(cls, path: Path) -> AnswerStates:
        """Read what ``save`` wrote."""
        try:
            parts = load_file(path)
            return cls(**{part.name: parts[part.name] for part in fields(cls)})
        except (OSError, SafetensorError, KeyError) as cause:
            raise StorageError(
                f"{path}: holds no answer states ({cause}); compute them again"
            ) from cause

    @classmethod
    def without_choices(
        cls, hidden: Tensor, logprobs: Tensor, ids: Tensor, context: Tensor
    ) -> AnswerStates:
        """States at which no two choices were asked."""
        nobody = torch.full((len(hidden), 2), NONE, dtype=torch.long)
        return cls(hidden, logprobs, ids, nobody, torch.zeros(len(hidden), 2), context)


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
    progress: Told | None = None,
    saved: Path | None = None,
) -> AnswerStates:
    """States at the end of every prompt, through the model's output head as it is.

    Args:
        model: A causal language model.
        tokenizer: Its tokenizer.
        prompts: Rendered prompts, in any order; equal ones cost nothing.
        choices: Two words a prompt; only the first token of each is looked at.
        top_k: Tokens kept, a quarter of them mentioned in the prompt where ``words`` are given.
        lead: What stands between prompt and choice (see ``ask.lead``).
        nodes: Tokens computed at once.
        words: See ``token_words``.
        progress: Told prompts done and prompts in all.
        saved: A file where states are saved as they come, and gone on from.
    """
    texts = encode_prompts(tokenizer, prompts)
    hidden = end_states(model, texts, nodes=nodes, progress=progress, saved=saved)
    read = padded(texts)
    if choices is None:
        nothing = torch.zeros((len(texts), 1), dtype=torch.long)
        top, ids, _ = through_head(model, hidden, read, nothing, top_k, words)
        return AnswerStates.without_choices(hidden, top, ids, read)
    chosen = first_tokens(tokenizer, choices, lead)
    top, ids, found = through_head(model, hidden, read, chosen, top_k, words)
    return AnswerStates(hidden, top, ids, chosen, found, read)


def first_tokens(
    tokenizer: PreTrainedTokenizerBase, choices: Sequence[Sequence[str]], lead: str
) -> Tensor:
    """The first token of each of two words a prompt, ``(n, 2)``."""
    firsts = [[subject_tokens(tokenizer, word, lead)[0] for word in pair] for pair in choices]
    return torch.tensor(firsts, dtype=torch.long).reshape(-1, 2)


def end_states(
    model: PreTrainedModel,
    texts: Sequence[Tokens],
    *,
    nodes: int = NODES,
    progress: Told | None = None,
    saved: Path | None = None,
) -> Tensor:
    """The state at the end of each text, ``(n, h)``; see ``answer_states``."""
    plain_head(model)
    found = SavedStates(saved, [nodes, texts], len(texts), state_width(model))
    ones, known = [1] * len(texts), found.known
    told = None if progress is None else lambda done, total: progress(known + done, total)
    for states, members in last_states(
        model, texts, ones, nodes=nodes, progress=told, skip=found.parts
    ):
        rows = [ends[0] for _, ends in members]
        found.add([index for index, _ in members], states[rows])
    return found.hidden


def through_head(
    model: PreTrainedModel,
    hidden: Tensor,
    context: Tensor,
    wanted: Tensor,
    top_k: int,
    words: Tensor | None,
) -> tuple[Tensor, Tensor, Tensor]:
    """What the output head says at states.

    Returns:
        Log-probabilities of the candidates and their ids, ``(n, top_k)``; log-probabilities of
        the ``wanted`` tokens ``(n, m)``, 0 where none is.
    """
    head = plain_head(model)
    found: list[tuple[Tensor, Tensor, Tensor]] = []
    for states, read, tokens in zip(
        hidden.split(CHUNK), context.split(CHUNK), wanted.split(CHUNK), strict=True
    ):
        logprobs = head_logprobs(head, states.to(model.device), read).cpu()
        found.append(candidates(logprobs, read, tokens, top_k, words))
    top, ids, at_wanted = (torch.cat(part) for part in zip(*found, strict=True))
    return top, ids, at_wanted


def candidates(
    logprobs: Tensor, read: Tensor, wanted: Tensor, top_k: int, words: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    """What ``through_head`` gives, from log-probabilities over the vocabulary."""
    if not 1 <= top_k <= logprobs.shape[-1]:
        raise BadInput(
            f"top_k is {top_k}, but the model's vocabulary has {logprobs.shape[-1]} tokens; choose "
            "a number between 1 and that"
        )
    ids = likeliest(logprobs, top_k, read, words)
    at_wanted = logprobs.gather(1, wanted.clamp_min(0)).masked_fill(wanted == NONE, 0.0)
    return logprobs.gather(1, ids), ids, at_wanted


def encode_prompts(tokenizer: PreTrainedTokenizerBase, prompts: Sequence[str]) -> list[Tokens]:
    """Token ids of prompts, with the model's own start token unless the text holds it."""
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
    """Tokens of ``text`` as it continues a prompt; a BadInput where the vocabulary lacks them."""
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

    ``context`` is what was read before each state, ``(n, T)``; only some regulators ask.
    """
    with reading(head, None if context is None else Context(context.to(states.device))):
        logits = head(states.to(next(iter(head.parameters())).dtype)).float()
    total = logits.logsumexp(dim=-1, keepdim=True)
    if not bool(torch.isfinite(total).all()):
        raise no_numbers()
    return logits - total


def state_width(model: PreTrainedModel) -> int:
    """Numbers in a state."""
    return unembedding_of(model).shape[1]


class SavedStates:
    """Rows of states, filled part by part, in a file now and then: a kill costs little.

    What is computed again is the same to the bit: parts are the same whenever what was asked is. A
    file of other states is not gone on with; without a path nothing is kept. Of ``hidden`` the
    first ``parts`` parts are known, ``known`` rows.
    """

    def __init__(self, path: Path | None, asked: object, rows: int, width: int) -> None:
        self.hidden = torch.zeros((rows, width), dtype=torch.float32)
        self.parts, self.known = 0, 0
        self._path, self._pace = path, Pace()
        self._asked = {"asked": digest_of(asked)} if path is not None else {}
        if path is not None and path.exists():
            with boundary(StorageError, f"reading {path}"), safe_open(path, "pt") as file:
                if file.metadata() == self._asked:
                    self.hidden = file.get_tensor("hidden")
                    self.parts, self.known = file.get_tensor("known").tolist()

    def add(self, rows: Sequence[int], states: Tensor) -> None:
        """The next part."""
        self.hidden[list(rows)] = states.float().cpu()
        self.parts, self.known = self.parts + 1, self.known + len(rows)
        if self._path is not None and self._pace.due():
            found = {"hidden": self.hidden, "known": torch.tensor([self.parts, self.known])}
            with boundary(StorageError, f"writing {self._path}"), atomic_path(self._path) as path:
                save_file(found, path, self._asked)


def staged(progress: Callable[[str, int, int], None] | None, stage: str) -> Told | None:
    """A verb's ``progress(stage, done, total)`` as a scorer's ``progress(done, total)``."""
    if progress is None:
        return None
    return lambda done, total: progress(stage, done, total)


@dataclass(slots=True)
class TokenTree:
    """Nodes in the order of their first use: token, parent (-1 at the top) and tokens before it.

    A parent always stands before its children. ``members`` are each text's index, and the nodes of
    its last wanted tokens.
    """

    ids: list[int] = field(default_factory=list[int])
    parents: list[int] = field(default_factory=list[int])
    depths: list[int] = field(default_factory=list[int])
    members: list[tuple[int, list[int]]] = field(default_factory=list[tuple[int, list[int]]])

    def mask(self) -> Tensor:
        """Additive, ``(nodes, nodes)``: 0 at itself and its ancestors, -inf elsewhere."""
        seen = np.eye(len(self.ids), dtype=bool)
        for node, parent in enumerate(self.parents):
            if parent >= 0:
                seen[node] |= seen[parent]
        return torch.zeros(seen.shape).masked_fill_(~torch.from_numpy(seen), float("-inf"))


def trees(texts: Sequence[Tokens], wanted: Sequence[int], nodes: int = NODES) -> list[TokenTree]:
    """The prefix trees of ``texts``, each of about ``nodes`` nodes or one text.

    ``wanted`` is how many of its last tokens' states are asked of each text, no more than it has.
    """
    found: list[TokenTree] = []
    tree, before, path = TokenTree(), (), list[int]()
    for index in sorted(range(len(texts)), key=lambda at: texts[at]):
        text = texts[index]
        kept = _shared(before, text)
        if tree.ids and len(tree.ids) + len(text) - kept > nodes:
            tree, kept, path = TokenTree(), 0, []
        if not tree.ids:
            found.append(tree)
        del path[kept:]
        for depth in range(kept, len(text)):
            tree.parents.append(path[-1] if path else -1)
            path.append(len(tree.ids))
            tree.ids.append(text[depth])
            tree.depths.append(depth)
        tree.members.append((index, path[len(path) - wanted[index] :]))
        before = text
    return found


@torch.no_grad()
def last_states(
    model: PreTrainedModel,
    texts: Sequence[Tokens],
    wanted: Sequence[int],
    *,
    nodes: int = NODES,
    progress: Told | None = None,
    skip: int = 0,
) -> Parts:
    """States that enter the output head, part by part.

    Of each text the states of its last ``wanted`` tokens are asked, at least 1; the first ``skip``
    parts are known from before; ``progress`` is told texts done and texts in all.
    """
    done = 0
    require_room(model, max(map(len, texts), default=0))
    parts = _tree_parts if reads_fast(model) else _row_parts
    if progress is not None:
        progress(0, len(texts))
    for states, members in parts(model, texts, wanted, nodes, skip):
        yield states, members
        done += len(members)
        if progress is not None:
            progress(done, len(texts))


def _tree_parts(
    model: PreTrainedModel, texts: Sequence[Tokens], wanted: Sequence[int], nodes: int, skip: int
) -> Parts:
    body: Any = model.base_model
    common = _common_start(texts, wanted)
    cache = DynamicCache(config=model.config)
    if common:
        first = torch.tensor([texts[0][:common]], device=model.device)
        body(input_ids=first, **with_cache(body, cache))
    for tree in trees([text[common:] for text in texts], wanted, nodes)[skip:]:
        own = tree.mask()
        mask = torch.cat([own.new_zeros((len(own), common)), own], dim=1)
        out = body(
            input_ids=torch.tensor([tree.ids], device=model.device),
            attention_mask=mask[None, None].to(model.device, model.dtype),
            position_ids=torch.tensor([tree.depths], device=model.device) + common,
            **with_cache(body, cache),
        )
        cache.crop(common - cache.get_seq_length())
        yield out.last_hidden_state[0], tree.members


def _row_parts(
    model: PreTrainedModel, texts: Sequence[Tokens], wanted: Sequence[int], nodes: int, skip: int
) -> Parts:
    """Rows of about one length, padded on the right: causal models don't look there."""
    order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
    for start in range(skip * ROWS, len(order), ROWS):
        part = order[start : start + ROWS]
        rows = [texts[at] for at in part]
        longest = max(map(len, rows))
        ends = [row * longest + len(text) for row, text in enumerate(rows)]
        members = [
            (at, list(range(end - wanted[at], end))) for at, end in zip(part, ends, strict=True)
        ]
        yield whole_texts(model, rows).last_hidden_state.flatten(0, 1), members


def _common_start(texts: Sequence[Tokens], wanted: Sequence[int]) -> int:
    """Tokens that all texts begin with, before any wanted one."""
    if not texts:
        return 0
    room = min(len(text) - count for text, count in zip(texts, wanted, strict=True))
    return min(_shared(min(texts), max(texts)), room)


def _shared(one: Tokens, other: Tokens) -> int:
    """Length of the longest common prefix."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))


@functools.lru_cache(maxsize=8)
def token_words(tokenizer: PreTrainedTokenizerBase, vocabulary: int) -> Tensor:
    """The number of each token's word, int32 of shape ``(vocabulary,)``.

    Equal for tokens that differ in white space around them alone; a token without letters or digits
    is a word of its own, and so is a row of the output embedding without a token.
    """
    known = min(vocabulary, len(tokenizer))
    texts = tokenizer.batch_decode([[token] for token in range(known)])
    numbers: dict[str, int] = {}
    words = list(range(vocabulary))
    for token, text in enumerate(texts):
        word = text.strip()
        if any(letter.isalnum() for letter in word):
            words[token] = numbers.setdefault(word, token)
    return torch.tensor(words, dtype=torch.int32)


def mentions(context: Tensor | None, ids: Tensor, words: Tensor) -> tuple[Tensor, Tensor]:
    """Tokens back to the last mention of each candidate, and its mentions, float32 ``(n, k)``.

    1 back: it is the last one read; 0: it was never mentioned.
    """
    if context is None:
        raise ModelError(
            "the layer reads the tokens before each state, which weren't given; give them"
        )
    context = context.to(ids.device)
    count, length = context.shape
    back, often = (torch.zeros(ids.shape, device=ids.device) for _ in range(2))
    if not length:
        return back, often
    read = words[context.clamp(min=0).long()].masked_fill(context < 0, -1)
    places = torch.arange(1, length + 1, device=ids.device, dtype=torch.int32)
    ends = (places * (context >= 0)).amax(dim=-1, keepdim=True)
    asked = words[ids]
    step = max(1, _CELLS // (ids.shape[1] * length))
    for first in range(0, count, step):
        rows = slice(first, first + step)
        same = read[rows].unsqueeze(1) == asked[rows].unsqueeze(-1)
        last = (same * places).amax(dim=-1)
        back[rows] = ((ends[rows] - last + 1) * (last > 0)).float()
        often[rows] = same.sum(dim=-1).float()
    return back, often


def mention_features(context: Tensor | None, ids: Tensor, words: Tensor) -> Tensor:
    """Whether, how far back and how often, as numbers of about one size: ``(n, k, 3)``."""
    back, often = mentions(context, ids, words)
    told = (back > 0).float()
    return torch.stack([2.0 * told, torch.log1p(back) / 2.0, told * often.clamp(min=1).log()], -1)


def likeliest(
    logprobs: Tensor,
    top_k: int,
    context: Tensor | None = None,
    words: Tensor | None = None,
    ids: Tensor | None = None,
) -> Tensor:
    """Which tokens may be moved: the likeliest, and the likeliest of those that were mentioned.

    A subject that the model rules out for its name alone is likely nowhere; that it stands in the
    text is what makes it a candidate. A quarter of the places is for such tokens, the rest (and
    what they leave) for the likeliest of all; without context for the likeliest alone.

    Args:
        logprobs: Of the tokens to choose from, ``(n, m)``: of ``ids``, or of the whole vocabulary.
        top_k: How many, at most m.
        context: Tokens read before each state, ``(n, T)``.
        words: See ``token_words``.
        ids: The tokens to choose from, ``(n, m)``.

    Returns:
        Columns of ``logprobs``, likeliest first, ``(n, top_k)``.
    """
    if context is None or words is None or top_k >= logprobs.shape[-1]:
        return logprobs.topk(top_k, dim=-1).indices
    told = _mentioned(context, words, ids)
    worth = torch.where(told, logprobs, logprobs - _BEHIND)
    first = logprobs.topk(top_k - top_k // 4, dim=-1).indices
    chosen = worth.scatter(-1, first, torch.inf).topk(top_k, dim=-1).indices
    order = logprobs.gather(-1, chosen).argsort(dim=-1, descending=True, stable=True)
    return chosen.gather(-1, order)


def _mentioned(context: Tensor, words: Tensor, ids: Tensor | None) -> Tensor:
    """Whether each token stands in the context, ``(n, m)``."""
    read = words[context.clamp(min=0).long()].long().masked_fill(context < 0, len(words))
    told = torch.zeros((len(context), len(words) + 1), dtype=torch.bool, device=words.device)
    told.scatter_(-1, read, True)
    if ids is None:
        return told[:, words.long()]
    return told.gather(-1, words[ids].long())
