"""Sampling a causal language model in this process, many prompts at a time.

The prefix that prompts share is computed once, the rest of each prompt once for all its samples;
finished rows leave the batch and waiting ones take their place. What a prompt yields depends
neither on the other prompts nor on batching (exactly in real arithmetic; float32 keeps it to
about one token in a million, bfloat16 rounds by batch shape). It builds no prompts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.errors import BadInput
from evenhand.generate.drawing import draw, uniforms
from evenhand.generate.prefix import PrefixedModel
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.generate.regulator import Regulator, install, remove
from evenhand.generate.weights import NumberType, load_language_model, weights_digest

Prompt = str | Sequence[int]
"""Text, tokenised as it stands, or token ids (what ``prompt`` builds)."""


@dataclass(slots=True)
class _Row:
    """One sample in the making."""

    prompt: int
    sample: int
    stream: NDArray[np.float64]
    tokens: list[int] = field(default_factory=list[int])
    logprob: float = 0.0
    finished: bool = False


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

    Raises:
        ModelError: The weights can't be loaded or are of an unsupported kind.
    """

    def __init__(
        self,
        model_dir: Path,
        dtype: NumberType = "bfloat16",
        regulator: Regulator | None = None,
        *,
        device: str = "cpu",
        rows: int = 64,
        shared_prefix: Sequence[int] = (),
    ) -> None:
        model, self.tokenizer = load_language_model(model_dir, dtype, device)
        self.model: PreTrainedModel = model
        self._prefixed = PrefixedModel(model)
        self._rows = rows
        self._hint = tuple(shared_prefix)
        self._weights = f"{weights_digest(model_dir)}:{dtype}"
        self._steering = ""
        self._stops = _StopFinder(self.tokenizer)
        if regulator is not None:
            self.steer(regulator)

    @property
    def digest(self) -> str:
        """Changes with weights, tokenizer, number type and regulator."""
        return hashlib.sha256(f"{self._weights}|{self._steering}".encode()).hexdigest()

    @property
    def prefixed(self) -> PrefixedModel:
        """The model underneath, for reading hidden states."""
        return self._prefixed

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
        """``settings.samples`` completions for every prompt, in order.

        Raises:
            BadInput: A prompt has no token, or is longer than the model can read.
        """
        ids = [self._ids_of(prompt) for prompt in prompts]
        if not ids:
            return []
        self._check_room(max(map(len, ids)) + settings.max_new_tokens)
        prefix = self._prefix_of(ids)
        self._prefixed.share(prefix)
        batch = _Batch(self, [row[len(prefix) :] for row in ids], ids, settings)
        rows = batch.run()
        made = {(row.prompt, row.sample): self._completion(row, settings) for row in rows}
        return [[made[p, s] for s in range(settings.samples)] for p in range(len(ids))]

    def _ids_of(self, prompt: Prompt) -> tuple[int, ...]:
        if isinstance(prompt, str):
            ids = self.tokenizer(prompt, add_special_tokens=False)["input_ids"]
        else:
            ids = prompt
        if not ids:
            raise BadInput("a prompt is empty; give every prompt at least one token")
        return tuple(int(token) for token in ids)

    def _check_room(self, wanted: int) -> None:
        most = getattr(self.model.config, "max_position_embeddings", None)
        if most is not None and wanted > most:
            raise BadInput(
                f"a prompt and its completion take {wanted} tokens and the language model reads "
                f"{most}; ask for a shorter stretch of text"
            )

    def _prefix_of(self, prompts: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """The given prefix where all prompts go on after it, else their common beginning."""
        hint = self._hint
        if hint and all(p[: len(hint)] == hint and len(p) > len(hint) for p in prompts):
            return hint
        low, high = min(prompts), max(prompts)
        most = min(map(len, prompts)) - 1
        same = next((i for i in range(most) if low[i] != high[i]), most)
        return low[:same]

    def _completion(self, row: _Row, settings: SamplerSettings) -> Completion:
        text = self._stops.cut(row.tokens, settings.stop)
        return Completion(text.strip(), tuple(row.tokens), row.logprob, row.finished)

    @property
    def end_tokens(self) -> frozenset[int]:
        """Tokens that end a completion by themselves."""
        configured = getattr(self.model.generation_config, "eos_token_id", None)
        ends = configured if configured is not None else self.tokenizer.eos_token_id
        if ends is None:
            return frozenset()
        return frozenset(int(end) for end in (ends if isinstance(ends, list) else [ends]))


class _StopFinder:
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
        text = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        assert isinstance(text, str)
        return text


class _Batch:
    """One call of ``sample``: waiting rows, rows in slots, done rows."""

    def __init__(
        self,
        owner: LocalGenerator,
        suffixes: Sequence[tuple[int, ...]],
        prompts: Sequence[tuple[int, ...]],
        settings: SamplerSettings,
    ) -> None:
        self._model, self._settings = owner.prefixed, settings
        self._ends, self._stops = owner.end_tokens, owner._stops
        self._suffixes, self._prompts = suffixes, prompts
        self._order = sorted(range(len(suffixes)), key=lambda p: (len(suffixes[p]), p))
        self._waiting = [(p, s) for p in self._order for s in range(settings.samples)][::-1]
        self._ready: dict[int, Tensor] = {}
        slots = min(owner._rows, len(self._waiting))
        room = max(map(len, suffixes)) + settings.max_new_tokens
        self._cache = self._model.slots(slots, room)
        self._active: list[_Row | None] = [None] * slots

    def run(self) -> list[_Row]:
        """Step until nothing is left."""
        done: list[_Row] = []
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
                    self._active[slot] = None

    def _admit(self) -> None:
        """Give free slots to waiting rows."""
        for slot, row in enumerate(self._active):
            if row is None and self._waiting:
                prompt, sample = self._waiting.pop()
                self._cache.put(slot, self._state_of(prompt))
                self._active[slot] = _Row(prompt, sample, self._stream(prompt, sample))

    def _stream(self, prompt: int, sample: int) -> NDArray[np.float64]:
        wanted = self._settings.max_new_tokens
        return uniforms(self._settings.seed, self._prompts[prompt], sample, wanted)

    def _state_of(self, prompt: int) -> Tensor:
        """Keys and values of a prompt up to its last token, computed with its neighbours'."""
        if prompt not in self._ready:
            at = self._order.index(prompt)
            together = self._order[at : at + len(self._active)]
            tokens = [self._suffixes[p][:-1] for p in together]
            cache = self._model.slots(len(together), max(1, max(map(len, tokens))))
            if any(tokens):
                self._model.extend(cache, tokens)
            self._ready = {p: cache.row(at) for at, p in enumerate(together)}
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
        if any(row is None for row in self._active):
            empty = [slot for slot, row in enumerate(self._active) if row is None]
            self._cache.lengths[empty] = 0
        hidden = self._model.extend(self._cache, [[token] for token in tokens])
        logits = self._model.logits(hidden[:, -1])
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

    def _ended(self, row: _Row) -> bool:
        last = row.tokens[-1]
        row.finished = last in self._ends or self._stops.stopped(row.tokens, self._settings.stop)
        return row.finished or len(row.tokens) >= self._settings.max_new_tokens
