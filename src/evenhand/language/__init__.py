"""Language: spans that may be reworded, wording rules, protected facts, text gates, diffs.

spaCy and simplemma are imported on first use, not with this package.
"""

from evenhand.language.alternatives import alternatives
from evenhand.language.diff import Change, diff_html, pieces, word_diff
from evenhand.language.facts import Fact, FactSet, facts_gate, facts_of
from evenhand.language.findings import Finding, find_wording
from evenhand.language.fitting import fit_to_span
from evenhand.language.gates import text_gates
from evenhand.language.readability import Readability, readability
from evenhand.language.second_checker import second_check
from evenhand.language.sentences import sentences
from evenhand.language.span import (
    BatchGate,
    Edit,
    Gate,
    Score,
    Span,
    SpanKind,
    Verdict,
    apply_edits,
)
from evenhand.language.spans import editable_spans
from evenhand.language.text import content_lemmas, is_english, lemma, tokens, words
from evenhand.language.wording import rule_rewordings

__all__ = [
    "BatchGate",
    "Change",
    "Edit",
    "Fact",
    "FactSet",
    "Finding",
    "Gate",
    "Readability",
    "Score",
    "Span",
    "SpanKind",
    "Verdict",
    "alternatives",
    "apply_edits",
    "content_lemmas",
    "diff_html",
    "editable_spans",
    "facts_gate",
    "facts_of",
    "find_wording",
    "fit_to_span",
    "is_english",
    "lemma",
    "pieces",
    "readability",
    "rule_rewordings",
    "second_check",
    "sentences",
    "text_gates",
    "tokens",
    "word_diff",
    "words",
]
