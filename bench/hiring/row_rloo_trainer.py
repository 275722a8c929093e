"""TRL's RLOOTrainer fitted to rewording: one shared prefix, the product's sampler, listed answers.

TRL decides everything that makes it RLOO (leave-one-out advantages, KL to the base model, clipped
ratios, the optimiser). Two steps are replaced by equal and cheaper ones: samples are drawn by
``LocalGenerator``, and log-probabilities are computed with the worked examples of the prompt once
a batch. Where answers are listed, both are those of constrained decoding. Not a reward and not a
run (``row_rloo``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import TrainerCallback
from trl.trainer.rloo_trainer import RLOOTrainer

from evenhand.align.sft import IGNORED, SharedPrefixCollator
from evenhand.generate.draw import LocalGenerator, Node
from evenhand.generate.protocol import SamplerSettings
from evenhand.records.files import read_json, write_json
from row_rloo_settings import DONE, require_exact_resume


@dataclass(frozen=True)
class Question:
    """A prompt in token ids, and the answers listed for it; none where decoding is free."""

    tokens: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class Draw:
    """One token that was drawn: its place in a batch of completions, and what it was drawn from.

    ``among`` is None for the whole vocabulary; else token ids, with ``token`` one of them.
    """

    row: int
    column: int
    token: int
    among: tuple[int, ...] | None


class RewordingRLOO(RLOOTrainer):
    """RLOO on questions; the dataset's ``prompt`` is the place of a question, as text.

    Args:
        generator: Its model is trained in place, so it always draws from the present policy.
        questions: What is asked; all begin with the generator's shared prefix.
        most_tokens: Training stops before more than so many tokens could have been generated.
        arguments: TRL's own arguments.
    """

    def __init__(
        self,
        generator: LocalGenerator,
        questions: Sequence[Question],
        most_tokens: int,
        **arguments: Any,
    ) -> None:
        self.generator, self.questions, self.most_tokens = generator, questions, most_tokens
        self.generated = 0
        self._answers = {each.tokens: each.answers for each in questions}
        self._trees = {each.tokens: Node.of(each.answers) for each in questions if each.answers}
        require_exact_resume(arguments["args"])
        super().__init__(model=generator.model, **arguments)
        assert self.num_generations
        assert self.max_completion_length
        self._siblings, self._longest = self.num_generations, self.max_completion_length
        self.add_callback(_Marker(self))

    def room_left(self) -> bool:
        """Whether another step is sure to stay within ``most_tokens``."""
        return self.generated + self.longest_step <= self.most_tokens

    @property
    def longest_step(self) -> int:
        """Most tokens that one step can generate."""
        listed = [len(answer) for each in self.questions for answer in each.answers]
        longest = max(listed, default=self._longest)
        return self.args.per_device_train_batch_size * longest

    def _tokenize_prompts(self, prompts: list[str]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return [list(self.questions[int(place)].tokens) for place in prompts], None, {}

    def _generate_single_turn(self, prompt_ids: Any, images: Any, multimodal_fields: Any) -> Any:
        """Draw the siblings of each prompt, independently, from the weights as they are now."""
        asked = [tuple(ids) for ids in prompt_ids[:: self._siblings]]
        self.generator.prefixed.share(())  # what was computed with earlier weights is forgotten
        rounds = [self._one_each(asked, sibling) for sibling in range(self._siblings)]
        found = [list(each) for siblings in zip(*rounds, strict=True) for each in siblings]
        self.generated += sum(map(len, found))
        return found

    def _one_each(self, asked: Sequence[tuple[int, ...]], sibling: int) -> list[tuple[int, ...]]:
        """One sample a prompt; a list's own samples are without repeats, which RLOO's aren't."""
        seeds = np.random.SeedSequence([self.args.seed, self.state.global_step, sibling])
        settings = SamplerSettings(
            samples=1,
            temperature=self.temperature,
            top_p=1.0,
            max_new_tokens=self._longest,
            seed=int(seeds.generate_state(1)[0]),
        )
        if not self._trees:
            drawn = self.generator.sample(asked, settings)
        else:
            drawn = self.generator.choose(asked, [self._answers[ids] for ids in asked], settings)
        return [found[0].token_ids for found in drawn]

    def _get_per_token_logps_and_entropies(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        model: Any,
        input_ids: Tensor,
        attention_mask: Tensor,
        logits_to_keep: int,
        batch_size: int | None = None,
        compute_entropy: bool = False,
        **unused: Any,
    ) -> tuple[Tensor, Tensor, None]:
        """Log-probabilities and entropies of completions, ``(rows, logits_to_keep)``, 0 elsewhere.

        A token that the list leaves no choice about has log-probability 0.
        """
        seen = attention_mask.bool()
        prompts = [
            tuple(ids[mask].tolist())
            for ids, mask in zip(
                input_ids[:, :-logits_to_keep], seen[:, :-logits_to_keep], strict=True
            )
        ]
        answers = [
            ids[mask].tolist()
            for ids, mask in zip(
                input_ids[:, -logits_to_keep:], seen[:, -logits_to_keep:], strict=True
            )
        ]
        draws = [
            draw
            for row, pair in enumerate(zip(prompts, answers, strict=True))
            for draw in self._draws(row, *pair)
        ]
        logits = self._logits(model, prompts, answers, draws) / self.temperature
        logps, entropies = _measured(logits, draws)
        shape = (len(answers), logits_to_keep)
        where = ([draw.row for draw in draws], [draw.column for draw in draws])
        places = tuple(torch.tensor(each) for each in where)
        return (
            torch.zeros(shape).index_put(places, logps),
            torch.zeros(shape).index_put(places, entropies),
            None,
        )

    def _draws(self, row: int, prompt: tuple[int, ...], answer: list[int]) -> Iterator[Draw]:
        node = self._trees.get(prompt)
        for column, token in enumerate(answer):
            if node is None:
                yield Draw(row, column, token, None)
                continue
            if len(node.children) > 1:
                yield Draw(row, column, token, tuple(sorted(node.children)))
            node = node.children[token]

    def _logits(
        self,
        model: Any,
        prompts: Sequence[tuple[int, ...]],
        answers: Sequence[list[int]],
        draws: Sequence[Draw],
    ) -> Tensor:
        """Logits that the draws were made from, float32 ``(draws, vocabulary)``."""
        shared = len(self.generator.shared_prefix)
        pairs = list(zip(prompts, answers, strict=True))
        packed = SharedPrefixCollator(shared)(
            [{"input_ids": [*p, *a], "labels": [IGNORED] * len(p) + a} for p, a in pairs]
        )
        del packed["labels"]
        ends = shared + np.cumsum([len(p) - shared + len(a) for p, a in pairs])
        firsts = [int(end) - len(a) for end, a in zip(ends, answers, strict=True)]
        before = torch.tensor([firsts[draw.row] + draw.column - 1 for draw in draws])
        with self.accelerator.autocast():
            return model(**packed, logits_to_keep=before, use_cache=False).logits[0].float()


