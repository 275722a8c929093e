"""Settings of the training of a layer, and what it refuses to be trained on.

Not the loop (``train``) and not the verbs' configuration file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evenhand.errors import BadInput
from evenhand.mitigate.layer.apply import NONE
from evenhand.mitigate.layer.objectives import PROMPTS
from evenhand.mitigate.scoring.states import AnswerStates


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """How a layer is trained.

    Attributes:
        kind: ``residual``: ours; ``paper``: REFINE-LM's, for comparison.
        objective: See ``objectives``.
        top_k: Tokens moved.
        width: Width of the layer.
        key_size: Width of what is read of a token's embedding; 0: tokens aren't read.
        mentions: Whether the layer sees which candidates stand in what was read.
        dropout: Share of what is read that training leaves out at random.
        position_weight: a, of δ.
        negation_weight: b, of ε.
        kl_weight: λ, of KL(y‖p) on probe rows.
        keep_weight: λ_keep, of KL(p‖y) on preservation rows.
        mass_weight: Of what the two subjects lose together, in nats.
        steps: Most steps.
        examples: Examples (of four rows) a step.
        keep_rows: Preservation rows a step.
        learning_rate: Of AdamW; falls linearly to a tenth (the paper's stays, unclipped).
        weight_decay: Of AdamW.
        samples: Answers drawn for each prompt (``reinforce``).
        held_back: Share of examples and preservation rows that only early stopping reads.
        check_steps: Steps between two looks at what is held back.
        patience: Looks without a better one before training stops; 0: never, the last counts.
        save_steps: Steps between two checkpoints.
        seed: Of first weights, batches and draws.
    """

    kind: Literal["residual", "paper"] = "residual"
    objective: Literal["exact", "reinforce", "paper"] = "exact"
    top_k: int = 32
    width: int = 32
    key_size: int = 0
    mentions: bool = True
    dropout: float = 0.0
    position_weight: float = 1.0
    negation_weight: float = 1.0
    kl_weight: float = 0.02
    keep_weight: float = 20.0
    mass_weight: float = 0.5
    steps: int = 600
    examples: int = 32
    keep_rows: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 1e-4
    samples: int = 8
    held_back: float = 0.15
    check_steps: int = 50
    patience: int = 5
    save_steps: int = 100
    seed: int = 0


def usable_examples(states: AnswerStates) -> NDArray[np.bool_]:
    """Which examples have two subjects that begin with different tokens, ``(examples,)``."""
    ids = states.choice_ids.reshape(-1, PROMPTS, 2)
    good = (ids[..., 0] != ids[..., 1]) & (ids != NONE).all(dim=-1)
    return good.all(dim=-1).cpu().numpy()


def check_states(probe: AnswerStates, keep: AnswerStates, settings: TrainSettings) -> None:
    """Refuse what can't be trained on.

    Args:
        probe: Four rows an example.
        keep: Preservation rows.
        settings: How they are to be used.

    Raises:
        BadInput: It says what is wrong; no text of a prompt stands in it.
    """
    rows = len(probe.hidden)
    if rows % PROMPTS or rows < 8 * PROMPTS:
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
    if settings.keep_weight and len(keep.hidden) < 8:
        raise BadInput(
            f"{len(keep.hidden)} preservation rows are too few; give 8 or more, or set "
            "keep_weight to 0"
        )
    for name, states in (("probe", probe), ("preservation", keep)):
        finite = states.hidden.isfinite().all(), ~states.top_logprobs.isnan().any()
        if not all(map(bool, finite)):
            raise BadInput(f"the {name} states hold numbers that are not finite; compute them anew")
        if len(states.hidden):
            _check_width(states, settings)
    _check_settings(settings)


def _check_width(states: AnswerStates, settings: TrainSettings) -> None:
    width = states.top_logprobs.shape[-1]
    if settings.top_k > width:
        raise BadInput(
            f"top_k is {settings.top_k} and the states hold {width} candidates; "
            f"compute states with top_k {settings.top_k} or more"
        )


def _check_settings(settings: TrainSettings) -> None:
    if (settings.objective == "paper") != (settings.kind == "paper"):
        raise BadInput("the paper's objective goes with the paper's layer; choose both or neither")
    if settings.objective == "reinforce" and settings.samples < 2:
        raise BadInput("samples is below 2, which leaves no baseline; draw 2 answers or more")
    if not 0.0 < settings.held_back < 0.9:
        raise BadInput(f"held_back is {settings.held_back}; give a share from 0 to 0.9")
    sizes = ("steps", "examples", "keep_rows", "width", "check_steps", "save_steps")
    if min(getattr(settings, name) for name in sizes) < 1:
        raise BadInput(f"one of {', '.join(sizes)} is below 1; each is at least 1")
    weights = [value for name, value in asdict(settings).items() if name.endswith("_weight")]
    if min(weights) < 0.0 or settings.learning_rate <= 0.0:
        raise BadInput("a weight is below 0 or the learning rate not above it; correct the setting")
