"""Sampling a causal language model in this process, many prompts at a time.

The prefix that prompts share is computed once, the rest of each prompt once for all its samples;
finished rows leave the batch and waiting ones take their place. It builds no prompts.

What a prompt yields depends in real arithmetic on no other prompt, batch, thread or processor. In
float32 these move log-probabilities by about 1e-6 a token, so a draw comes out otherwise only where
its random number lies that close to the border between two tokens (``drawing``): about once in a
million tokens, after which the sample is another one. bfloat16 rounds by batch shape, a thousandth
each time. The same call on the same machine with the same threads gives the same samples.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from transformers import PreTrainedModel

from evenhand.errors import BadInput
from evenhand.generate.abilities import require_room
from evenhand.generate.batch import Batch, Row, StopFinder
from evenhand.generate.listed import ListedBatch
from evenhand.generate.prefix import PrefixedModel, prefixed
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.generate.regulator import Regulator, install, remove
from evenhand.generate.weights import (
    NumberType,
    load_language_model,
    number_type,
    weights_digest,
)

Prompt = str | Sequence[int]
"""Text, tokenised as it stands, or token ids (what ``prompt`` builds)."""


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
        self._prefixed = prefixed(model)
        self._rows = rows
        self._hint = tuple(shared_prefix)
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
    def shared_prefix(self) -> tuple[int, ...]:
        """What was given as the beginning of all prompts."""
        return self._hint

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
        require_room(self.model, max(map(len, ids)) + settings.max_new_tokens)
        prefix = self._prefix_of(ids)
        self._prefixed.share(prefix)
        rows = Batch(
            self._prefixed,
            [row[len(prefix) :] for row in ids],
            ids,
            settings,
            rows=self._rows,
            ends=self.end_tokens,
            stops=self._stops,
        ).run()
        made = {(row.prompt, row.sample): self._completion(row, settings) for row in rows}
        return [[made[p, s] for s in range(settings.samples)] for p in range(len(ids))]

    def choose(
        self,
        prompts: Sequence[Prompt],
        answers: Sequence[Sequence[Sequence[int]]],
        settings: SamplerSettings,
    ) -> list[list[Completion]]:
        """Constrained decoding: ``settings.samples`` of the answers listed for every prompt.

        Args:
            prompts: Prompts, in order.
            answers: Token ids of each prompt's answers, ``RewordingPrompts.answer_ids``; drawn
                with repeats. A prompt without answers yields no completion.
            settings: How to draw; answers bound the length.

        Returns:
            Completions whose ``logprob`` is that of the draws among listed continuations.

        Raises:
            BadInput: A prompt has no token, or is longer with an answer than the model can read.
        """
        asked = [place for place, listed in enumerate(answers) if listed]
        found: list[list[Completion]] = [[] for _ in prompts]
        if not asked:
            return found
        ids = [self._ids_of(prompts[place]) for place in asked]
        listed = [answers[place] for place in asked]
        require_room(self.model, max(map(len, ids)) + max(len(a) for each in listed for a in each))
        prefix = self._prefix_of(ids)
        self._prefixed.share(prefix)
        suffixes = [row[len(prefix) :] for row in ids]
        batch = ListedBatch(
            self._prefixed, suffixes, ids, settings, listed, self._rows, self._stops
        )
        for row in sorted(batch.run(), key=lambda row: row.sample):
            found[asked[row.prompt]].append(self._completion(row, settings))
        return found

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
        hint = self._hint
        if hint and all(p[: len(hint)] == hint and len(p) > len(hint) for p in prompts):
            return hint
        low, high = min(prompts), max(prompts)
        most = min(map(len, prompts)) - 1
        same = next((i for i in range(most) if low[i] != high[i]), most)
        return low[:same]

    def _completion(self, row: Row, settings: SamplerSettings) -> Completion:
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
