"""What the row ``rloo`` is asked and how its answers are paid: the same as in the rollouts.

A reworded span is gated, then paid for the whole ad with the span replaced; returns are scaled
and clipped as for ILQL, a refused one gets the fixed return, the span itself 0. Trains nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Protocol

import numpy as np

from evenhand.align.rollouts import (
    Judge,
    Reward,
    Rollout,
    Trust,
    judge_all,
    read_rollouts,
    read_targets,
    require_something,
    returns_of,
    trust,
)
from evenhand.align.states import IDENTITY, MODEL, Action, State, listed
from evenhand.config import Config
from evenhand.errors import Abstained
from evenhand.language.gates import fit_to_span
from evenhand.language.span import Span, SpanKind
from evenhand.match.protocol import Matcher
from evenhand.records.job import Job
from evenhand.records.people import Pool
from evenhand.reward.gates import Scale
from evenhand.reward.model import RewardModel
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.rollouts import load_lean_gate


class TrainingData(Protocol):
    """Training ads and people; ``hiring_protocol.Bench`` is one."""

    @property
    def train_ads(self) -> list[Job]:
        """The ads that the rollouts were collected on."""
        ...

    @property
    def train_people(self) -> Pool:
        """The people that the reward was found on."""
        ...


@dataclass(frozen=True)
class Task:
    """What is learned and from what.

    Attributes:
        states: Spans of trusted groups that leave a choice.
        answers: The answers listed for each; empty where decoding is free.
        judge: All gates.
        reward: Pays what passed.
        scale: Of the returns, as fitted on the rollouts.
        trust: Which groups may be learned from.
        budget: Most tokens to generate: those of the rollouts' replacements.
        tools: The base model.
    """

    states: list[State]
    answers: list[tuple[tuple[int, ...], ...]]
    judge: Judge
    reward: Reward
    scale: Scale
    trust: Trust
    budget: int
    tools: LanguageTools


def task_of(rollouts_dir: Path, bench: TrainingData, config: Config, matcher: Matcher) -> Task:
    """What RLOO may learn from the ads, people and targets of some rollouts.

    Raises:
        Abstained: No group's reward may be learned from, or no span leaves a choice.
    """
    rows, targets = read_rollouts(rollouts_dir), read_targets(rollouts_dir)
    found = trust(rows, targets, config.reward, config.seed)
    require_something(found, rows)
    tools = LanguageTools.open(config)
    gates = tools.gates()
    states = states_of_rows([row for row in rows if row.group in found.kept], bench.train_ads)
    answers: list[tuple[tuple[int, ...], ...]] = [() for _ in states]
    if config.sampling.decoding == "listed":
        lists = [listed(state.span.text, gates, config) for state in states]
        answers = [tuple(tools.prompts.answer_ids(after) for after, _ in each) for each in lists]
        # A list of one leaves nothing to learn.
        kept = [at for at, each in enumerate(answers) if len(set(each)) > 1]
        states, answers = [states[at] for at in kept], [answers[at] for at in kept]
    if not states:
        raise Abstained("nothing is tuned: no span of a trusted group leaves a choice")
    return Task(
        states=states,
        answers=answers,
        judge=Judge(gates, [*tools.batch_gates(), load_lean_gate(rollouts_dir, tools.embed)]),
        reward=RewardModel.with_targets(
            targets, bench.train_people, matcher, config.reward, seed=config.seed
        ),
        scale=Scale(**returns_of(rows, found.kept, config.reward).report["scale"]),
        trust=found,
        budget=tokens_of(rows),
        tools=tools,
    )


def states_of_rows(rows: Sequence[Rollout], ads: Sequence[Job]) -> list[State]:
    """The states of some rollouts, each once, in order."""
    by_id = {ad.id: ad for ad in ads}
    found: dict[tuple[str, int, int], State] = {}
    for row in rows:
        kind: SpanKind = "duty" if row.kind == "duty" else "sentence"
        span = Span(row.start, row.end, row.before, kind)
        found.setdefault(row.state, State(by_id[row.job_id], span, row.prompt_tokens))
    return list(found.values())


def tokens_of(rows: Sequence[Rollout]) -> int:
    """Tokens of all replacements of some rollouts, repeats included; the identity has none."""
    return sum(len(row.tokens) * row.count for row in rows if not row.is_identity)


def returns_for(task: Task, prompts: Sequence[str], answers: Sequence[Action]) -> list[float]:
    """Returns of answers, in order: gated, paid and scaled as the rollouts are.

    Args:
        task: What the returns are about.
        prompts: The place of each answer's state, as text; equal ones stand together.
        answers: What was sampled; the span itself is worth 0.
    """
    together = [list(each) for _, each in groupby(range(len(prompts)), lambda at: prompts[at])]
    states = [task.states[int(prompts[places[0]])] for places in together]
    proposed = [[answers[at] for at in places] for places in together]
    judged = judge_all(states, proposed, task.judge, task.reward)
    rewards = [each.change.reward if each.change is not None else 0.0 for each in judged]
    passed = np.array([each.passed for each in judged])
    return task.scale.returns(np.array(rewards), passed).tolist()


def answer_of(state: State, said: str, tokens: Sequence[int], ended: bool) -> Action:
    """What the model said as a replacement of the state's span."""
    text, cut, _ = said.partition("\n")
    after = fit_to_span(state.span.text, text.strip())
    source = IDENTITY if after == state.span.text else MODEL
    return Action(after, source, tuple(tokens), finished=ended or bool(cut))
