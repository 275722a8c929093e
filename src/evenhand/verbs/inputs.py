"""What most verbs are given: a file of ads, a pool of people, and who is qualified for what.

Reading itself is ``records``' business; this file only puts the pieces of one command together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.errors import BadInput, RecordError
from evenhand.measure.labels import CROSSED
from evenhand.records.answers import DEFAULT_UNKNOWN, Unknown
from evenhand.records.candidate import Pool
from evenhand.records.columns import some
from evenhand.records.job import Job
from evenhand.records.rows import MOST_SAID, Problems

if TYPE_CHECKING:
    from evenhand.match.protocol import BoolArray
    from evenhand.records.qualification import Judgements


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

    @property
    def notes(self) -> tuple[str, ...]:
        """What was skipped and what was made of people's groups, one sentence each."""
        return *self.skipped, *self.pool.notes


@dataclass(frozen=True)
class Inputs:
    """Where the ads and people are and which of them count.

    Attributes:
        jobs: Ads, as JSONL, CSV, Parquet, or one as a document or ``-`` for standard input.
        pool: People, as JSONL, CSV or Parquet.
        qualified_by: Column of both files whose equality means qualified.
        judgements: File of (job, candidate) pairs instead of ``qualified_by``.
        where: Ads to keep, column to value.
        where_people: People to keep, column to value.
        mapping: The user's column names to evenhand's.
        skip_bad: Go on after a bad record and list it.
        unknown: Which values of people's attributes are no answer.
        sheet: Of a workbook, where it holds several.
    """

    jobs: Path
    pool: Path | None = None
    qualified_by: str = "occupation_group"
    judgements: Path | None = None
    where: Mapping[str, str] = field(default_factory=dict[str, str])
    where_people: Mapping[str, str] = field(default_factory=dict[str, str])
    mapping: Mapping[str, str] = field(default_factory=dict[str, str])
    skip_bad: bool = False
    unknown: Unknown = DEFAULT_UNKNOWN
    sheet: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a folder that says what it was made from."""
        return plain(asdict(self))

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Inputs:
        """Read ``to_json`` back."""
        names = {each.name for each in fields(cls)}
        kept = {name: value for name, value in saved.items() if name in names}
        for name in ("jobs", "pool", "judgements"):
            kept[name] = None if kept[name] is None else Path(kept[name])
        kept["unknown"] = unknown_of(kept["unknown"])
        return cls(**kept)

    def as_options(self) -> list[str]:
        """The words of a command line that reads the same, the ads first; settings aren't said."""
        words = [str(self.jobs)]
        words += [] if self.pool is None else ["--pool", str(self.pool)]
        words += [] if self.judgements is None else ["--judgements", str(self.judgements)]
        for flag, held in (
            ("--where", self.where),
            ("--where-people", self.where_people),
            ("--map", self.mapping),
        ):
            words += [word for key, value in held.items() for word in (flag, f"{key}={value}")]
        words += [word for value in self.unknown.more for word in ("--unknown", value)]
        words += [] if self.unknown.listed else ["--no-unknown"]
        return [*words, "--skip-bad"] if self.skip_bad else words

    def read_jobs(self, skipped: list[RecordError] | None = None) -> list[Job]:
        """The ads alone.

        Raises:
            RecordError: A record is wrong and ``skip_bad`` is off.
        """
        from evenhand.records.documents import is_document
        from evenhand.records.readers import read_jobs

        if is_document(self.jobs):
            return self._read_ads()
        return read_jobs(
            self.jobs,
            mapping=self._mapping_of(self.jobs),
            where=self.where,
            skip_bad=skipped if self.skip_bad else None,
            sheet=self.sheet,
        )

    def read_pool(self, skipped: list[RecordError] | None = None) -> Pool:
        """The people alone.

        Raises:
            BadInput: No pool was given, or a record is wrong and ``skip_bad`` is off.
        """
        from evenhand.records.readers import read_people

        if self.pool is None:
            raise BadInput("--pool: no people were given; name a file of people")
        return read_people(
            self.pool,
            mapping=self._mapping_of(self.pool),
            where=self.where_people,
            skip_bad=skipped if self.skip_bad else None,
            unknown=self.unknown,
            sheet=self.sheet,
        )

    def read_both(self) -> tuple[list[Job], Pool, list[str]]:
        """Ads and people without asking who is qualified, and what was skipped."""
        skipped: list[RecordError] = []
        jobs, pool = self.read_jobs(skipped), self.read_pool(skipped)
        return jobs, pool, list(map(str, skipped))

    def read(self, by: Sequence[str] = (), flag: str = "--by") -> Case:
        """Ads, people and who is qualified.

        Args:
            by: Attributes that people are compared by; ``a*b`` for intersections.
            flag: Where the names were given.

        Raises:
            RecordError: A record is wrong and ``skip_bad`` is off.
            BadInput: As for ``grouped``.
        """
        from evenhand.records.qualification import qualification

        skipped: list[RecordError] = []
        jobs, pool = self.read_jobs(skipped), self.read_pool(skipped)
        judged = self._read_judgements(skipped)
        qualified = qualification(jobs, pool, by=self.qualified_by, judgements=judged)
        pool = grouped(pool, by, flag) if by else pool
        return Case(jobs, pool, qualified, tuple(map(str, skipped)))

    def _read_judgements(self, skipped: list[RecordError]) -> Judgements | None:
        if self.judgements is None:
            return None
        from evenhand.records.qualification import read_judgements

        return read_judgements(self.judgements, skip_bad=skipped if self.skip_bad else None)

    def _read_ads(self) -> list[Job]:
        """The ads of a document, which has no columns to keep them by."""
        from evenhand.records.documents import read_documents

        if self.where:
            raise BadInput(
                f"--where: {self.jobs} is plain text and has no columns; leave the flag out, or "
                "give ads as .jsonl, .csv or .parquet"
            )
        return [Job(one.id, one.text, one.title) for one in read_documents(self.jobs)]

    def _mapping_of(self, path: Path) -> dict[str, str]:
        """The part of the mapping that this file has columns for.

        Raises:
            BadInput: A mapped column is in none of the files.
        """
        if not self.mapping:
            return {}
        others = [other for other in (self.jobs, self.pool) if other not in (None, path)]
        elsewhere = {name for other in others if other for name in columns_in(other)}
        here = columns_in(path)
        for theirs, ours in self.mapping.items():
            if theirs not in here and theirs not in elsewhere:
                named = ", ".join(str(one) for one in (self.jobs, self.pool) if one)
                raise BadInput(
                    f"--map {theirs}={ours}: no column of {named} has the name {theirs!r}; the "
                    f"columns are {some(sorted({*here, *elsewhere}))}"
                )
        return {theirs: ours for theirs, ours in self.mapping.items() if theirs in here}


