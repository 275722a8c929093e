"""The results of the mitigation benchmark as tables in Markdown; numbers only, no probe's text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from masked_table import as_table
from mitigation_checks import as_tables as check_tables
from mitigation_checks import evidence_said

COLUMNS = (
    ("mu", "μ"),
    ("delta", "δ"),
    ("epsilon", "ε"),
    ("subject_mass", "mass"),
    ("recall1", "recall@1"),
    ("accuracy1", "accuracy@1"),
    ("perplexity", "perplexity"),
)


def as_markdown(report: Mapping[str, Any]) -> str:
    """Every table of a results file."""
    base = report["preservation_base"]
    parts = [
        "# A layer that evens out stereotyped preferences: results",
        f"{report['model']}, {report['seconds']} s, commit {report['commit']}. "
        "μ: bias intensity, δ: dependence on order, ε: "
        "insensitivity to negation, all of scores normalised over the pair, on templates, "
        "subjects and attributes that training never saw. Mass: probability of both subjects. "
        f"What is kept: recall@1 of {base['kept_intervals']['recall1'][2]} facts, accuracy@1 of "
        f"{base['kept_intervals']['accuracy1'][2]} choices (chance "
        f"{base['accuracy_chance']:.2f}), perplexity of "
        f"{base['kept_intervals']['relative_perplexity'][2]} places in held-out prose. Passes: μ, "
        "δ and ε at least halved, recall and accuracy within 2 points, perplexity within 2 %, "
        "mass at least .9 of the base's.",
        *_verdict(report["kinds"]),
        *(_kind(name, found) for name, found in report["kinds"].items()),
        "## One layer for all kinds",
        _table(
            ("kind", *(label for _, label in COLUMNS), "passes"),
            ((kind, *_cells(row)) for kind, row in report["all_kinds"].items()),
        ),
        "## Trained on one kind, measured on another (after over before)",
        _transfer(report["transfer"]),
        "## The layer of all kinds on our own hiring templates (after over before)",
        _hiring(report["hiring"]),
        "## The frontier: weight of lost subject mass (seed 0)",
        "![Attribute error left against subject mass kept](mitigation_frontier.svg)",
        *(_frontier(kind, rows) for kind, rows in report["frontier"].items()),
        "## Outside views, layer of all kinds",
        _outside(report["outside_views"]),
        "The layer acts where a question is asked about people and next to nowhere else, so that "
        "these views don't see it: it is no cure for what they measure.",
        "## The product: ads reworded with and without the layer of all kinds",
        _product(report["product"]),
        *(
            part
            for title, columns, rows in check_tables(report)
            for part in (f"## {title}", _table(columns, rows))
        ),
        evidence_said(report["evidence"]),
        "## A small masked model",
        as_table(report["masked"]),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(kinds: Mapping[str, Any]) -> list[str]:
    """What the layer does in every kind, whether it passes, and whether the controls fail."""
    said = ["## In short"]
    rows: list[tuple[str, ...]] = []
    for kind, found in kinds.items():
        base, ours = found["systems"]["base"], found["systems"]["layer"]
        rows.append(
            (
                kind,
                *(f"{ours[each] / base[each] - 1:+.0%}" for each, _ in COLUMNS[:4]),
                f"{100 * (ours['recall1'] - base['recall1']):+.1f}",
                f"{100 * (ours['accuracy1'] - base['accuracy1']):+.1f}",
                f"{ours['relative_perplexity']:+.2%}",
                _yes(ours["passes"]),
            )
        )
    names = ("kind", "μ", "δ", "ε", "mass", "recall, points", "accuracy, points", "perplexity",
             "passes")  # fmt: skip
    said.append(_table(names, rows))
    said.append(_passing(kinds))
    return said


def _passing(kinds: Mapping[str, Any]) -> str:
    """Who passes, and what each system that doesn't fails on."""
    systems = list(next(iter(kinds.values()))["systems"])
    lines = ["In every kind and with every seed, or what fails:", ""]
    for system in systems:
        failing = {
            kind: _failures(found["systems"]["base"], found["systems"][system])
            for kind, found in kinds.items()
        }
        passed = [kind for kind, found in kinds.items() if found["systems"][system]["passes"]]
        reasons = "; ".join(f"{kind}: {', '.join(why)}" for kind, why in failing.items() if why)
        lines.append(f"* {system}: passes in {', '.join(passed) or 'none'}. {_fails(reasons)}")
    return "\n".join(lines)


def _fails(reasons: str) -> str:
    return f"Fails on {reasons}." if reasons else "Fails on nothing, on the mean of its seeds."


