"""Every setting of evenhand, frozen and strict: an unknown key is an error.

The defaults are the recommended setting. Files are read and composed in ``compose``; this file
knows no file format.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

MOST_SAMPLES = 1_000
"""Rewordings of a span that may be asked for."""
LAST_SEED = 2**32 - 1
"""The last seed that every library's generator takes."""

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Weight = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
UpTo1000 = Annotated[int, Field(ge=1, le=MOST_SAMPLES)]
UpTo10000 = Annotated[int, Field(ge=1, le=10_000)]
UpToAMillion = Annotated[int, Field(ge=1, le=1_000_000)]


class Settings(BaseModel):
    """Base of all sections: frozen, no unknown keys, defaults validated."""

    # Checked when they are first made: most commands read few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, defer_build=True)


class LanguageModelConfig(Settings):
    """The causal language model that proposes rewordings."""

    name: str = "smollm2-135m-instruct"
    """A bundled name, a folder of saved weights, or a hub id."""
    dtype: Literal["auto", "bfloat16", "float32", "8bit", "4bit"] = "auto"
    """Number type for sampling; training of heads and every reward use float32. ``auto`` is
    bfloat16 where the processor computes with it, which is two to three times faster there and
    five times slower elsewhere; ``8bit`` and ``4bit`` take bitsandbytes."""
    device: str = "cpu"
    """A torch device (``cpu``, ``cuda``)."""


class MatcherConfig(Settings):
    """The matching engine to measure and tune against."""

    name: str = "dense"
    """``lexical``, ``dense``, or ``module:name`` of your own."""
    encoder: str = "all-minilm-l6-v2"
    """For ``dense``: a bundled name, a folder of weights, or a hub id."""
    top: Annotated[int, Field(ge=1)] = 50
    """Length of the lists that parity is about; at most as many as there are people."""


class SpansConfig(Settings):
    """Which stretches of an ad may be reworded."""

    per_ad: UpTo1000 = 4
    """Most spans of an ad in rollouts; ``rewrite.spans`` is for rewording."""
    min_words: UpTo10000 = 5
    """Shorter stretches are left alone."""
    max_words: UpTo10000 = 45
    """Longer stretches are left alone."""


class SamplingConfig(Settings):
    """How rewordings are proposed for the rollouts."""

    decoding: Literal["listed", "free"] = "listed"
    """``listed``: the model chooses, token by token, among rewordings that the wording rules make
    and the text gates let through, in rollouts and in rewriting. ``free``: it writes what it
    likes and the gates judge afterwards; for models that are large enough."""
    alternatives: UpTo10000 = 40
    """Most rewordings listed for a span."""
    samples: UpTo1000 = 6
    """Rewordings of every span in the rollouts: drawn by the model when ``free``, evenly from the
    list when ``listed``."""
    temperature: Positive = 0.9
    """Softmax temperature of the draw."""
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 0.95
    """Nucleus mass of the draw."""
    max_new_tokens: UpTo10000 = 56
    """Longest rewording, in tokens."""
    rules: bool = True
    """With ``free`` decoding, add the wording rules' own alternatives to the model's."""
    approved_statements: tuple[str, ...] = ()
    """Statements about the employer that may be inserted; none unless the user writes them."""


class GatesConfig(Settings):
    """Bounds of the gates; nothing is paid or kept unless all of them pass."""

    min_meaning: Fraction = 0.60
    """Least cosine of pooled language-model states between span and rewording (a judge that is
    not the engine's encoder)."""
    min_lemma_overlap: Fraction = 0.5
    """Least share of content words that a span and its rewording have in common."""
    max_length_ratio: Positive = 1.6
    """Most words of a rewording against the span's."""
    min_length_ratio: Positive = 0.5
    """Fewest words of a rewording against the span's."""
    max_perplexity_ratio: Positive = 2.5
    """Perplexity of the rewording against the original span's, in the base model."""
    max_lean_movement: Positive = 0.15
    """Most a rewording may move the ad along the group direction of an encoder that is *not* the
    engine's, in units of that encoder's spread over ads."""
    lean_people: Annotated[int, Field(ge=2, le=10_000)] = 20
    """Most people of one occupation and one value that the group direction is found on."""
    max_quality_loss: Fraction = 0.05
    """Most nDCG an ad may lose on training people in the composed rewording."""


