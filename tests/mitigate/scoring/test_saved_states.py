"""States that are saved as they come: a run that was killed goes on, with the same bits."""

from __future__ import annotations

from dataclasses import fields

import pytest
import torch

from evenhand.mitigate import states as tree
from evenhand.mitigate.kept import prose_states
from evenhand.mitigate.states import answer_states
from evenhand.records import outputs

PROMPTS = [f"Ann met Bob at the park {at}. Who was kind? Answer:" for at in range(12)]


@pytest.fixture(autouse=True)
def saved_at_every_part(monkeypatch):
    monkeypatch.setattr(outputs, "SECONDS", 0.0)


def same(first, second) -> bool:
    return all(
        torch.equal(getattr(first, part.name), getattr(second, part.name)) for part in fields(first)
    )


@pytest.mark.parametrize("trees", [True, False])
def test_answer_states_go_on_where_they_were_killed(causal, tmp_path, monkeypatch, trees):
    monkeypatch.setattr(tree, "ROWS", 4)
    monkeypatch.setattr(tree, "reads_fast", lambda _: trees)
    saved, told = tmp_path / "work" / "probes.safetensors", []
    given = {"top_k": 8, "nodes": 40, "saved": saved}
    whole = answer_states(*causal, PROMPTS, top_k=8, nodes=40)

    def killed(done: int, _: int) -> None:
        if done >= 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        answer_states(*causal, PROMPTS, **given, progress=killed)
    found = answer_states(*causal, PROMPTS, **given, progress=lambda *each: told.append(each))
    assert same(found, whole)
    assert told[0][0] > 7
    assert told[-1] == (12, 12)


def test_states_of_other_prompts_are_not_gone_on_with(causal, tmp_path):
    saved = tmp_path / "probes.safetensors"
    answer_states(*causal, PROMPTS, top_k=8, saved=saved)
    found = answer_states(*causal, PROMPTS[::-1], top_k=8, saved=saved)
    assert same(found, answer_states(*causal, PROMPTS[::-1], top_k=8))


def test_prose_goes_on_where_it_was_killed(causal, tmp_path, monkeypatch):
    from evenhand.mitigate import kept as prose

    monkeypatch.setattr(prose, "AT_ONCE", 1)  # a text a batch
    saved, calls = tmp_path / "prose.safetensors", []
    whole = prose_states(*causal, PROMPTS, 3, seed=1, top_k=8)
    real = prose._hidden

    def hidden(model, row):
        calls.append(row)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return real(model, row)

    monkeypatch.setattr(prose, "_hidden", hidden)
    with pytest.raises(KeyboardInterrupt):
        prose_states(*causal, PROMPTS, 3, seed=1, top_k=8, saved=saved)
    found = prose_states(*causal, PROMPTS, 3, seed=1, top_k=8, saved=saved)
    assert same(found.states, whole.states)
    assert torch.equal(found.token_logprobs, whole.token_logprobs)
    assert len(calls) == 6 + 12 - 5
