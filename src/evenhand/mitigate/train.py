"""Training a layer: answer states of probes and of what must be kept, losses, and the run.

The base model runs once, to make the states; training reads those, and the language model neither
runs nor changes. Early stopping reads examples held back from what was given, never a test side.

An example is four rows: (12, a), (21, a), (12, not a), (21, not a); S[e, p, x] is the probability
of subject x at prompt p *among the two subjects*. With L = |C| + a·δ + b·ε per example:

``exact``: the gradient of mean L itself.

``reinforce``: a contextual bandit. At prompt p the policy answers c ∈ {x1, x2, other} with
probability π_p(c); "other" is every other token. L is a function of π, so

    ∇L = Σ_p Σ_c ∂L/∂π_p(c) · ∇π_p(c) = Σ_p E_{c ~ π_p} [ ∂L/∂π_p(c) · ∇ log π_p(c) ],

and the reward of answering c to p is r_p(c) = −∂L/∂π_p(c), a constant for the gradient: the subject
that is ahead where it should not be is paid less than nothing, the one behind more than nothing,
"other" nothing. Expected score-function gradients therefore are those of ``exact``, which the
tests check by enumeration. (|C|, δ, ε of *sampled* answers would be another objective: their
expectation is least where the model always answers "other".) The baseline is the mean reward of
the other samples at the same prompt, which keeps the estimate without systematic error.

``paper``: the released loss of REFINE-LM, for the record: −mean log d_i · r_i with r = −|C| held
constant and d_i the mean distance to the batch's first four examples. It is no policy gradient.

Not the numpy measures of record (``bias``).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from evenhand.align.training import Indices, Training, batch_of, fit
from evenhand.config.schema import MitigateConfig
from evenhand.errors import BadInput, ModelError
from evenhand.generate.model import find_language_model, load_language_model
from evenhand.generate.regulator import stacked, unembedding_of
from evenhand.mitigate.ask import Form, lead, render
from evenhand.mitigate.kept import (
    Choice,
    Part,
    Rows,
    choice_rows,
    evidence_choices,
    fact_choices,
    fact_rows,
    load_facts,
    prose_states,
)
from evenhand.mitigate.layer import (
    LayerConfig,
    MitigationLayer,
    PaperLayer,
    choice_logprobs,
    moved_logprobs,
    new_layer,
    support,
)
from evenhand.mitigate.probes import Example, Prompt
from evenhand.mitigate.states import NONE, AnswerStates, answer_states, staged, token_words
from evenhand.records.files import digest_of, write_json
from evenhand.records.outputs import Progress

Layer = MitigationLayer | PaperLayer
PROMPTS = 4
FIRST_EXAMPLES = 4
"""How many examples the released loss compares all others with."""
GROUPS = 160
"""Groups of questions with evidence, of four to six items each."""
RAMP = (0.2, 0.6)
"""Shares of the steps between which the weight of lost mass grows to its full size.