class RewardConfig(Settings):
    """What a rewording is worth."""

    attributes: tuple[str, ...] = ("gender",)
    """Columns of the people to reach parity in; ``a*b`` for intersections."""
    qualified_by: str = "occupation_group"
    """Column whose equality means qualified, and by which ads are grouped."""
    combine: Literal["worst", "weighted"] = "worst"
    """``worst``: how much smaller the largest gap gets; ``weighted``: a weighted sum over gaps."""
    weights: dict[str, Weight] = Field(default_factory=dict)
    """Weight of each attribute for ``weighted``, 0 or more; 1 where none is given."""
    folds: Annotated[int, Field(ge=2, le=1_000)] = 5
    """Parts of the people that rewards are cross-fitted over."""
    min_group: UpToAMillion = 20
    """Fewest qualified people of a group (per attribute value) for it to be judged."""
    min_reliability: Annotated[float, Field(ge=-1.0, le=1.0)] = 0.5
    """Least split-half correlation of a group's rewards to learn from it."""
    resamples: UpTo10000 = 400
    """Bootstrap resamples behind intervals."""
    failed_gate: Annotated[float, Field(le=0.0)] = -2.5
    """Return of a rewording that a gate refused, in scaled units; never above 0."""
    clip: Positive = 2.0
    """Largest scaled return, either way."""


class AlignConfig(Settings):
    """Supervised fine-tuning on passing, improving rollouts mixed with the identity."""

    epochs: UpTo1000 = 1
    """Passes over the examples."""
    learning_rate: Positive = 2e-4
    """Of AdamW."""
    batch_size: UpTo10000 = 8
    """Examples per step."""
    lora_rank: UpTo10000 = 8
    """Rank of the adapters."""
    lora_alpha: UpTo10000 = 16
    """Scale of the adapters."""
    identity_share: Fraction = 0.2
    """Share of examples that leave the span as it is."""
    max_examples: UpToAMillion = 400
    """Most examples, the best first."""
    rounds: Annotated[int, Field(ge=0, le=1_000)] = 1
    """Rounds of expert iteration (sample, filter, train, again); 0 leaves the model as it is, and
    the regulator is learned on the base model."""
    save_steps: UpToAMillion = 10
    """Steps between checkpoints."""
    bf16: Literal["auto", True, False] = "auto"
    """Autocast to bfloat16 in training; ``auto`` as for the model's number type."""


class IlqlConfig(Settings):
    """Implicit language Q-learning over cached hidden states of the aligned model."""

    heads: Literal["tied", "low_rank"] = "tied"
    """Values act through the model's own unembedding (``tied``) or a learned one (``low_rank``)."""
    rank: UpTo10000 = 64
    """Rank of ``low_rank`` heads."""
    top_k: UpToAMillion = 32
    """Next tokens, the likeliest, that values are learned for and shifted."""
    full_vocabulary: bool = False
    """All tokens instead of the ``top_k`` likeliest."""
    steps: UpToAMillion = 600
    """Steps of training, per objective."""
    batch_size: UpTo10000 = 32
    """Rewordings per step."""
    learning_rate: Positive = 1e-3
    """Of AdamW."""
    gamma: Fraction = 0.99
    """Discount per token."""
    trace: Fraction = 0.95
    """lambda of the TD(lambda) targets of Q: 0 is one-step TD as in the ILQL paper, 1 the return
    itself. One-step TD carries a reward back by one token at a time, which a few hundred steps
    don't finish."""
    expectile: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.7
    """Of the value loss; 0.5 is the mean, towards 1 the maximum."""
    polyak: Annotated[float, Field(gt=0.0, le=1.0)] = 0.02
    """Rate at which target heads follow."""
    cql_weight: Annotated[float, Field(ge=0.0)] = 0.1
    """Weight of the conservative loss."""
    beta: Annotated[float, Field(ge=0.0)] = 8.0
    """Weight of the parity advantage in decoding; 0 is the aligned model, bit for bit. 8 was best
    of 0 to 20 on validation ads with ``listed`` decoding, which keeps even a strong steer within
    what the gates let through; ``free`` decoding wants about 1."""
    gate_beta: Annotated[float, Field(ge=0.0)] = 0.0
    """Weight of the advantage for passing the gates, learned by a head of its own; 0 trains none.
    ``listed`` decoding leaves it little to learn; ``free`` decoding wants about .5."""
    save_steps: UpToAMillion = 100
    """Steps between checkpoints."""


