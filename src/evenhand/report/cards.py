"""Model and data cards for run folders, as Markdown; the words stand in ``data/texts/cards.toml``.

Not a report: a card says what a trained run is, what it is for and what it isn't, so that a
folder found a year later can be judged without its makers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenhand.report.page import Texts, statements_markdown


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


_say = Texts("cards")


def model_card(run: RunFacts) -> str:
    """The model card of a run, ending with a newline."""
    learned = "Value heads" if run.sizes.get("examples") == 0 else "Adapters and value heads"
    data = {**_text(run.sizes), **run.digests}
    return _say(
        "model",
        **_about(run),
        learned=learned,
        base_model=run.base_model,
        version=run.version,
        seed=run.seed,
        data=_mapping("Training data and digests", data),
        metrics=_mapping("Figures", run.metrics) if run.metrics else "",
        abstained=_mapping("Abstained", run.abstained) if run.abstained else "",
        statements=statements_markdown(),
    )


def data_card(run: RunFacts) -> str:
    """The card of the rollouts that a run was trained on, ending with a newline."""
    sizes, digests = _mapping("Sizes", _text(run.sizes)), _mapping("Digests", run.digests)
    return _say("data", **_about(run), sizes=sizes, digests=digests)


def _about(run: RunFacts) -> dict[str, str]:
    """What both cards say of a run."""
    parts = "".join(f"- {each.name}: {each.licence} ({each.role})\n" for each in run.licences)
    return {
        "name": run.name,
        "engine": run.engine,
        "attributes": ", ".join(run.attributes) or "none",
        "synthetic": _say("synthetic") if run.synthetic else "",
        "licences": _say("own") + parts,
    }


def _text(sizes: Mapping[str, int]) -> dict[str, str]:
    return {name: f"{size:,}" for name, size in sizes.items()}


def _mapping(heading: str, rows: Mapping[str, str]) -> str:
    lines = "".join(f"| {_cell(name)} | {_cell(value)} |\n" for name, value in rows.items())
    return f"## {heading}\n\n| what | which |\n| --- | --- |\n{lines}\n"


def _cell(text: str) -> str:
    """Text that can't end its cell."""
    return text.replace("|", "\\|").replace("\n", " ")
