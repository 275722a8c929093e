"""What the released algorithm learns from: whole ads, one action each, -100 times a distance.

Restated from the released code of arXiv 2501.07324 in our own words: the state asks for a new
version of an ad, the only action is the ad as it is, and its worth is ``-100 * W1`` between a
target of equal shares and the shares of the top 50. Nothing is trained here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import wasserstein_distance

from evenhand.align.rollouts import Rollout
from evenhand.errors import ModelError
from evenhand.match.protocol import FloatArray, Matcher
from evenhand.records.job import Job
from evenhand.records.people import Pool
from evenhand.reward.model import in_matcher_order
from evenhand.reward.sides import labels_of

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

TOP = 50
SCALE = -100.0
SYSTEM = "You write job ads that are fair to everybody."
REQUEST = "Write a new job description. Use only information from the original."
_MARK = "\u241fad\u241f"


class WholeAdPrompts:
    """Asks for a whole ad anew: the ad in quotation marks, its title, the request.

    Raises:
        ModelError: The tokenizer has no chat template or no end token.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        if tokenizer.chat_template is None or tokenizer.eos_token_id is None:
            raise ModelError("the paper's recipe asks a chat model; use an instruct model")
        self._tokenizer = tokenizer

    def prompt_ids(self, job: Job) -> tuple[int, ...]:
        """The question, in token ids; nothing in an ad can close a turn of the chat."""
        title = f" The title is {_MARK}." if job.title else ""
        turns = [
            {"role": "system", "content": SYSTEM},
            {"role": "user", "content": f'"{_MARK}"{title} {REQUEST}'},
        ]
        whole = self._tokenizer.apply_chat_template(
            turns, tokenize=False, add_generation_prompt=True
        )
        parts = str(whole).split(_MARK)
        told = [job.text, job.title or ""]
        ids = self._ids(parts[0])
        for text, part in zip(told, parts[1:], strict=False):
            ids += self._ids(text, plain=True) + self._ids(part)
        return ids

    def answer_ids(self, text: str) -> tuple[int, ...]:
        """An ad as the model would write it, end token included."""
        end = self._tokenizer.eos_token_id
        assert isinstance(end, int)
        return (*self._ids(text, plain=True), end)

    def _ids(self, text: str, *, plain: bool = False) -> tuple[int, ...]:
        found = self._tokenizer(text, add_special_tokens=False, split_special_tokens=plain)
        return tuple(found["input_ids"])  # pyright: ignore[reportArgumentType]


def ad_rewards(jobs: Sequence[Job], pool: Pool, matcher: Matcher, attribute: str) -> FloatArray:
    """``-100 * W1(target, real)`` of every ad, shape ``(jobs,)``; -100 where nobody is listed.

    As released: vectors of *shares* go to ``scipy.stats.wasserstein_distance`` as if they were
    samples, so it doesn't matter which group has which share. With the target of equal shares
    and two groups that is ``|p - 1/2|``, and the reward lies in [-50, 0].

    Args:
        jobs: Ads.
        pool: People; those without a value in ``attribute`` don't count.
        matcher: The engine, bound to them.
        attribute: Column of the groups.

    Raises:
        MatcherError: The engine failed.
    """
    labels = labels_of(pool.take(in_matcher_order(pool, matcher)), attribute)
    groups = sorted(set(labels.tolist()) - {""})
    target = np.full(len(groups), 1.0 / len(groups))
    worth: list[float] = []
    for row in matcher.rank(jobs, TOP).positions:
        listed = labels[row[row >= 0]]
        counts = np.array([(listed == group).sum() for group in groups], dtype=np.float64)
        found = counts.sum() > 0
        distance = wasserstein_distance(target, counts / counts.sum()) if found else 1.0
        worth.append(SCALE * float(distance))
    return np.array(worth)


def one_action_each(
    jobs: Sequence[Job], rewards: FloatArray, prompts: WholeAdPrompts, by: str
) -> list[Rollout]:
    """One row an ad: the action is the ad itself, which nothing is compared with."""
    return [
        Rollout(
            job_id=job.id,
            group=job.fields.get(by, ""),
            start=0,
            end=len(job.text),
            kind="ad",
            before=job.text,
            after=job.text,
            source="identity",
            sample_index=-1,
            count=1,
            prompt_tokens=prompts.prompt_ids(job),
            tokens=prompts.answer_ids(job.text),
            logprob=None,
            finished=True,
            sampler="",
            gates=(),
            passed=True,
            reward_folds=(float(reward),),
            reward=float(reward),
            delta=None,
            halves=(),
            pool_digest="",
            matcher_digest="",
            model_digest="",
        )
        for job, reward in zip(jobs, rewards, strict=True)
    ]
