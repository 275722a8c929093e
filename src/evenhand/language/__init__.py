"""Language: spans that may be reworded, wording rules, protected facts, gates and diffs."""

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

__all__ = [
    "BatchGate",
    "Edit",
    "Gate",
    "Score",
    "Span",
    "SpanKind",
    "Verdict",
    "apply_edits",
]
