"""One call of the sampler: waiting rows, rows in the slots of a cache, done rows.

Every slot holds one sample in the making. A finished one gives its slot to a waiting one, and
slots without work are dropped, so no step is spent on what is done. Shorter prompts come first,
which keeps rows of similar length together. Nothing here knows text but stop strings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerBase

from evenhand.generate.drawing import draw, uniforms
from evenhand.generate.prefix import Held, PrefixedModel
from evenhand.generate.protocol import SamplerSettings


@dataclass(slots=True)
class Row:
    """One sample in the making."""

    prompt: int
    sample: int
    stream: NDArray[np.float64]
    tokens: list[int] = field(default_factory=list[int])
    logprob: float = 0.0
    finished: bool = False


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
        text = self._tokenizer.decode(list(tokens), skip_special_tokens=True)
        assert isinstance(text, str)
        return text


class Batch:
    """The samples of one call.

    Args:
        model: With the prefix shared already.
        suffixes: Tokens of each prompt after the prefix.
        prompts: All tokens of each prompt; they choose its random streams.
        settings: How to draw.
        rows: Most samples computed side by side.
        ends: Tokens that end a sample.
        stops: Finds stop strings.
        room: Tokens that a slot holds after its prompt; ``settings.max_new_tokens`` if None.
    """

    def __init__(
        self,
        model: PrefixedModel,
        suffixes: Sequence[tuple[int, ...]],
        prompts: Sequence[tuple[int, ...]],
        settings: SamplerSettings,
        *,
        rows: int,
        ends: frozenset[int],
        stops: StopFinder,
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
        if any(row is None for row in self._active):
            empty = [slot for slot, row in enumerate(self._active) if row is None]
            self._cache.lengths[empty] = 0
        hidden = self._model.extend(self._cache, [[token] for token in tokens])
        logits = self._model.logits(hidden[:, -1], self._read(self._active))
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

    def _read(self, rows: Sequence[Row | None]) -> list[tuple[int, ...]]:
        """Everything that each row has read; nothing for empty slots."""
        return [(*self._prompts[row.prompt], *row.tokens) if row else () for row in rows]

    def _ended(self, row: Row) -> bool:
        last = row.tokens[-1]
        row.finished = last in self._ends or self._stops.stopped(row.tokens, self._settings.stop)
        return row.finished or len(row.tokens) >= self._settings.max_new_tokens
