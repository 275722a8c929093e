"""What the figures of a results file allow to be said, in sentences; read from the JSON alone.

An effect is claimed only where its interval excludes 0. The README's block and the head of the
results page are made of these. Not measures, and no place for hope.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRIMARY = "tuned vs best_of_4"
ORIGINAL = "tuned vs original"
NO_CLAIM = "shows no effect that its interval allows to be claimed"
_WORDS = {"tuned": "the tuned model", "best_of_4": "best of 4 samples of the untuned model"}


def claims(report: Mapping[str, Any]) -> list[str]:
    """Every sentence that the README has, in order."""
    said = [
        asked(report),
        gap_sentence(report),
        change_sentence(report, PRIMARY),
        change_sentence(report, ORIGINAL),
        closed_sentence(report),
        quality_sentence(report),
        facts_sentence(report),
        *engine_sentences(report),
    ]
    return [sentence for sentence in said if sentence]


def plain(report: Mapping[str, Any]) -> str:
    """The same for readers who know nothing of R: for each 100 men who are shown, how many women.

    An interval that holds parity, or no change, is said as what may be luck.
    """
    systems = report["systems"]
    said = [
        "Real job ads were matched with real people by an engine in which a gap between women and "
        "men had been put, so that it was known what there was to find. Of equally many qualified "
        "women and men, for each 100 men it put into its lists there were "
        f"{_women(systems['original'])} women with the ads as they were"
    ]
    if "tuned" in systems:
        said[0] += f", and {_women(systems['tuned'])} with the ads as the tuned model rewords them"
    said = [f"{said[0]}.", _luck(report, ORIGINAL), _luck(report, PRIMARY)]
    if "rerank_detgreedy" in systems:
        said.append(
            "Re-ranking the lists and leaving the ads alone gave "
            f"{_women(systems['rerank_detgreedy'])}: look at that first."
        )
    return " ".join(sentence for sentence in said if sentence)


def _women(system: Mapping[str, Any]) -> str:
    """Women for each 100 men, from a ratio of their rates."""
    if system["R"] is None:
        return "no telling how many"
    ends = known(system["R_interval"])
    between = f" (95 % interval {100 * ends[0]:.0f} to {100 * ends[1]:.0f})" if ends else ""
    return f"about {100 * system['R']:.0f}{between}"


def _luck(report: Mapping[str, Any], name: str) -> str:
    """What one comparison allows to be said, without a figure."""
    change = report["paired"].get(name)
    ends = known(change.get("interval")) if change else None
    if ends is None:
        return ""
    if name == PRIMARY:
        what = "Training the model, beside the best of four proposals of the untrained one,"
    else:
        what = "Rewording by the tuned model"
    if ends[0] <= 0 <= ends[1]:
        return f"{what} made no difference that can be told from luck, so none is claimed."
    return f"{what} {'narrowed' if ends[1] < 0 else 'widened'} the gap by more than luck explains."


def asked(report: Mapping[str, Any]) -> str:
    """What was compared with what, on what."""
    protocol, seeds = report["protocol"], seeds_of(report)
    judged = protocol["evaluation"]["n_judged"]
    mean = f", mean of {seeds} seeds" if seeds > 1 else ""
    return (
        f"Run `{protocol['scale']}` on real ads and people, {judged} judged test ads and "
        f"{protocol['test_people']} test people that nothing was fitted to, in an engine whose "
        "gap between women and men was put there to be known. R is the Mantel–Haenszel ratio of "
        f"selection rates, women over men, top {protocol['evaluation']['top']}; 1 is parity, and "
        f"a negative change of |log R| is closer to it (95 % intervals over people and ads{mean})."
    )


def seeds_of(report: Mapping[str, Any]) -> int:
    """How many seeds the primary comparison is the mean of."""
    return max(1, len(report["paired"].get(PRIMARY, {}).get("per_seed", ())))


def gap_sentence(report: Mapping[str, Any]) -> str:
    """Whether the original ads show a gap on test people."""
    original = report["systems"]["original"]
    low_high = known(original["R_interval"])
    if low_high is None:
        return "With the original ads R on test people is undefined."
    low, high = low_high
    figure = f"R = {original['R']:.2f} ({low:.2f} to {high:.2f})"
    if low > 1 or high < 1:
        return f"With the original ads {figure}: a gap."
    return f"With the original ads {figure}: over all judged ads that interval holds parity."


def change_sentence(report: Mapping[str, Any], name: str) -> str:
    """One comparison; a claim only where the interval excludes 0."""
    change = report["paired"].get(name)
    if change is None:
        return ""
    after, before = (_WORDS.get(part, f"the {part} ads") for part in name.split(" vs "))
    ends = known(change.get("interval"))
    if ends is None:
        return f"{after.capitalize()} against {before}: {change.get('reason', 'undefined')}."
    figure = f"change of |log R| {signed(change['abs_log_R_change'])} ({span(ends)})"
    primary = "; the primary comparison, fixed in advance" if name == PRIMARY else ""
    if ends[0] <= 0 <= ends[1]:
        return f"{after.capitalize()} against {before} {NO_CLAIM}: {figure}{primary}."
    where = "closer to parity than" if ends[1] < 0 else "further from parity than"
    return f"{after.capitalize()} is {where} {before}: {figure}{primary}."


def closed_sentence(report: Mapping[str, Any]) -> str:
    """How much of the gap was closed, over all judged ads and over the tuned groups."""
    parts: list[str] = []
    for scope, found in report.get("gap_closed", {}).items():
        row = found["rows"].get("tuned")
        ends = known(row["gap_closed_interval"]) if row else None
        if row is None or ends is None or row["gap_closed"] is None:
            continue
        over = "all judged ads" if scope == "overall" else f"{', '.join(found['groups'])}"
        figure = f"{row['gap_closed']:.0%} ({ends[0]:.0%} to {ends[1]:.0%})".replace("-", "−")
        hedge = "" if ends[0] > 0 else f", which {NO_CLAIM}" if ends[1] >= 0 else ": it grew"
        parts.append(f"over {over} {figure}{hedge}")
    return f"Share of the original |log R| that tuning closed: {'; '.join(parts)}." if parts else ""


def quality_sentence(report: Mapping[str, Any]) -> str:
    """Whether nDCG was kept."""
    found = report["ndcg_noninferiority"]
    name = found["measure"].replace("ndcg", "nDCG")
    if found["non_inferior"] is None:
        return f"Whether ranking quality ({name}) was kept can't be said."
    if found["non_inferior"]:
        return f"Ranking quality was kept: a loss of {found['margin']:g} {name} is ruled out."
    lost = [scope for scope, check in found["groups"].items() if check["non_inferior"] is False]
    return (
        f"A loss of {found['margin']:g} {name} isn't ruled out in {', '.join(lost)}, so it isn't "
        "claimed that ranking quality was kept."
    )


def flagged(facts: Mapping[str, Any]) -> int:
    """How many edits a program flagged, by today's name or by that of earlier results."""
    return facts.get("flagged", facts.get("changed_meaning"))


