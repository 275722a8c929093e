"""Small stand-ins for the rooms that rollouts are made with: deterministic, quick, no weights."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from evenhand.config.schema import Config, SamplingConfig
from evenhand.generate.protocol import Completion, SamplerSettings
from evenhand.language.span import Span, Verdict
from evenhand.records.job import Job
from evenhand.reward.model import Change, Paid

GROUPS = ("sales", "nursing")
DUTIES = (
    "You will lead the regional team and report progress to the board every quarter.",
    "Prepare clear monthly reports about the open accounts for our clients.",
    "Keep careful records of every visit and share them with the whole team.",
)


def number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big")


def make_jobs(count: int = 10) -> list[Job]:
    return [
        Job(
            f"job-{at}",
            f"About job {at}\n\n" + "\n".join(DUTIES[: 2 + at % 2]) + "\n",
            fields={"occupation_group": GROUPS[at % 2]},
        )
        for at in range(count)
    ]


def make_config(**sampling: object) -> Config:
    settings = {"decoding": "free", "samples": 4, "rules": False, **sampling}
    return Config(sampling=SamplingConfig(**settings))


class FakePrompts:
    """A question of a few bytes; answers are bytes and an end token."""

    digest = "prompts"

    def prompt_ids(self, text: str) -> tuple[int, ...]:
        return (300, *text.encode()[:20], 301)

    def answer_ids(self, text: str) -> tuple[int, ...]:
        return (*text.encode(), 302)


class FakeGenerator:
    """Samples that depend on the question and the seed; some repeat, one is cut off."""

    def __init__(self, digest: str = "generator") -> None:
        self.digest = digest
        self.calls = 0

    def sample(
        self, prompts: Sequence[Sequence[int]], settings: SamplerSettings
    ) -> list[list[Completion]]:
        self.calls += 1
        return [
            [self._one(tuple(p), s, settings) for s in range(settings.samples)] for p in prompts
        ]

    def _one(self, prompt: tuple[int, ...], sample: int, settings: SamplerSettings) -> Completion:
        kind = "same" if sample in (1, 2) else str(sample)
        code = number(f"{prompt}{kind}{settings.seed}")
        text = f"Guide the team in way {code % 97}."
        return Completion(text, (*text.encode(), 302), -float(code % 50), sample != 3)


class FakeReward:
    """Pays by a hash of the text; one group abstains."""

    def __init__(self, digest: str = "") -> None:
        self.digest = digest
        self.asked: list[str] = []

    def changes_many(self, work: Sequence[tuple[Job, Sequence[str]]]) -> list[list[Change]]:
        self.asked += [text for _, texts in work for text in texts]
        return [[self._change(job, text) for text in texts] for job, texts in work]

    def _change(self, job: Job, text: str) -> Change:
        if job.group == "nursing":
            return Change(delta=0.0, halves=(0.0, 0.0), trace={}, abstained=True)
        worth = 0.0 if text == job.text else (number(text) % 1000) / 1000 - 0.3
        over = {"gender": Paid(worth, 0.2, worth)}
        return Change(worth, (worth, worth), worth, (worth, worth), worth, over, False)

    def to_json(self) -> dict[str, object]:
        return {"groups": {}, "digest": self.digest}


def odd_gate(original: str, span: Span, after: str) -> Verdict:
    """Refuses a third of all rewordings."""
    passed = number(after) % 3 != 0
    return Verdict("facts", passed, "compared" if passed else f"adds '{after[-4:]}'")


class CountingBatchGate:
    """Refuses a quarter; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, original: str, span: Span, texts: Sequence[str]) -> list[Verdict]:
        self.asked += texts
        return [Verdict("meaning", number(text) % 4 != 1, "cosine 0.91") for text in texts]