class RewriteConfig(Settings):
    """How a trained run rewords an ad."""

    samples: UpTo1000 = 4
    """Rewordings proposed for every span: the sampling budget that baselines share."""
    spans: UpTo1000 = 24
    """Most spans of an ad that are reworded: with ``samples`` what an ad costs in draws and calls
    of the engine. Mends have no limit."""
    rules: bool = True
    """Let the wording rules propose beside the model; off to compare models alone."""
    temperature: Positive = 0.9
    """Softmax temperature of the draw."""
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] = 0.95
    """Nucleus mass of the draw."""


class MitigateConfig(Settings):
    """A layer over the top-k tokens that evens out stereotyped preferences between people."""

    form: Literal["shown", "answer", "infill", "chat"] = "shown"
    """How a probe is put to a causal model; ``shown``: after two answered questions."""
    examples: UpToAMillion = 800
    """Probes to train on, of each kind; an example is four prompts."""
    held_out: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.4
    """Share of templates, subjects and attributes that training never sees."""
    keep_rows: UpToAMillion = 4000
    """Places in prose where the model should stay as it is, beside facts and choices."""
    objective: Literal["exact", "reinforce", "paper"] = "exact"
    """``exact`` gradient of the measures; ``reinforce``: a contextual bandit; ``paper``: the loss
    and layer that REFINE-LM released, for comparison only."""
    top_k: UpTo10000 = 64
    """Next tokens that are moved: the likeliest, a quarter of them among those that the text
    mentions."""
    width: UpTo10000 = 32
    """Width of the layer."""
    key_size: Annotated[int, Field(ge=0, le=10_000)] = 0
    """Width of what it reads of a token's own embedding; 0: how alike tokens are, and no more,
    which carries over to people that training didn't name."""
    mentions: bool = True
    """Whether it sees which candidates stand in the text: two people that the text leaves open both
    do, so probability is shared between them and not lost to others."""
    position_weight: Weight = 1.0
    """Weight of the positional dependence."""
    negation_weight: Weight = 1.0
    """Weight of the attribute error."""
    kl_weight: Weight = 0.003
    """Weight of the distance from the base on probes."""
    keep_weight: Weight = 5.0
    """Weight of the distance from the base on prose, facts and choices with evidence."""
    mass_weight: Weight = 3.0
    """Weight of what the two subjects lose together: the price of evening out (see the frontier in
    the results); it grows to this over the first steps."""
    steps: UpToAMillion = 600
    """Steps of training."""
    batch_size: UpTo10000 = 32
    """Examples a step."""
    learning_rate: Positive = 3e-3
    """Of AdamW."""
    save_steps: UpToAMillion = 100
    """Steps between checkpoints."""


class Config(Settings):
    """The whole configuration of one run."""

    seed: Annotated[int, Field(ge=0, le=LAST_SEED)] = 0
    """Seed of everything random."""
    model: LanguageModelConfig = LanguageModelConfig()
    matcher: MatcherConfig = MatcherConfig()
    spans: SpansConfig = SpansConfig()
    sampling: SamplingConfig = SamplingConfig()
    gates: GatesConfig = GatesConfig()
    reward: RewardConfig = RewardConfig()
    align: AlignConfig = AlignConfig()
    ilql: IlqlConfig = IlqlConfig()
    rewrite: RewriteConfig = RewriteConfig()
    mitigate: MitigateConfig = MitigateConfig()

    @model_validator(mode="after")
    def _weights_name_attributes(self) -> Config:
        unknown = set(self.reward.weights) - set(self.reward.attributes)
        if unknown:
            raise ValueError(
                f"reward.weights names {sorted(unknown)}, which reward.attributes doesn't list; "
                "add them there or remove their weights"
            )
        return self