def facts_sentence(report: Mapping[str, Any]) -> str:
    """How many accepted edits changed meaning, and who read them."""
    facts = report["facts"]
    if not facts["read"]:
        return "No accepted edit was read for facts."
    if facts.get("by") != "eye":
        return (
            f"A second, independent checker (a program) flagged {flagged(facts)} of "
            f"{facts['read']} accepted edits; nobody read them, so nothing bounds how many changed "
            "meaning."
        )
    return (
        f"Read by eye, {facts['changed_meaning']} of {facts['read']} accepted edits changed "
        f"meaning (at most {facts['upper_bound']:.1%} of such edits, one-sided 95 % bound)."
    )


def engine_sentences(report: Mapping[str, Any]) -> list[str]:
    """The same rewordings in engines that they weren't tuned for."""
    said: list[str] = []
    for name, engine in sorted(report["engines"].items()):
        train = report["gaps"][name]["train"]["overall"]
        ends = known(train["interval"])
        if ends is None or ends[0] <= 1 <= ends[1]:
            said.append(
                f"The engine `{name}`, as it comes, shows no detectable gap on training people, so "
                "no effect is claimed there."
            )
        else:
            sentence = change_sentence(engine, PRIMARY)
            said.append(f"In the engine `{name}`, not tuned on: {sentence}" if sentence else "")
    return said


def known(interval: Any) -> tuple[float, float] | None:
    """An interval of two numbers, or None."""
    if interval is None or None in interval:
        return None
    return float(interval[0]), float(interval[1])


def signed(value: float) -> str:
    """A difference with its sign."""
    return f"{value:+.3f}".replace("-", "−")


def span(ends: tuple[float, float]) -> str:
    """An interval of differences."""
    return f"{signed(ends[0])} to {signed(ends[1])}"
