"""The table of the masked model in the results of the mitigation benchmark."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def as_table(found: Mapping[str, Any]) -> str:
    """What ``mitigation_masked.masked`` found, as Markdown."""
    model = found["model"]
    told = model["stories"]
    lines = [
        f"MiniLM's encoder with a head trained here for {model['steps']} steps ({model['seconds']} "
        f"s) on ads, biographies and made-up stories. On {model['kept_intervals']['accuracy1'][2]} "
        f"masked words of held-out prose accuracy@1 is {model['accuracy1']:.3f} and "
        f"pseudo-perplexity {model['pseudo_perplexity']:.0f}; of held-out stories that say who is "
        f"meant, {told['certain_right']:.3f} are filled rightly (subject mass "
        f"{told['certain_subject_mass']:.2f}; {told['open_subject_mass']:.2f} where nothing says).",
    ]
    columns = (
        "system", "μ (by chance up to)", "δ", "ε", "mass", "accuracy@1", "evidence@1",
        "pseudo-perplexity", "KL", "changed", "passes",
    )  # fmt: skip
    for kind, one in found["kinds"].items():
        lines += ["", f"### {kind}, {one['test_examples']} held-out probes", ""]
        lines += [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
        lines += [_line(name, row) for name, row in one["systems"].items()]
    return "\n".join(lines)


def _line(name: str, row: Mapping[str, Any]) -> str:
    parts = (
        name,
        f"{row['mu']:.3f} ({row['mu_by_chance']:.3f})",
        *(f"{row[each]:.3f}" for each in ("delta", "epsilon", "subject_mass")),
        *(f"{row[each]:.3f}" for each in ("accuracy1", "evidence1")),
        f"{100 * row['relative_perplexity']:+.2f} %",
        f"{row['kl_to_base']:.4f}",
        f"{row['changed_top']:.3f}",
        "yes" if row["passes"] else "no",
    )
    return f"| {' | '.join(parts)} |"
