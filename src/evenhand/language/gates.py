"""The text gates: pure checks of one rewording, each a verdict with a reason.

``text_gates`` gives them in the order in which they should run, cheap and telling ones first.
Gates that run a language model (meaning, perplexity) are in ``generate``; those that need people
are in ``reward``.
"""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.config.schema import GatesConfig
from evenhand.errors import ConfigError
from evenhand.language.facts import facts_gate
from evenhand.language.fluency import fluency_gate, language_gate
from evenhand.language.neutrality import neutrality_gate, statement_problem
from evenhand.language.new_words import new_words_gate
from evenhand.language.span import BatchGate, Gate, Span, Verdict

Remembered = dict[tuple[str, Span, str], Verdict]
"""Verdicts by ad, span and replacement."""


def unchanged_gate(original: str, span: Span, replacement: str) -> Verdict:
    """The same text is no edit."""
    same = " ".join(replacement.split()) == " ".join(span.text.split())
    return Verdict("unchanged", not same, "the same text" if same else "the text differs")


def text_gates(config: GatesConfig, approved_statements: Sequence[str] = ()) -> list[Gate]:
    """All text gates for one configuration.

    Args:
        config: Bounds of length and overlap.
        approved_statements: Sentences about the employer that the user approved. One of them may
            stand at the end of a rewording; the gates judge what is left.

    Raises:
        ConfigError: An approved statement names a group or holds coded wording.
    """
    for statement in approved_statements:
        if problem := statement_problem(statement):
            raise ConfigError(
                f"sampling.approved_statements: {statement!r} {problem}; say it without that word"
            )
    approved = tuple(statement.strip() for statement in approved_statements)

    def without_approved(gate: Gate) -> Gate:
        def judge(original: str, span: Span, replacement: str) -> Verdict:
            return gate(original, span, _without(replacement, approved))

        return judge

    inner: list[Gate] = [
        language_gate,
        fluency_gate(config),
        facts_gate,
        neutrality_gate,
        new_words_gate(config),
    ]
    return [unchanged_gate, *(without_approved(gate) if approved else gate for gate in inner)]


def remembered(gate: BatchGate, known: Remembered | None = None) -> BatchGate:
    """The gate, asked once for each replacement of a span.

    Args:
        gate: A gate whose verdict on a replacement doesn't depend on the others.
        known: What it said before; filled further.
    """
    said: Remembered = {} if known is None else known

    def judge(original: str, span: Span, replacements: Sequence[str]) -> list[Verdict]:
        keys = [(original, span, after) for after in replacements]
        new = [key for key in dict.fromkeys(keys) if key not in said]
        if new:
            said.update(zip(new, gate(original, span, [key[2] for key in new]), strict=True))
        return [said[key] for key in keys]

    return judge


def _without(replacement: str, approved: tuple[str, ...]) -> str:
    """The replacement without an approved statement at its end."""
    for statement in approved:
        if statement and replacement.rstrip().endswith(statement):
            return replacement.rstrip().removesuffix(statement).rstrip()
    return replacement
