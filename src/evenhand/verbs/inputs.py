"""What most verbs are given: a file of ads, a pool of people, and who is qualified for what.

Reading itself is ``records``' business; this file only puts the pieces of one command together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evenhand.errors import BadInput, RecordError
from evenhand.match.protocol import BoolArray
from evenhand.records.candidate import Pool
from evenhand.records.job import Job
from evenhand.records.qualification import qualification, read_judgements
from evenhand.records.readers import read_ad, read_jobs, read_people

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Case:
    """Ads, people and qualification, read and checked.

    Attributes:
        jobs: The ads.
        pool: The people.
        qualified: Shape ``(jobs, people)``.
        skipped: What was left out because the user allowed it, one sentence each.
    """

    jobs: list[Job]
    pool: Pool
    qualified: BoolArray
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """Where the ads and people are and which of them count.

    Attributes:
        jobs: Ads, as JSONL, CSV, Parquet or one plain ``.txt``.
        pool: People, as JSONL, CSV or Parquet.
        qualified_by: Column of both files whose equality means qualified.
        judgements: File of (job, candidate) pairs instead of ``qualified_by``.
        where: Ads to keep, column to value.
        where_people: People to keep, column to value.
        mapping: The user's column names to evenhand's.
        skip_bad: Go on after a bad record and list it.
    """

    jobs: Path
    pool: Path | None = None
    qualified_by: str = "occupation_group"
    judgements: Path | None = None
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    where_people: Mapping[str, str] = field(default_factory=dict[str, str])
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    skip_bad: bool = False

    def read_jobs(self, skipped: list[RecordError] | None = None) -> list[Job]:
        """The ads alone.

        Raises:
            RecordError: A record is wrong and ``skip_bad`` is off.
        """
        if self.jobs.suffix == ".txt":
            return [read_ad(self.jobs)]
        return read_jobs(
            self.jobs,
            mapping=self.mapping,
            where=self.where,
            skip_bad=skipped if self.skip_bad else None,
        )

    def read_pool(self, skipped: list[RecordError] | None = None) -> Pool:
        """The people alone.

        Raises:
            BadInput: No pool was given, or a record is wrong and ``skip_bad`` is off.
        """
        if self.pool is None:
            raise BadInput("--pool: no people were given; name a file of people")
        return read_people(
            self.pool,
            mapping=self.mapping,
            where=self.where_people,
            skip_bad=skipped if self.skip_bad else None,
        )

    def read_both(self) -> tuple[list[Job], Pool, list[str]]:
        """Ads and people without asking who is qualified, and what was skipped."""
        skipped: list[RecordError] = []
        jobs, pool = self.read_jobs(skipped), self.read_pool(skipped)
        return jobs, pool, list(map(str, skipped))

    def read(self) -> Case:
        """Ads, people and who is qualified.

        Raises:
            RecordError: A record is wrong and ``skip_bad`` is off.
        """
        jobs, pool, skipped = self.read_both()
        judged = read_judgements(self.judgements) if self.judgements else None
        qualified = qualification(jobs, pool, by=self.qualified_by, judgements=judged)
        return Case(jobs, pool, qualified, tuple(skipped))


def pairs(flags: Sequence[str], flag: str) -> dict[str, str]:
    """Repeated ``key=value`` flags as a mapping.

    Raises:
        BadInput: One of them has no ``=``.
    """
    found: dict[str, str] = {}
    for text in flags:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise BadInput(f"{flag} {text}: write it as key=value")
        found[key.strip()] = value.strip()
    return found
