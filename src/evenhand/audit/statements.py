"""What no report of evenhand can say, as data.

Every report ends with these statements, every card and the README repeat them word for word, and
tests compare the copies. Not a place for findings: nothing here depends on a run.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """One limit that holds for every result.

    Attributes:
        key: Stable name, for tests and for ``evaluation.json``.
        title: A few words.
        text: Whole sentences, for readers who know nothing of the method.
    """

    key: str
    title: str
    text: str


STATEMENTS: tuple[Statement, ...] = (
    Statement(
        "ranking_only",
        "One engine's ranking, not hiring",
        "The effect shown is on one engine's ranking of people who count as qualified by a proxy. "
        "It is not an effect on who applies, who is interviewed or who is hired.",
    ),
    Statement(
        "proxies",
        "Groups are proxies",
        "Groups are read from a column of the data. They are proxies to measure with; they may be "
        "wrong for any one person and say nothing about that person.",
    ),
    Statement(
        "no_preference",
        "No group is preferred",
        "Parity is the target. A gap in either direction is a loss, and so is going past parity.",
    ),
    Statement(
        "abstains",
        "Thin evidence",
        "Where evidence is thin evenhand abstains: it may propose plain-wording fixes, and it "
        "claims no effect for them.",
    ),
    Statement(
        "less_intrusive",
        "There is a less intrusive remedy",
        "Rewording ads treats a symptom. Fixing the engine, or re-ranking its lists, is the less "
        "intrusive remedy and should be looked at first; where re-ranking was measured, its row "
        "stands beside the others.",
    ),
    Statement(
        "no_audit",
        "Not an audit in the sense of the law",
        "This is not a bias audit under New York City's Local Law 144, and it makes no claim of "
        "compliance with that or any other law.",
    ),
    Statement(
        "take_counsel",
        "Laws may apply",
        "Job-notice and anti-discrimination law may apply to how ads are worded and to how people "
        "are ranked, and so may the high-risk rules of the EU AI Act: take counsel.",
    ),
    Statement(
        "lapses",
        "Results lapse",
        "Results hold for this engine and this pool. When either changes they lapse; evenhand "
        "compares digests and refuses to reuse them.",
    ),
)


def statements_markdown() -> str:
    """The statements as a Markdown list, one a line, ending with a newline."""
    return "".join(f"- **{each.title}.** {each.text}\n" for each in STATEMENTS)
