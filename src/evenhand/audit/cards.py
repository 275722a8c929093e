"""Model and data cards for run folders, as Markdown.

Not a report: a card says what a trained run is, what it is for and what it isn't, so that a
folder found a year later can be judged without its makers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenhand.audit.statements import statements_markdown


@dataclass(frozen=True, slots=True)
class Licence:
    """A part that was made by others."""

    name: str
    licence: str
    role: str


PARTS = (
    Licence("SmolLM2-135M-Instruct (Hugging Face TB)", "Apache-2.0", "base language model"),
    Licence("all-MiniLM-L6-v2 (sentence-transformers)", "Apache-2.0", "encoder of the engine"),
)
"""Models that are bundled; name your own where the config names others."""


@dataclass(frozen=True)
class RunFacts:
    """What a run knows of itself.

    Attributes:
        name: Of the run.
        base_model: Name of the language model that was tuned.
        engine: Name of the matching engine that it was tuned against.
        attributes: Protected attributes that the reward looked at.
        version: Of evenhand.
        seed: Of everything random.
        digests: Of pool, ads, engine, model, config and rollouts, by name.
        sizes: Ads, people, rollouts, examples and so on, by name.
        metrics: Figures of the run, by name, ready to print.
        abstained: Groups of ads that nothing was tuned for, with the reason.
        licences: Parts made by others.
        synthetic: Whether the data is the bundled, synthetic market.
    """

    name: str
    base_model: str
    engine: str
    attributes: tuple[str, ...]
    version: str
    seed: int
    digests: Mapping[str, str]
    sizes: Mapping[str, int]
    metrics: Mapping[str, str] = field(default_factory=dict[str, str])
    abstained: Mapping[str, str] = field(default_factory=dict[str, str])
    licences: tuple[Licence, ...] = PARTS
    synthetic: bool = False


SYNTHETIC = (
    "> The data of this run is the bundled **synthetic** market. It shows that the machinery runs; "
    "its figures are evidence of nothing.\n"
)


def model_card(run: RunFacts) -> str:
    """The model card of a run, ending with a newline."""
    attributes = ", ".join(run.attributes) or "none"
    learned = "Value heads" if run.sizes.get("examples") == 0 else "Adapters and value heads"
    parts = [
        f"# Model card: {run.name}\n",
        SYNTHETIC if run.synthetic else "",
        "## What it is\n",
        f"{learned} on {run.base_model}, tuned by evenhand {run.version} to reword "
        f"spans of job ads so that the matching engine {run.engine} shows qualified people of "
        f"every group alike (attributes measured: {attributes}). Nothing is accepted without "
        "passing every gate; where a gate fails, the original words stay.\n",
        "## Intended use\n",
        "Proposing rewordings of job ads that the same engine will rank the same kind of pool "
        "for, to be read and approved by a person before they are published.\n",
        "## Not for\n",
        "- Other engines or pools than the ones below, without evaluating again.\n"
        "- Ranking, screening or describing people.\n"
        "- Steering an ad towards or away from a group.\n"
        "- Ads in other languages than English, or publishing without review.\n",
        _mapping("## Training data and digests\n", {**_text(run.sizes), **run.digests}),
        _mapping("## Figures\n", run.metrics) if run.metrics else "",
        _mapping("## Abstained\n", run.abstained) if run.abstained else "",
        f"Seed: {run.seed}. The same data, settings and seed give the same run.\n",
        "## Limits\n",
        statements_markdown(),
        "## Licences\n",
        _licences(run),
    ]
    return "\n".join(part for part in parts if part)


def data_card(run: RunFacts) -> str:
    """The card of the rollouts that a run was trained on, ending with a newline."""
    attributes = ", ".join(run.attributes) or "none"
    parts = [
        f"# Data card: rollouts of {run.name}\n",
        SYNTHETIC if run.synthetic else "",
        "## What it holds\n",
        "Spans of the training ads, proposed replacements of them, what every gate said, and what "
        f"each passing replacement was worth in the engine {run.engine}. It holds the ads' own "
        "text: treat it as you treat the ads.\n",
        "## What it does not hold\n",
        f"No person: no profile, no id and no attribute of anybody. Attributes ({attributes}) were "
        "read to measure what a replacement is worth, and only such sums are kept.\n",
        _mapping("## Sizes\n", _text(run.sizes)),
        _mapping("## Digests\n", run.digests),
        "## Known limits\n",
        "- Groups are proxies and so is qualification; see the model card.\n"
        "- Replacements come from wording rules and a small language model: most of what could be "
        "said is not in it.\n"
        "- Worth was measured on one pool and one engine and lapses when either changes.\n",
        "## Licences\n",
        _licences(run),
    ]
    return "\n".join(part for part in parts if part)


def _text(sizes: Mapping[str, int]) -> dict[str, str]:
    return {name: f"{size:,}" for name, size in sizes.items()}


def _mapping(heading: str, rows: Mapping[str, str]) -> str:
    lines = "".join(f"| {_cell(name)} | {_cell(value)} |\n" for name, value in rows.items())
    return f"{heading}\n| what | which |\n| --- | --- |\n{lines}"


def _cell(text: str) -> str:
    """Text that can't end its cell."""
    return text.replace("|", "\\|").replace("\n", " ")


def _licences(run: RunFacts) -> str:
    own = "- evenhand: Apache-2.0\n- The ads and people are yours; their terms are not changed.\n"
    return own + "".join(f"- {p.name}: {p.licence} ({p.role})\n" for p in run.licences)
