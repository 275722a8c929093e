"""Sampling a causal language model in this process, many prompts at a time.

The prefix that prompts share is computed once, the rest of each prompt once for all its samples.
Every slot of a cache holds one sample in the making: a finished one gives its slot to a waiting
one, and slots without work are dropped. It builds no prompts and no lists of answers.

One uniform number decides one token, and a sample's numbers depend on the seed, its prompt and
its index only: not on the batch, the other prompts or how many samples are drawn. What a prompt
yields depends in real arithmetic on no other prompt, batch, thread or processor. In float32 these
move log-probabilities by about 1e-6 a token, so a draw comes out otherwise only where its random
number lies that close to the border between two tokens: about once in a million tokens, after
which the sample is another one. bfloat16 rounds by batch shape, a thousandth each time. The same
call on the same machine with the same threads gives the same samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput
from evenhand.generate.model import NumberType, load_language_model, number_type, weights_digest
from evenhand.generate.prefix import Held, PrefixedModel, prefixed, require_room
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.generate.regulator import Regulator, install, remove

Prompt = str | Sequence[int]
"""Text, tokenised as it stands, or token ids (what ``prompt`` builds)."""
_LIKELY = 1e-4


def uniforms(seed: int, prompt: Sequence[int], sample: int, count: int) -> NDArray[np.float64]:
    """``count`` numbers in [0, 1) of one sample's stream; a longer draw begins the same."""
    text = np.asarray(prompt, dtype=np.int64).tobytes()
    words = np.frombuffer(hashlib.sha256(text).digest(), dtype=np.uint32)
    return np.random.default_rng([seed, sample, *words.tolist()]).random(count)


