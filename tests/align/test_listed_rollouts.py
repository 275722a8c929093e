"""With listed decoding the rollouts draw evenly from what rules make and gates let through."""

from __future__ import annotations

from evenhand.align.states import IDENTITY, listed, propose, states_of
from evenhand.config.schema import GatesConfig
from evenhand.language.gates import text_gates
from evenhand.language.rewordings import alternatives
from evenhand.language.span import Span

from .learn_fakes import FakeGenerator, FakePrompts, make_config, make_jobs

GATES = text_gates(GatesConfig())


def proposed(**sampling: object):
    config = make_config(decoding="listed", **sampling)
    states = states_of(make_jobs(4), FakePrompts(), config)
    generator = FakeGenerator()
    return config, states, propose(states, generator, FakePrompts(), GATES, config), generator


def test_the_model_draws_nothing_and_the_identity_comes_first():
    config, states, actions, generator = proposed(samples=3)
    assert generator.calls == 0
    for state, found in zip(states, actions, strict=True):
        assert found[0].source == IDENTITY
        assert all(action.source.startswith("rule:") for action in found[1:])
        assert len(found) == 1 + min(3, len(listed(state.span.text, GATES, config)))
        assert all(action.tokens == FakePrompts().answer_ids(action.after) for action in found)


def test_the_draw_is_repeatable_and_not_always_the_first():
    _, states, actions, _ = proposed(samples=3)
    assert [[a.after for a in found] for found in proposed(samples=3)[2]] == [
        [a.after for a in found] for found in actions
    ]
    text = states[1].span.text
    first = [after for after, _ in listed(text, GATES, make_config())[:3]]
    assert any([a.after for a in found[1:]] != first for found in actions)


def test_more_samples_than_listed_take_the_whole_list():
    config, states, actions, _ = proposed(samples=500, alternatives=7)
    for state, found in zip(states, actions, strict=True):
        text = state.span.text
        span = Span(0, len(text), text, "sentence")
        whole = alternatives(text, span, GATES, config.sampling.alternatives)
        assert [action.after for action in found[1:]] == [after for after, _ in whole]
        assert len(whole) <= 7
