"""Splitting a probe set into two that share no template, no subject and no attribute.

Each of the three lists is split apart: templates that differ only in a man or a woman standing in
the context stay together, and so do attributes of the same text; subjects are split within
their clusters, attributes within their classes. What a layer learned on one side can then be
measured on subjects, wordings and claims that it never met. Deterministic for a seed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import numpy as np

from evenhand.errors import BadInput
from evenhand.mitigate.probes.types import Attribute, ProbeSet, Subject, Template

T = TypeVar("T")
_SOMEBODY = re.compile(r"\b(?:s?he|his|her|(?:wo)?m[ae]n|boys?|girls?)\b", re.IGNORECASE)


def split(probes: ProbeSet, seed: int, held_out: float = 0.4) -> tuple[ProbeSet, ProbeSet]:
    """Split into a set to train on and a set to measure on.

    Args:
        probes: What to split.
        seed: Same seed, same split.
        held_out: Share of each list that goes to the second set, between 0 and 1.

    Returns:
        The training set and the held-out set; attributes that no template of their side fits are
        left out.

    Raises:
        BadInput: The share is out of range, or a side would be without templates, pairs of
            subjects or attributes.
    """
    if not 0.0 < held_out < 1.0:
        raise BadInput(f"a held-out share of {held_out} isn't between 0 and 1")
    rng = np.random.default_rng([seed, 6])
    templates = _halves(probes.templates, _frame(probes.templates), _wording, held_out, rng)
    subjects = _halves(probes.subjects, _cluster(probes.subjects), _name, held_out, rng)
    attributes = _halves(probes.attributes, _class, _text, held_out, rng)
    train, test = (
        _side(probes.kind, templates[side], subjects[side], attributes[side]) for side in (0, 1)
    )
    return train, test


def _side(
    kind: str, templates: list[Template], subjects: list[Subject], attributes: list[Attribute]
) -> ProbeSet:
    slots = {template.slot for template in templates}
    fitting = tuple(one for one in attributes if one.kind in slots)
    made = ProbeSet(kind, tuple(templates), tuple(subjects), fitting)
    if not len(made):
        raise BadInput(f"the {kind} probes are too few to split; give more of them, or don't split")
    return made


def _wording(template: Template) -> str:
    return _SOMEBODY.sub("_", template.context)


def _frame(templates: Sequence[Template]) -> Callable[[Template], Hashable]:
    """Which stratum a template's wording is of: the kinds of attribute asked, names or demonyms."""
    slots: dict[str, set[str]] = {}
    for template in templates:
        slots.setdefault(_wording(template), set()).add(template.slot)
    return lambda template: (tuple(sorted(slots[_wording(template)])), template.demonym)


def _cluster(subjects: Sequence[Subject]) -> Callable[[Subject], Hashable]:
    """The cluster, or nothing where every subject is a cluster of its own."""
    shared = len({subject.cluster for subject in subjects}) < len(subjects)
    return lambda subject: subject.cluster if shared else ""


def _name(subject: Subject) -> str:
    return subject.text


def _class(attribute: Attribute) -> Hashable:
    return attribute.kind, attribute.id.rsplit(".", 1)[0]


def _text(attribute: Attribute) -> str:
    return attribute.text


def _halves(
    items: Sequence[T],
    stratum: Callable[[T], Hashable],
    unit: Callable[[T], Hashable],
    held_out: float,
    rng: np.random.Generator,
) -> tuple[list[T], list[T]]:
    """Split items by their units within strata; order is kept on both sides."""
    strata: dict[Hashable, list[Hashable]] = {}
    seen: set[Hashable] = set()
    for item in items:
        if unit(item) not in seen:
            seen.add(unit(item))
            strata.setdefault(stratum(item), []).append(unit(item))
    held: set[Hashable] = set()
    for units in strata.values():
        wanted = round(held_out * len(units))
        if len(units) > 1:
            wanted = min(max(wanted, 1), len(units) - 1)
        chosen = rng.permutation(len(units))[:wanted]
        held.update(units[int(k)] for k in chosen)
    kept = [item for item in items if unit(item) not in held]
    return kept, [item for item in items if unit(item) in held]