def nucleus(
    probabilities: NDArray[np.float32], top_p: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The smallest set of likeliest tokens whose mass reaches ``top_p``.

    Returns:
        Token ids, likeliest first (ties by id), and the cumulative sums of their
        probabilities, not normalised. With ``top_p`` 1, in vocabulary order.
    """
    if top_p >= 1.0:
        return np.arange(len(probabilities)), np.cumsum(probabilities, dtype=np.float64)
    # What lies outside the nucleus weighs less than 1 - top_p in all, so tokens under an equal
    # share of that can't be needed; most steps are decided by far fewer tokens.
    for floor in (_LIKELY, (1.0 - top_p) / len(probabilities), 0.0):
        ids = np.flatnonzero(probabilities >= floor)
        ids = ids[np.argsort(-probabilities[ids], kind="stable")]
        mass = np.cumsum(probabilities[ids], dtype=np.float64)
        if len(mass) and mass[-1] >= top_p:
            break
    size = int(np.searchsorted(mass, top_p)) + 1
    return ids[:size], mass[:size]


def draw(probabilities: NDArray[np.float32], top_p: float, uniform: float) -> int:
    """The token at ``uniform`` of the renormalised nucleus, by inverse CDF.

    Probabilities that are off by a factor within 1 ± ε draw the same token unless the number lies
    within 4ε of a border between tokens, or two probabilities or the nucleus' edge are that close.
    """
    ids, mass = nucleus(probabilities, top_p)
    return int(ids[np.searchsorted(mass, uniform * mass[-1], side="right").clip(max=len(ids) - 1)])


class StopFinder:
    """Finds stop strings in tokens; remembers which tokens could complete one."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._texts: dict[int, str] = {}

    def stopped(self, tokens: Sequence[int], stops: tuple[str, ...]) -> bool:
        """Whether the text of ``tokens`` holds a stop string that the last token completed."""
        last = tokens[-1]
        if last not in self._texts:
            self._texts[last] = self._decode([last])
        text = self._texts[last]
        # A token may hold a part of a character, or lose a leading space when decoded alone.
        maybe = "\ufffd" in text or any(s[-1] in text or s[-1].isspace() for s in stops)
        return maybe and any(stop in self._decode(tokens) for stop in stops)

    def cut(self, tokens: Sequence[int], stops: tuple[str, ...]) -> str:
        """The text before the first stop string."""
        text = self._decode(tokens)
        found = [at for stop in stops if (at := text.find(stop)) >= 0]
        return text[: min(found)] if found else text

    def _decode(self, tokens: Sequence[int]) -> str:
        return cast(str, self._tokenizer.decode(list(tokens), skip_special_tokens=True))


@dataclass(slots=True)
class Node:
    """What may come next, by token (nothing ends an answer); how many answers are left to draw."""

    children: dict[int, Node] = field(default_factory=dict[int, "Node"])
    left: int = 0

    @classmethod
    def of(cls, answers: Sequence[Sequence[int]]) -> Node:
        """The tree of some answers, each closed by a token that ends it."""
        root = cls()
        for answer in dict.fromkeys(tuple(map(int, answer)) for answer in answers):
            node = root
            for token in answer:
                node.left += 1
                node = node.children.setdefault(token, cls())
            node.left += 1
        return root

    def open(self) -> dict[int, Node]:
        """The continuations with something left to draw."""
        return {token: node for token, node in self.children.items() if node.left}

    def take(self, answer: Sequence[int]) -> None:
        """Close one answer."""
        node = self
        for token in answer:
            node.left -= 1
            node = node.children[token]
        node.left -= 1

    def run(self) -> tuple[list[int], Node]:
        """The tokens that all open answers from here share, and where they part or end."""
        shared: list[int] = []
        node = self
        while len(following := node.open()) == 1:
            token, node = next(iter(following.items()))
            shared.append(token)
        return shared, node


@dataclass(slots=True)
class Row:
    """A sample in the making; ``node`` and what follows are of those with listed answers."""

    prompt: int
    sample: int
    stream: NDArray[np.float64]
    tokens: list[int] = field(default_factory=list[int])
    logprob: float = 0.0
    finished: bool = False
    node: Node = field(default_factory=Node)
    unread: list[int] = field(default_factory=list[int])
    draws: int = 0

    def follow(self, tokens: Sequence[int], node: Node) -> None:
        """Take tokens, and whatever all answers share after them."""
        shared, self.node = node.run()
        self.tokens += [*tokens, *shared]
        self.unread += [*tokens, *shared]
        self.finished = not self.node.children


class Batch:
    """The samples of one call; shorter prompts come first, so that rows are of similar length.

    Args:
        model: With the prefix shared already.
        suffixes: Tokens of each prompt after the prefix.
        prompts: All tokens of each prompt; they choose its random streams.
        settings: How to draw.
        rows: Most samples computed side by side.
        stops: Finds stop strings.
        ends: Tokens that end a sample.
        room: Tokens that a slot holds after its prompt; ``settings.max_new_tokens`` if None.
    """

    def __init__(
        self,
        model: PrefixedModel,
        suffixes: Sequence[tuple[int, ...]],
        prompts: Sequence[tuple[int, ...]],
        settings: SamplerSettings,
        rows: int,
        stops: StopFinder,
        *,
        ends: frozenset[int] = frozenset(),
        room: int | None = None,
    ) -> None:
        self._model, self._settings = model, settings
        self._ends, self._stops = ends, stops
        self._suffixes, self._prompts = suffixes, prompts
        self._order = sorted(range(len(suffixes)), key=lambda p: (len(suffixes[p]), p))
        self._waiting = [(p, s) for p in self._order for s in range(settings.samples)][::-1]
        self._ready: dict[int, Held] = {}
        slots = min(rows, len(self._waiting))
        longest = max(map(len, suffixes)) + (room or settings.max_new_tokens)
        self._cache = self._model.slots(slots, longest)
        self._active: list[Row | None] = [None] * slots

    def run(self) -> list[Row]:
        """Step until nothing is left."""
        done: list[Row] = []
        while True:
            self._admit()
            rows = [row for row in self._active if row is not None]
            if not rows:
                return done
            self._compact(len(rows))
            self._step()
            for slot, row in enumerate(self._active):
                if row is not None and self._ended(row):
                    done.append(row)
                    self._active[slot] = self._next(slot, row)

    def _next(self, slot: int, row: Row) -> Row | None:
        """What takes the slot of a row that ended; None for whoever waits."""
        return None

    def _admit(self) -> None:
        """Give free slots to waiting rows."""
        for slot, row in enumerate(self._active):
            if row is None and self._waiting:
                prompt, sample = self._waiting.pop()
                self._cache.put(slot, self._state_of(prompt))
                self._active[slot] = self._row(prompt, sample)

    def _row(self, prompt: int, sample: int) -> Row:
        """A new row, ready for its first draw."""
        return Row(prompt, sample, self._stream(prompt, sample, self._settings.max_new_tokens))

    def _stream(self, prompt: int, sample: int, draws: int) -> NDArray[np.float64]:
        return uniforms(self._settings.seed, self._prompts[prompt], sample, draws)

    def _state_of(self, prompt: int) -> Held:
        """What a slot holds of a prompt up to its last token, computed with its neighbours'."""
        if prompt not in self._ready:
            at = self._order.index(prompt)
            together = self._order[at : at + len(self._active)]
            held = self._model.held([self._suffixes[p][:-1] for p in together])
            self._ready = dict(zip(together, held, strict=True))
        return self._ready[prompt]

    def _compact(self, busy: int) -> None:
        """Drop empty slots once a fifth of them is empty and nothing waits."""
        if self._waiting or busy > 0.8 * len(self._active):
            return
        kept = [slot for slot, row in enumerate(self._active) if row is not None]
        self._cache.keep(kept)
        self._active = [self._active[slot] for slot in kept]

    def _step(self) -> None:
        """Draw one token for every active row."""
        tokens = [
            (row.tokens[-1] if row.tokens else self._suffixes[row.prompt][-1]) if row else 0
            for row in self._active
        ]
        logits = self._logits(self._active, [[token] for token in tokens])
        hot = (logits / self._settings.temperature).softmax(dim=-1).cpu().numpy()
        total = logits.logsumexp(dim=-1)
        drawn = [
            draw(hot[slot], self._settings.top_p, row.stream[len(row.tokens)]) if row else 0
            for slot, row in enumerate(self._active)
        ]
        chosen = logits.gather(1, torch.tensor(drawn, device=logits.device)[:, None])[:, 0]
        for row, token, logprob in zip(self._active, drawn, (chosen - total).tolist(), strict=True):
            if row is not None:
                row.tokens.append(token)
                row.logprob += logprob

    def _logits(self, rows: Sequence[Row | None], unread: Sequence[Sequence[int]]) -> Tensor:
        """Logits of the next token of every row, ``(rows, vocabulary)``, once it was read."""
        empty = [slot for slot, row in enumerate(self._active) if row is None]
        if empty:
            self._cache.lengths[empty] = 0
        hidden = self._model.extend(self._cache, unread)
        ends = torch.tensor([len(tokens) - 1 for tokens in unread], device=hidden.device)
        last = hidden[torch.arange(len(unread), device=hidden.device), ends]
        read = [(*self._prompts[row.prompt], *row.tokens) if row else () for row in rows]
        return self._model.logits(last, read)

    def _ended(self, row: Row) -> bool:
        last = row.tokens[-1]
        row.finished = last in self._ends or self._stops.stopped(row.tokens, self._settings.stop)
        return row.finished or len(row.tokens) >= self._settings.max_new_tokens


class ListedBatch(Batch):
    """Constrained decoding: a model chooses, token by token, among the answers listed for a prompt.

    At every token the draw (``top_p`` included) is renormalised over those that continue a listed
    answer, so nothing can change that isn't changed in the list, and a model too weak to write
    safely can still choose. The samples of one prompt are distinct: a continuation whose answers
    have all been drawn is closed. Stretches on which all remaining answers agree are read in one
    pass and cost no draw. No answer may begin another, and every prompt needs one.
    """

    def __init__(
        self,
        model: PrefixedModel,
        suffixes: Sequence[tuple[int, ...]],
        prompts: Sequence[tuple[int, ...]],
        settings: SamplerSettings,
        rows: int,
        stops: StopFinder,
        answers: Sequence[Sequence[Sequence[int]]],
    ) -> None:
        self._trees = [Node.of(listed) for listed in answers]
        self._longest = max(len(answer) for listed in answers for answer in listed)
        # Rows of one pass are padded to its longest, so a full slot needs room for that too.
        room = 2 * self._longest + 2
        super().__init__(model, suffixes, prompts, settings, rows, stops, room=room)
        self._waiting = [(prompt, 0) for prompt in self._order][::-1]

    def _next(self, slot: int, row: Row) -> Row | None:
        """The next sample of the same prompt, whose keys and values are in the slot already."""
        tree = self._trees[row.prompt]
        tree.take(row.tokens)
        if not tree.left or row.sample + 1 == self._settings.samples:
            return None
        self._cache.lengths[slot] = len(self._suffixes[row.prompt]) - 1
        return self._row(row.prompt, row.sample + 1)

    def _row(self, prompt: int, sample: int) -> Row:
        row = Row(prompt, sample, self._stream(prompt, sample, self._longest))
        row.unread = [self._suffixes[prompt][-1]]
        row.follow((), self._trees[prompt])
        return row

    def _step(self) -> None:
        """Read what is unread and draw where the answers part."""
        live = [row if row is not None and not row.finished else None for row in self._active]
        if not any(live):
            return
        unread = [row.unread if row is not None else [0] for row in live]
        for row, logits in zip(live, self._logits(live, unread).cpu(), strict=True):
            if row is not None:
                self._choose(row, logits)

    def _choose(self, row: Row, logits: Tensor) -> None:
        """Draw one continuation and follow it to where answers part again."""
        allowed = sorted(row.node.open())
        among = logits[torch.tensor(allowed)]
        hot = (among / self._settings.temperature).softmax(dim=-1).numpy()
        at = draw(hot, self._settings.top_p, row.stream[row.draws])
        row.logprob += float(among.log_softmax(dim=-1)[at])
        row.draws += 1
        row.unread = []
        row.follow([allowed[at]], row.node.children[allowed[at]])

    def _ended(self, row: Row) -> bool:
        return row.finished


class LocalGenerator:
    """A ``Generator`` over weights in a folder.

    Args:
        model_dir: Folder of saved weights and tokenizer.
        dtype: Number type of the weights while sampling.
        regulator: Put into the output head from the start; ``steer`` does it later.
        device: A torch device.
        rows: Most samples computed side by side.
        shared_prefix: Token ids that prompts begin with (``RewordingPrompts.prefix_ids``); kept
            computed between calls. Without it the longest common beginning of a call's prompts is
            found and computed per call.
    """

    def __init__(
        self,
        model_dir: Path,
        dtype: NumberType = "auto",
        regulator: Regulator | None = None,
        *,
        device: str = "cpu",
        rows: int = 64,
        shared_prefix: Sequence[int] = (),
    ) -> None:
        computes = number_type(dtype, device)
        model, self.tokenizer = load_language_model(model_dir, computes, device)
        self.model: PreTrainedModel = model
        self.prefixed = prefixed(model)
        self.shared_prefix = tuple(shared_prefix)
        self._rows = rows
        self._weights = f"{weights_digest(model_dir)}:{computes}"
        self._steering = ""
        self._stops = StopFinder(self.tokenizer)
        if regulator is not None:
            self.steer(regulator)

    @property
    def digest(self) -> str:
        """Changes with weights, tokenizer, number type and regulator."""
        return hashlib.sha256(f"{self._weights}|{self._steering}".encode()).hexdigest()

    @property
    def end_tokens(self) -> frozenset[int]:
        """Tokens that end a completion by themselves."""
        configured = getattr(self.model.generation_config, "eos_token_id", None)
        ends = configured if configured is not None else self.tokenizer.eos_token_id
        if ends is None:
            return frozenset()
        return frozenset(int(end) for end in (ends if isinstance(ends, list) else [ends]))

    def steer(
        self,
        regulator: Regulator | None,
        beta: float = 1.0,
        top_k: int = 32,
        *,
        full_vocabulary: bool = False,
    ) -> None:
        """Put a regulator into the output head in place of any other; None takes it out."""
        remove(self.model)
        self._steering = ""
        if regulator is not None:
            install(self.model, regulator, beta, top_k, full_vocabulary=full_vocabulary)
            self._steering = f"{beta}:{top_k}:{full_vocabulary}:{regulator.digest()}"

    def sample(
        self, prompts: Sequence[Prompt], settings: SamplerSettings
    ) -> list[list[Completion]]:
        """``settings.samples`` completions for every prompt, in order."""
        if not prompts:
            return []
        ids, suffixes = self._shared(prompts, settings.max_new_tokens)
        asked = (self.prefixed, suffixes, ids, settings, self._rows, self._stops)
        return self._completed(Batch(*asked, ends=self.end_tokens), len(ids), settings)

    def choose(
        self,
        prompts: Sequence[Prompt],
        answers: Sequence[Sequence[Sequence[int]]],
        settings: SamplerSettings,
    ) -> list[list[Completion]]:
        """Constrained decoding: ``settings.samples`` of the answers listed for every prompt.

        Args:
            prompts: Prompts, in order.
            answers: Token ids of each prompt's answers, ``RewordingPrompts.answer_ids``;
                repeats count once. A prompt without answers yields no completion.
            settings: How to draw; answers bound the length.

        Returns:
            Completions whose ``logprob`` is that of the draws among listed continuations.
        """
        asked = [place for place, listed in enumerate(answers) if listed]
        found: list[list[Completion]] = [[] for _ in prompts]
        if not asked:
            return found
        listed = [answers[place] for place in asked]
        longest = max(len(answer) for each in listed for answer in each)
        ids, suffixes = self._shared([prompts[place] for place in asked], longest)
        batch = ListedBatch(self.prefixed, suffixes, ids, settings, self._rows, self._stops, listed)
        for place, chosen in zip(asked, self._completed(batch, len(ids), settings), strict=True):
            found[place] = chosen
        return found

    def _shared(
        self, prompts: Sequence[Prompt], room: int
    ) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """Tokens of every prompt, and those after the prefix, which is shared from here on."""
        ids = [self._ids_of(prompt) for prompt in prompts]
        require_room(self.model, max(map(len, ids)) + room)
        prefix = self._prefix_of(ids)
        self.prefixed.share(prefix)
        return ids, [row[len(prefix) :] for row in ids]

    def _completed(
        self, batch: Batch, prompts: int, settings: SamplerSettings
    ) -> list[list[Completion]]:
        """Run a batch: completions of every prompt, in order of sample."""
        made: list[list[Completion]] = [[] for _ in range(prompts)]
        for row in sorted(batch.run(), key=lambda row: row.sample):
            text = self._stops.cut(row.tokens, settings.stop).strip()
            made[row.prompt].append(Completion(text, tuple(row.tokens), row.logprob, row.finished))
        return made

    def _ids_of(self, prompt: Prompt) -> tuple[int, ...]:
        if isinstance(prompt, str):
            ids = self.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        else:
            ids = prompt
        if not ids:
            raise BadInput("a prompt is empty; give every prompt at least one token")
        return tuple(int(token) for token in ids)

    def _prefix_of(self, prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """The given prefix where all prompts go on after it, else their common beginning."""
        hint = self.shared_prefix
        if hint and all(p[: len(hint)] == hint and len(p) > len(hint) for p in prompts):
            return hint
        low, high = min(prompts), max(prompts)
        most = min(map(len, prompts)) - 1
        same = next((i for i in range(most) if low[i] != high[i]), most)
        return low[:same]