Doing nothing loses no mass, and a layer that hasn't learned whom to move loses some whatever it
does; with the full weight from the start training only learns to do nothing.
"""
SUMMARY = "training.json"
_FEWEST = 8
"""Examples, and rows to keep, that can be trained on."""
_TINY = 1e-12
_ASKED = re.compile(r"(?P<context>.+[.!]) (?P<question>[^.!?]+\?) Answer: (?P<begun>.+)")
_STATES = ("hidden", "top_logprobs", "top_ids", "choice_ids", "context")


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
    """A causal model by name, for measuring: float32, no dropout."""
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


def usable_examples(states: AnswerStates) -> NDArray[np.bool_]:
    """Which examples have two subjects that begin with different tokens, ``(examples,)``."""
    ids = states.choice_ids.reshape(-1, PROMPTS, 2)
    good = (ids[..., 0] != ids[..., 1]) & (ids != NONE).all(dim=-1)
    return good.all(dim=-1).cpu().numpy()


def usable_rows(states: AnswerStates) -> AnswerStates:
    """The rows of ``usable_examples``."""
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

    def how(stage: str) -> dict[str, Any]:
        return {
            "top_k": top_k,
            "words": opened.words,
            "saved": None if saved is None else saved / f"{stage}.safetensors",
            "progress": staged(progress, stage),
        }

    given = (opened.model, opened.tokenizer)
    return (
        fact_rows(*given, facts, **how("facts")),
        choice_rows(*given, choices, **how("choices")),
    )


def as_asked(
    choice: Choice, form: Form, tokenizer: PreTrainedTokenizerBase, *, begun: bool = True
) -> Choice:
    """A choice with evidence in the form of the probes, its answer begun as before or not."""
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

    Of ``prose`` (one text or more) the first ``keep_rows`` are read, at places drawn from ``seed``;
    ``saved`` is a folder where states are saved as they come, and gone on from.
    """
    facts, choices = kept_parts(opened, "train", config.top_k, config.form, saved, progress)
    read = prose[: config.keep_rows]
    rows = prose_states(
        opened.model,
        opened.tokenizer,
        read,
        -(-config.keep_rows // len(read)),
        seed,
        config.top_k,
        words=opened.words,
        saved=None if saved is None else saved / "prose.safetensors",
        progress=progress,
    )
    return joined([facts.states, choices.states, rows.states])


def joined(parts: Sequence[AnswerStates]) -> AnswerStates:
    """Answer states one after the other."""
    columns = {each.name: [getattr(part, each.name) for part in parts] for each in fields(parts[0])}
    context = stacked(columns.pop("context"))
    return AnswerStates(
        **{name: torch.cat(held) for name, held in columns.items()}, context=context
    )


@dataclass(frozen=True)
class ProbeLean:
    """Of each example ``(examples,)``: C in [−1, 1], δ and ε in [0, 1] (see ``bias``)."""

    contrast: Tensor
    position: Tensor
    negation: Tensor

    def weighed(self, position: float, negation: float) -> Tensor:
        """L = |C| + a·δ + b·ε, ``(examples,)``."""
        return self.contrast.abs() + position * self.position + negation * self.negation


def shares(choice_logprobs: Tensor) -> Tensor:
    """S from log-probabilities ``(4 · examples, 2)``: shape ``(examples, 4, 2)``."""
    return torch.softmax(choice_logprobs.reshape(-1, PROMPTS, 2), dim=-1)


def measures(scores: Tensor) -> ProbeLean:
    """C, δ and ε of scores ``(examples, 4, 2)``."""
    asked, denied = scores[:, :2], scores[:, 2:]
    lean = asked.mean(dim=1) - denied.mean(dim=1)
    position = (scores[:, 0] - scores[:, 1]).abs() + (scores[:, 2] - scores[:, 3]).abs()
    negation = (asked - denied.flip(-1)).abs().sum(dim=(1, 2))
    return ProbeLean(0.5 * (lean[:, 0] - lean[:, 1]), position.sum(-1) / 4.0, negation / 4.0)


def kl_moved_to_base(log_y: Tensor, log_p: Tensor) -> Tensor:
    """KL(y‖p) of each row, ``(n,)``; tokens outside the candidates have not moved."""
    return (log_y.exp() * (log_y - log_p)).sum(dim=-1)


def kl_base_to_moved(log_y: Tensor, log_p: Tensor) -> Tensor:
    """KL(p‖y) of each row, ``(n,)``: by how much it raises the base's expected log-loss."""
    return (log_p.exp() * (log_p - log_y)).sum(dim=-1)


def mass_lost(before: Tensor, after: Tensor) -> Tensor:
    """How far the subjects' joint log-probability fell, at least 0, ``(n,)``."""
    return (before.logsumexp(-1) - after.logsumexp(-1)).clamp(min=0.0)


@dataclass(frozen=True)
class SampledLoss:
    """A sampled loss: its gradient is the score-function estimate, its value means nothing.

    ``variance`` is the total variance of one sample's gradient with respect to the three answers'
    log-odds, mean over prompts; ``reward`` the mean reward.
    """

    loss: Tensor
    variance: float
    reward: float


def policy(choices: Tensor) -> Tensor:
    """Log-policy over {x1, x2, other} from the subjects' log-probabilities: ``(n, 3)``."""
    other = (1.0 - choices.exp().sum(dim=-1, keepdim=True)).clamp(min=_TINY)
    return torch.cat([choices, other.log()], dim=-1)


def rewards(choices: Tensor, position: float, negation: float) -> Tensor:
    """r_p(c) = −∂L/∂π_p(c) at the present policy, ``(n, 3)``, without gradient."""
    with torch.enable_grad():
        chances = choices.detach().double().exp().requires_grad_()
        within = (chances / chances.sum(dim=-1, keepdim=True)).reshape(-1, PROMPTS, 2)
        total = measures(within).weighed(position, negation).sum()
        (slope,) = torch.autograd.grad(total, chances)
    paid = torch.cat([-slope, torch.zeros_like(slope[:, :1])], dim=-1)
    return paid.to(choices.dtype)


def reinforce(
    choices: Tensor, position: float, negation: float, samples: int, generator: torch.Generator
) -> SampledLoss:
    """The score-function estimate of the gradient of mean L.

    ``choices`` are log-probabilities of the subjects, ``(4 · examples, 2)``, with gradient;
    ``samples`` answers, at least 2, are drawn for each prompt.
    """
    log_policy = policy(choices)
    paid = rewards(choices, position, negation)
    drawn = torch.multinomial(
        log_policy.detach().exp(), samples, replacement=True, generator=generator
    )
    return estimate(log_policy, paid, drawn)


def estimate(log_policy: Tensor, paid: Tensor, drawn: Tensor) -> SampledLoss:
    """The estimate for given answers ``drawn`` ``(n, samples)``; see ``reinforce``."""
    samples = drawn.shape[-1]
    reward = paid.gather(-1, drawn)
    others = (reward.sum(dim=-1, keepdim=True) - reward) / (samples - 1)
    advantage = reward - others
    chosen = log_policy.gather(-1, drawn)
    examples = len(log_policy) / PROMPTS
    loss = -(advantage * chosen).mean(dim=-1).sum() / examples
    with torch.no_grad():
        ones = torch.nn.functional.one_hot(drawn, 3).to(log_policy.dtype)
        steps = advantage.unsqueeze(-1) * (ones - log_policy.exp().unsqueeze(1))
        variance = float(steps.var(dim=1).sum(dim=-1).mean())
    return SampledLoss(loss, variance, float(reward.mean()))


def paper_loss(scores: Tensor) -> Tensor:
    """The released loss of REFINE-LM, −mean(log d_i · r_i).

    ``scores`` ``(examples, 4, 2)`` are the subjects' probabilities among the top-k, 0 where absent,
    not normalised over the pair. Examples at distance 0 are left out (the released code skips the
    whole step, since log 0 · 0 is NaN); 0 where none is left.
    """
    sizes = scores.abs().sum(dim=1, keepdim=True).clamp(min=_TINY)
    answers = (scores / sizes).flatten(1)
    distance = torch.cdist(answers, answers[:FIRST_EXAMPLES], p=1.0).mean(dim=1)
    reward = -measures(scores).contrast.abs().detach()
    apart = distance > _TINY
    if not bool(apart.any()):
        return 0.0 * scores.sum()
    return -(distance[apart].log() * reward[apart]).mean()


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a layer is trained: the user's settings, and what users don't set.

    Attributes:
        config: The loss, the layer's size, and the steps (``batch_size`` examples each).
        seed: Of first weights, batches and draws.
        dropout: Share of what is read that training leaves out at random.
        keep_rows: Preservation rows a step.
        weight_decay: Of AdamW; its learning rate falls linearly to a tenth (the paper's stays,
            unclipped).
        samples: Answers drawn for each prompt (``reinforce``).
        held_back: Share of examples and preservation rows that only early stopping reads.
        check_steps: Steps between two looks at what is held back.
        patience: Looks without a better one before training stops; 0: never, the last counts.
    """

    config: MitigateConfig
    seed: int = 0
    dropout: float = 0.0
    keep_rows: int = 128
    weight_decay: float = 1e-4
    samples: int = 8
    held_back: float = 0.15
    check_steps: int = 50
    patience: int = 0

    @property
    def kind(self) -> str:
        """Of the layer: ``residual``, ours; or ``paper``, which goes with its own objective."""
        return "paper" if self.config.objective == "paper" else "residual"

    def plain(self) -> dict[str, Any]:
        """All that training depends on, by the names that are saved."""
        mine = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "config"}
        kept = self.config.model_dump(exclude={"form", "examples", "held_out", "keep_rows"})
        return {"kind": self.kind, "examples": kept.pop("batch_size"), **kept, **mine}


def check_states(probe: AnswerStates, keep: AnswerStates, settings: TrainSettings) -> None:
    """Refuse what can't be trained on; no text of a prompt stands in what is said."""
    rows = len(probe.hidden)
    if rows % PROMPTS or rows < _FEWEST * PROMPTS:
        raise BadInput(
            f"{rows} probe rows can't be trained on; give four rows an example, "
            "eight examples or more"
        )
    broken = np.flatnonzero(~usable_examples(probe))
    if len(broken):
        raise BadInput(
            f"{len(broken)} examples have subjects that begin with the same token or none (the "
            f"first is number {broken[0]}); leave them out of training"
        )
    if settings.config.keep_weight and len(keep.hidden) < _FEWEST:
        raise BadInput(
            f"{len(keep.hidden)} preservation rows are too few; give 8 or more, or set "
            "keep_weight to 0"
        )
    for name, states in (("probe", probe), ("preservation", keep)):
        finite = states.hidden.isfinite().all(), ~states.top_logprobs.isnan().any()
        if not all(map(bool, finite)):
            raise BadInput(f"the {name} states hold numbers that are not finite; compute them anew")
        wanted, width = settings.config.top_k, states.top_logprobs.shape[-1]
        if len(states.hidden) and wanted > width:
            raise BadInput(
                f"top_k is {wanted} and the states hold {width} candidates; "
                f"compute states with top_k {wanted} or more"
            )
    if settings.config.objective == "reinforce" and settings.samples < 2:
        raise BadInput("samples is below 2, which leaves no baseline; draw 2 answers or more")
    if not 0.0 < settings.held_back < 0.9:
        raise BadInput(f"held_back is {settings.held_back}; give a share from 0 to 0.9")


@dataclass(frozen=True)
class _Data:
    """Cached states with what is trained on and what is held back."""

    probe: AnswerStates
    keep: AnswerStates
    examples: Indices
    held_examples: Indices
    keep_rows: Indices
    held_keep: Indices

    def rows(self, examples: Indices) -> AnswerStates:
        """The four rows of each example."""
        rows = PROMPTS * examples[:, None] + np.arange(PROMPTS)
        return self.probe.rows(torch.from_numpy(rows.reshape(-1)))


def train_layer(
    probe_states: AnswerStates,
    keep_states: AnswerStates,
    unembedding: Tensor,
    settings: TrainSettings,
    out: Path,
    progress: Progress | None = None,
    held: NDArray[np.bool_] | None = None,
    words: Tensor | None = None,
) -> Layer:
    """Train a layer, from the last checkpoint in ``out`` if any, and save it there.

    Args:
        probe_states: Four rows an example, training side only.
        keep_states: Rows where the model should stay as it is; may be empty where ``keep_weight``
            is 0.
        unembedding: The model's output embedding.
        settings: How.
        out: Folder of ``layer.{safetensors,json}``, ``metrics.jsonl``, ``training.json`` and the
            checkpoint.
        progress: Called as ``progress("layer", done, steps)``.
        held: Which examples early stopping reads, ``(examples,)``; drawn at random without.
        words: The word of each token (``token_words``).

    Returns:
        The layer with the best held-back loss (or the last, without early stopping).
    """
    check_states(probe_states, keep_states, settings)
    data = _divided(probe_states, keep_states, settings, held)
    layer, steps = _fresh(unembedding, settings, words), settings.config.steps
    rate, decay = settings.config.learning_rate, settings.weight_decay
    optimizer = torch.optim.AdamW(layer.parameters(), lr=rate, weight_decay=decay)
    training = Training("layer", layer, optimizer)

    def do_step() -> None:
        _train_step(training, layer, data, settings)
        due = training.step % settings.check_steps == 0 or training.step == steps
        if settings.patience and due:
            _look(training, layer, data, settings)

    fit(
        training,
        do_step,
        out,
        _digest(data, settings, words),
        steps=steps,
        save_steps=settings.config.save_steps,
        made_from="states",
        stage="layer",
        progress=progress,
    )
    return _finish(training, layer, settings, out)


def _divided(
    probe: AnswerStates,
    keep: AnswerStates,
    settings: TrainSettings,
    held: NDArray[np.bool_] | None,
) -> _Data:
    count = len(probe.hidden) // PROMPTS
    chosen = _drawn(count, settings, 1) if held is None else np.asarray(held, dtype=bool)
    if chosen.shape != (count,) or chosen.all() or not chosen.any():
        raise BadInput(
            f"which examples are held back is not said for {count} examples with some on each "
            "side; give one truth value an example"
        )
    kept = _drawn(len(keep.hidden), settings, 2)
    sides = (np.flatnonzero(side) for side in (~chosen, chosen, ~kept, kept))
    return _Data(probe, keep, *sides)


def _drawn(count: int, settings: TrainSettings, salt: int) -> NDArray[np.bool_]:
    """A seeded share of ``count``, at least one where there are any."""
    chosen = np.zeros(count, dtype=bool)
    order = np.random.default_rng([settings.seed, salt]).permutation(count)
    chosen[order[: max(1, round(settings.held_back * count))]] = True
    return chosen


def _fresh(unembedding: Tensor, settings: TrainSettings, words: Tensor | None) -> Layer:
    config = settings.config
    if settings.kind == "paper":
        return PaperLayer(config.top_k, settings.seed)
    vocabulary, width = unembedding.shape
    shape = LayerConfig(
        width,
        vocabulary,
        config.top_k,
        config.width,
        config.key_size,
        settings.dropout,
        config.mentions,
    )
    return new_layer(unembedding, shape, settings.seed, words)


def _train_step(training: Training, layer: Layer, data: _Data, settings: TrainSettings) -> None:
    step, config = training.step, settings.config
    chosen = batch_of(len(data.examples), [settings.seed, 3], step, config.batch_size)
    keep = None
    if config.keep_weight and settings.kind != "paper":
        rows = batch_of(len(data.keep_rows), [settings.seed, 4], step, settings.keep_rows)
        keep = data.keep.rows(torch.from_numpy(data.keep_rows[rows]))
    share = (step / config.steps - RAMP[0]) / (RAMP[1] - RAMP[0])
    mass_weight = config.mass_weight * min(1.0, max(0.0, share))
    drawn = int(np.random.default_rng([settings.seed, 5, step]).integers(2**62))
    generator = torch.Generator().manual_seed(drawn)
    layer.train()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(drawn)
        probe = data.rows(data.examples[chosen])
        loss, said = _loss(layer, probe, keep, settings, mass_weight, generator)
    if not bool(loss.isfinite()):
        raise ModelError(
            f"the loss is not a number at step {step + 1}; lower learning_rate or the weights, "
            "and train again"
        )
    training.optimizer.zero_grad(set_to_none=True)
    loss.backward()
    if settings.kind != "paper":
        torch.nn.utils.clip_grad_norm_(layer.parameters(), 1.0)
        for group in training.optimizer.param_groups:
            group["lr"] = config.learning_rate * (1.0 - 0.9 * step / config.steps)
    training.optimizer.step()
    training.step += 1
    training.log("train", said)


def _loss(
    layer: Layer,
    probe: AnswerStates,
    keep: AnswerStates | None,
    settings: TrainSettings,
    mass_weight: float,
    generator: torch.Generator | None,
) -> tuple[Tensor, dict[str, float]]:
    """The loss and its parts; without a generator the exact one stands for ``reinforce``."""
    config = settings.config
    log_y = moved_logprobs(probe, layer)
    after = choice_logprobs(probe, log_y)
    found = measures(shares(after))
    loss = worth = found.weighed(config.position_weight, config.negation_weight).mean()
    kl = kl_moved_to_base(log_y, probe.top_logprobs).mean()
    lost = mass_lost(probe.choice_logprobs, after).mean()
    said = {
        "contrast": found.contrast.abs().mean(),
        "position": found.position.mean(),
        "negation": found.negation.mean(),
        "kl": kl,
        "mass_lost": lost,
    }
    numbers = {name: float(value.detach()) for name, value in said.items()}
    if config.objective == "paper":
        loss = paper_loss(_within_support(probe, layer, log_y))
        return loss, {**numbers, "loss": float(loss.detach())}
    if config.objective == "reinforce" and generator is not None:
        weights = config.position_weight, config.negation_weight
        sampled = reinforce(after, *weights, settings.samples, generator)
        loss = sampled.loss
        numbers |= {"reward": sampled.reward, "variance": sampled.variance}
    rest = config.kl_weight * kl + mass_weight * lost
    if keep is not None and len(keep.hidden):
        moved = moved_logprobs(keep, layer)
        kept = kl_base_to_moved(moved, keep.top_logprobs).mean()
        numbers["keep_kl"] = float(kept.detach())
        rest = rest + config.keep_weight * kept
    numbers["loss"] = float((worth + rest).detach())
    return loss + rest, numbers


def _within_support(states: AnswerStates, layer: Layer, log_y: Tensor) -> Tensor:
    """What the released code scores: y of a choice among the top-k, 0 where it is absent."""
    count = support(layer, log_y.shape[-1])
    ids = states.top_ids[:, :count]
    y = torch.softmax(log_y[:, :count], dim=-1).unsqueeze(-1)
    match = ids.unsqueeze(-1) == states.choice_ids.unsqueeze(1)
    return (y * match).sum(dim=1).reshape(-1, PROMPTS, 2)


def _look(training: Training, layer: Layer, data: _Data, settings: TrainSettings) -> None:
    """Loss on what is held back."""
    layer.eval()
    config, keep = settings.config, None
    if config.keep_weight and settings.kind != "paper":
        keep = data.keep.rows(torch.from_numpy(data.held_keep))
    with torch.no_grad():
        held = data.rows(data.held_examples)
        _, said = _loss(layer, held, keep, settings, config.mass_weight, None)
    training.log("held back", said)
    training.look(said["loss"], settings.patience)


def _finish(training: Training, layer: Layer, settings: TrainSettings, out: Path) -> Layer:
    if training.best_weights:
        layer.load_state_dict(training.best_weights)
    layer.eval().save(out)
    kept = training.best_step or training.step
    looks = [row for row in training.metrics if row["stage"] == "held back"]
    about = {
        "settings": settings.plain(),
        "steps": training.step,
        "kept_step": kept,
        "parameters": sum(parameter.numel() for parameter in layer.parameters()),
        "held_back": next((row for row in looks if row["step"] == kept), None),
    }
    write_json(out / SUMMARY, about)
    return layer


def _digest(data: _Data, settings: TrainSettings, words: Tensor | None) -> str:
    """What a checkpoint must have been made from."""
    total = hashlib.sha256()
    for states in (data.probe, data.keep):
        for name in _STATES:
            total.update(getattr(states, name).detach().cpu().numpy().tobytes())
    if words is not None:
        total.update(words.cpu().numpy().tobytes())
    settled = {name: value for name, value in settings.plain().items() if name != "save_steps"}
    return digest_of([settled, total.hexdigest(), data.held_examples.tolist()])
