"""The text gates on hand-made tricky spans: true rewordings pass, changes of meaning don't."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from evenhand.config.schema import GatesConfig
from evenhand.language.gates import text_gates
from evenhand.language.span import Span, Verdict

_SPEC = importlib.util.spec_from_file_location(
    "tricky_spans", Path(__file__).with_name("tricky_spans.py")
)
assert _SPEC is not None
assert _SPEC.loader is not None
tricky_spans = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(tricky_spans)


def _failed(before: str, after: str) -> list[Verdict]:
    span = Span(0, len(before), before, "sentence")
    verdicts = [gate(before, span, after) for gate in text_gates(GatesConfig())]
    return [verdict for verdict in verdicts if not verdict.passed]


def test_the_set_is_as_large_as_promised() -> None:
    pairs = {(b, a) for b, a, *_ in (*tricky_spans.TRUE_REWORDINGS, *tricky_spans.CHANGES)}
    assert len(pairs) == len(tricky_spans.TRUE_REWORDINGS) + len(tricky_spans.CHANGES)
    assert len(pairs) >= 150


@pytest.mark.parametrize(("before", "after"), tricky_spans.TRUE_REWORDINGS)
def test_a_true_rewording_passes_every_gate(before: str, after: str) -> None:
    assert _failed(before, after) == []


@pytest.mark.parametrize(("before", "after", "gates"), tricky_spans.CHANGES)
def test_a_change_is_refused_by_its_gate(before: str, after: str, gates: str) -> None:
    refused = {verdict.gate for verdict in _failed(before, after)}
    assert refused & set(gates.split("|"))