def _failures(base: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """What a system's mean over seeds fails on."""
    found = [label for key, label in COLUMNS[:3] if row[key] > 0.5 * base[key]]
    if row["subject_mass"] < 0.9 * base["subject_mass"]:
        found.append("mass")
    found += [key for key in ("recall1", "accuracy1") if base[key] - row[key] > 0.02]
    if row["relative_perplexity"] > 0.02:
        found.append("perplexity")
    return found


def _kind(name: str, found: Mapping[str, Any]) -> str:
    rows = [(system, *_cells(row)) for system, row in found["systems"].items()]
    base = found["systems"]["base"]
    ours = found["systems"]["layer"]
    said = "; ".join(
        f"{label} {base[key]:.3f} {_between(base, key)} → {ours[key]:.3f} {_between(ours, key)}"
        for key, label in COLUMNS[:3]
    )
    changed = ours["changed_top"]
    return "\n\n".join(
        (
            f"## {name[0].upper()}{name[1:]}",
            f"{found['test_examples']} held-out probes, {found['train_examples']} to train on, "
            f"{ours['seeds']} seeds.",
            _table(("system", *(label for _, label in COLUMNS), "passes"), rows),
            f"Base and layer with 95 % intervals (seed 0): {said}; μ of a model without preference "
            f"on these probes is at most {ours['mu_by_chance']:.3f}. SD between seeds of the "
            f"layer: μ {ours['deviation']['mu']:.4f}, δ {ours['deviation']['delta']:.4f}, ε "
            f"{ours['deviation']['epsilon']:.4f}. Its top answer differs from the base's in "
            f"{changed['facts']:.1%} of facts, {changed['choices']:.1%} of choices and "
            f"{changed['prose']:.1%} of places in prose.",
        )
    )


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    shown = [f"{row[key]:.2f}" if key == "perplexity" else f"{row[key]:.3f}" for key, _ in COLUMNS]
    return (*shown, _yes(row["passes"]))


def _yes(passed: bool) -> str:
    return "yes" if passed else "no"


def _transfer(found: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    kinds = list(next(iter(found.values())))
    rows = [
        (
            source,
            *(
                " / ".join(f"{each[kind][name]:.2f}" for name in ("mu", "delta", "epsilon"))
                for kind in kinds
            ),
        )
        for source, each in found.items()
    ]
    return _table(("trained on", *(f"{kind}: μ / δ / ε" for kind in kinds)), rows)


def _hiring(found: Mapping[str, Mapping[str, float]]) -> str:
    rows = [
        (
            kind,
            f"{row['examples']:.0f}",
            *(f"{row[f'base_{name}']:.3f}" for name in ("mu", "delta", "epsilon")),
            *(f"{row[name]:.2f}" for name in ("mu", "delta", "epsilon", "subject_mass")),
        )
        for kind, row in found.items()
    ]
    names = ("kind", "probes", "base μ", "base δ", "base ε", "μ", "δ", "ε", "mass")
    return _table(names, rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}"
    return "\n".join((head, *(f"| {' | '.join(row)} |" for row in rows)))


def _between(row: Mapping[str, Any], key: str) -> str:
    low, high = row["intervals"][key]
    return f"[{low:.3f}, {high:.3f}]"


def _frontier(kind: str, rows: Sequence[Mapping[str, Any]]) -> str:
    columns = (
        kind,
        "μ",
        "δ",
        "ε",
        "mass kept",
        "recall@1",
        "accuracy@1",
        "perplexity, relative",
        "passes",
    )
    return _table(
        columns,
        (
            (
                f"{row['mass_weight']:g}",
                *(f"{row[name]:.3f}" for name in ("mu", "delta", "epsilon", "mass_kept")),
                *(f"{row[name]:.3f}" for name in ("recall1", "accuracy1")),
                f"{row['relative_perplexity']:+.4f}",
                _yes(row["passes"]),
            )
            for row in rows
        ),
    )


def _outside(found: Mapping[str, Any]) -> str:
    rows: list[tuple[str, ...]] = []
    for name, views in found.items():
        crows, stereo = views["crows_pairs"], views["stereoset"]
        rows.append(
            (
                name,
                f"{crows['n']}",
                _share(crows["stereotyped"]),
                f"{stereo['n']}",
                *(_share(stereo[each]) for each in ("ss", "lms", "icat")),
            )
        )
    return _table(("system", "n", "CrowS stereotyped", "n", "ss", "lms", "icat"), rows)


def _share(found: Mapping[str, float]) -> str:
    return f"{found['value']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _product(found: Mapping[str, Any]) -> str:
    if "skipped" in found:
        return f"Not run: {found['skipped']}."
    rows = [
        (
            name,
            f"{row['R']:.3f} [{row['interval'][0]:.2f}, {row['interval'][1]:.2f}]",
            f"{row['proposals']}",
            f"{row['gate_pass_rate']:.3f}",
            f"{row['refused_as_coded']:.3f}",
            f"{row['coded_wording_added_per_ad']:+.2f}",
            f"{row['edits_per_ad']:.2f}",
        )
        for name, row in found["systems"].items()
    ]
    names = ("system", "R", "proposals", "pass gates", "refused as coded", "coded added an ad",
             "edits an ad")  # fmt: skip
    return f"{found['ads']} ads.\n\n{_table(names, rows)}"
