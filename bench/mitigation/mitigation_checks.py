"""What a sceptic asks of the mitigation layer next: other ways of asking, evidence, and its parts.

Other forms: the same held-out probes put in ways that training never saw. Evidence: questions in
the probes' own form whose text gives the answer. Parts: the layer without sight of what the text
mentions. Not the main table (``mitigation``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from evenhand.config.schema import Config
from evenhand.generate.regulator import Regulator
from evenhand.mitigate.kept import choice_rows, evidence_choices
from evenhand.mitigate.layer import moved_logprobs
from evenhand.mitigate.train import GROUPS, Opened, as_asked
from lab.kept_summary import wilson
from mitigation_stages import KINDS, probed
from mitigation_systems import BASE, LAYER, judged

OTHER_FORMS = ("answer", "infill", "chat")


def other_forms(
    folder: Path, opened: Opened, config: Config, layer: Regulator | None, count: int, lists: Path
) -> dict[str, dict[str, Any]]:
    """Bias of the base and with a layer, by form of asking and kind.

    Args:
        folder: Where states are kept.
        opened: The base model.
        config: k; its form is the one that the layer was trained in.
        layer: Of all kinds.
        count: Held-out probes of each kind and form.
        lists: UnQover's word lists.
    """
    found: dict[str, dict[str, Any]] = {}
    for form in OTHER_FORMS:
        asked = config.model_copy(
            update={"mitigate": config.mitigate.model_copy(update={"form": form})}
        )
        where = folder / "forms" / form
        where.mkdir(parents=True, exist_ok=True)
        found[form] = {}
        for kind in KINDS:
            test = probed(where, opened, kind, 1, count, asked, "unqover", lists)
            before, after = judged(test, None, 100), judged(test, layer, 100)
            found[form][kind] = {
                "examples": len(test.examples),
                **{
                    name: {
                        each: getattr(one, each)
                        for each in ("mu", "delta", "epsilon", "subject_mass")
                    }
                    for name, one in ((BASE, before), (LAYER, after))
                },
            }
    return found


def evidence(opened: Opened, config: Config, layer: Regulator | None) -> dict[str, Any]:
    """Accuracy at questions in the probes' form whose text gives the answer, nothing begun.

    A base at chance here means that the check can notice nothing, and that is said.
    """
    section = config.mitigate
    asked = [
        as_asked(one, section.form, opened.tokenizer, begun=False)
        for one in evidence_choices("evaluation", GROUPS)
    ]
    rows = choice_rows(
        opened.model, opened.tokenizer, asked, top_k=section.top_k, words=opened.words
    )
    chance = (1.0 / (rows.token_ids >= 0).sum(1).double()).mean()
    found: dict[str, Any] = {"chance": float(chance), "n": len(rows)}
    for name, system in ((BASE, None), (LAYER, layer)):
        with torch.no_grad():
            options = rows.logprobs(moved_logprobs(rows.states, system))
        right = options.argmax(1) == rows.right
        found[name] = asdict(wilson(float(right.sum()), len(right)))
    return found


def as_tables(report: Mapping[str, Any]) -> list[tuple[str, list[str], list[list[str]]]]:
    """Title, columns and rows of each check."""
    forms = [
        [form, kind, *(_arrow(row, each) for each in ("mu", "delta", "epsilon", "subject_mass"))]
        for form, kinds in report["other_forms"].items()
        for kind, row in kinds.items()
    ]
    parts = [
        [kind, *(f"{row[each]:.3f}" for each in ("mu", "delta", "epsilon", "subject_mass"))]
        for kind, row in report["without_mentions"].items()
    ]
    names = ["μ", "δ", "ε", "mass"]
    return [
        (
            "The layer of all kinds in forms of asking that it wasn't trained in",
            ["form", "kind", *names],
            forms,
        ),
        ("The layer without sight of what the text mentions (seed 0)", ["kind", *names], parts),
    ]


def evidence_said(found: Mapping[str, Any]) -> str:
    """What the check with evidence can tell."""
    base, layer = found[BASE], found[LAYER]
    return (
        f"Questions in the probes' form whose text gives the answer, with nothing begun (n "
        f"{found['n']}, chance {found['chance']:.3f}): base {base['value']:.3f} "
        f"[{base['low']:.3f}, {base['high']:.3f}], layer of all kinds {layer['value']:.3f} "
        f"[{layer['low']:.3f}, {layer['high']:.3f}]. Where the base is at chance this notices "
        "nothing: whether evidence still counts is seen in the choices above, whose answers are "
        "begun."
    )


def _arrow(row: Mapping[str, Any], name: str) -> str:
    return f"{row[BASE][name]:.3f} → {row[LAYER][name]:.3f}"
