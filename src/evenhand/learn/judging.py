"""Gates and rewards of proposed actions: verdicts first, and nothing is paid to what failed.

Gates and the reward are given; none is defined here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from evenhand.errors import BadInput
from evenhand.language.span import BatchGate, Gate, Span, Verdict
from evenhand.learn.states import IDENTITY, Action, State
from evenhand.records.job import Job
from evenhand.reward.change import Change, overshoot_verdict


class Reward(Protocol):
    """What rewordings are worth; ``reward.RewardModel`` is one."""

    def changes_many(self, work: Sequence[tuple[Job, Sequence[str]]]) -> list[list[Change]]:
        """One list an ad, one change a whole reworded text."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Targets of all groups of ads; aggregates only."""
        ...


@dataclass(frozen=True)
class Judge:
    """All gates of a collection.

    Attributes:
        gates: Gates on text, run on everything.
        batch_gates: Gates that run a model, in order, each on what passed so far.
    """

    gates: Sequence[Gate]
    batch_gates: Sequence[BatchGate] = ()

    def verdicts(self, state: State, actions: Sequence[Action]) -> list[tuple[Verdict, ...]]:
        """Verdicts on each action, in order; the identity needs none."""
        found = [self._on_text(state, action) for action in actions]
        for gate in self.batch_gates:
            asked = [
                place
                for place, action in enumerate(actions)
                if action.source != IDENTITY and passed(found[place])
            ]
            texts = [actions[place].after for place in asked]
            given = gate(state.job.text, state.span, texts) if texts else []
            if len(given) != len(texts):
                raise BadInput(f"a gate gave {len(given)} verdicts on {len(texts)} rewordings")
            for place, verdict in zip(asked, given, strict=True):
                found[place] += (verdict,)
        return found

    def _on_text(self, state: State, action: Action) -> tuple[Verdict, ...]:
        if action.source == IDENTITY:
            return ()
        if not action.finished:
            reason = f"cut off after {len(action.tokens)} tokens"
            return (Verdict("finished", False, reason),)
        return tuple(gate(state.job.text, state.span, action.after) for gate in self.gates)


def passed(verdicts: Sequence[Verdict]) -> bool:
    """Whether no gate refused."""
    return all(verdict.passed for verdict in verdicts)


@dataclass(frozen=True, slots=True)
class Judged:
    """One action with its verdicts, and its change where it passed the gates on wording."""

    state: State
    action: Action
    verdicts: tuple[Verdict, ...]
    change: Change | None

    @property
    def passed(self) -> bool:
        """Whether every gate let it through, the one against overshoot included."""
        return passed(self.verdicts)


def judge_all(
    states: Sequence[State],
    actions: Sequence[Sequence[Action]],
    judge: Judge,
    reward: Reward,
) -> list[Judged]:
    """Verdicts on every action, then the worth of all that passed, in one call of the engine.

    Raises:
        MatcherError: The engine failed.
    """
    flat = [
        (state, action, verdicts)
        for state, proposed in zip(states, actions, strict=True)
        for action, verdicts in zip(proposed, judge.verdicts(state, proposed), strict=True)
    ]
    paid = _changes(
        {
            place: (state, action)
            for place, (state, action, verdicts) in enumerate(flat)
            if passed(verdicts)
        },
        reward,
    )
    return [_judged(*entry, paid.get(place)) for place, entry in enumerate(flat)]


def _judged(
    state: State, action: Action, verdicts: tuple[Verdict, ...], change: Change | None
) -> Judged:
    if change is not None and action.source != IDENTITY:
        verdicts = (*verdicts, overshoot_verdict(change))
    return Judged(state, action, verdicts, change)


def _changes(passing: Mapping[int, tuple[State, Action]], reward: Reward) -> dict[int, Change]:
    """Each action is scored in its place, the rest of the ad as it was."""
    jobs: dict[str, tuple[Job, list[int], list[str]]] = {}
    for place, (state, action) in passing.items():
        _, places, texts = jobs.setdefault(state.job.id, (state.job, [], []))
        places.append(place)
        texts.append(in_place(state.job.text, state.span, action.after))
    changes = reward.changes_many([(job, texts) for job, _, texts in jobs.values()])
    return {
        place: change
        for (_, places, _), of_job in zip(jobs.values(), changes, strict=True)
        for place, change in zip(places, of_job, strict=True)
    }


def in_place(original: str, span: Span, after: str) -> str:
    """The whole ad with one span replaced."""
    return original[: span.start] + after + original[span.end :]