def _measured(logits: Tensor, draws: Sequence[Draw]) -> tuple[Tensor, Tensor]:
    """Log-probability of every draw, and the entropy of what it was drawn from."""
    if draws[0].among is None:
        spread = logits.log_softmax(dim=-1)
        tokens = torch.tensor([[draw.token] for draw in draws])
        return spread.gather(1, tokens)[:, 0], _entropy(spread)
    logps, entropies = [], []
    for row, draw in zip(logits, draws, strict=True):
        among = draw.among or ()
        spread = row[torch.tensor(among)].log_softmax(dim=-1)
        logps.append(spread[among.index(draw.token)])
        entropies.append(_entropy(spread))
    return torch.stack(logps), torch.stack(entropies)


def _entropy(spread: Tensor) -> Tensor:
    """Entropy of log-probabilities over the last axis, nats; only logged."""
    with torch.no_grad():
        return -(spread.exp() * spread).sum(dim=-1)


class _Marker(TrainerCallback):
    """Stops at the budget of tokens; marks whole checkpoints with what was generated by then."""

    def __init__(self, trainer: RewordingRLOO) -> None:
        self._trainer = trainer

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        done = Path(args.output_dir) / f"checkpoint-{state.global_step}" / DONE
        self._trainer.generated = read_json(done)["generated"] if state.global_step else 0

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not self._trainer.room_left():
            control.should_training_stop = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        write_json(folder / DONE, {"step": state.global_step, "generated": self._trainer.generated})