def plain(fields_of: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a record as JSON can hold them: paths as text."""
    return {name: str(one) if isinstance(one, Path) else one for name, one in fields_of.items()}


def unknown_of(saved: Mapping[str, Any]) -> Unknown:
    """Which values are no answer, from ``plain`` fields."""
    return Unknown(tuple(saved["more"]), bool(saved["listed"]))


def reading_notes(path: Path, jobs: Sequence[Job]) -> list[str]:
    """A sentence for every ad that isn't in English, or that is hardly an ad; not for ever.

    Args:
        path: The file that they are from.
        jobs: The ads.
    """
    from evenhand.language.languages import reading
    from evenhand.records.documents import STDIN, is_document, read_documents

    name = "standard input" if str(path) == STDIN else str(path)
    documents = read_documents(path) if is_document(path) else []
    line_of = {one.id: one.line_of for one in documents}
    said: list[str] = []
    for job in jobs:
        ad = name if len(jobs) == 1 else f"{name}, ad {job.id}"
        said += reading(job.text).sentences(ad, line_of.get(job.id))
    if len(said) > MOST_SAID:
        said = [*said[:MOST_SAID], f"{name}: and {len(said) - MOST_SAID:,} more ads like these"]
    return said


def grouped(pool: Pool, by: Sequence[str], flag: str = "--by", *, alone: bool = True) -> Pool:
    """The people with the groups that they are compared by; see ``Pool.grouped``.

    Args:
        pool: The people.
        by: Attributes; ``a*b`` for intersections.
        flag: Where the names were given.
        alone: Whether ``--unknown`` is about these people alone.

    Raises:
        BadInput: A column isn't there, has no value or too many; every such column in one message.
    """
    try:
        names = [part.strip() for one in by for part in one.split(CROSSED)]
        return pool.grouped(names, alone=alone)
    except RecordError as cause:
        raise BadInput(f"{flag}: {cause}") from cause


def columns_in(path: Path, sheet: str = "") -> tuple[str, ...]:
    """Columns of a file; none for plain text and for what can't be read (its reader says why)."""
    from evenhand.records.documents import is_document
    from evenhand.records.formats import read_rows

    if is_document(path):
        return ()
    try:
        return read_rows(Problems(str(path), collect=True), None, sheet).columns
    except RecordError:
        return ()


def pairs(flags: Sequence[str], flag: str) -> dict[str, str]:
    """Repeated ``key=value`` flags as a mapping.

    Raises:
        BadInput: One of them has no ``=``, or a key is there twice.
    """
    found: dict[str, str] = {}
    for text in flags:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise BadInput(f"{flag} {text}: write it as key=value")
        if key.strip() in found:
            raise BadInput(f"{flag} {text}: {key.strip()} was given before; give it once")
        found[key.strip()] = value.strip()
    return found
