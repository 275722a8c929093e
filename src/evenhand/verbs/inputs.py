"""What most verbs are given: a file of ads, a pool of people, and who is qualified for what.

Reading itself is ``records``' business; this file only puts the pieces of one command together.
What an audit was given is kept in its provenance (``Asked``), so that it can be made or paired
again: files by the names that the user gave, with the digests of their bytes, and not the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.audit.rates import AuditSettings
from evenhand.errors import BadInput, RecordError
from evenhand.measure.counts import CROSSED
from evenhand.records.columns import DEFAULT_UNKNOWN, Unknown
from evenhand.records.files import digest_file
from evenhand.records.job import Job
from evenhand.records.outcomes import Outcomes, Reading, read_outcomes
from evenhand.records.people import Pool
from evenhand.records.rows import MOST_SAID, Problems, some

if TYPE_CHECKING:
    from evenhand.config.schema import MatcherConfig
    from evenhand.match.protocol import BoolArray


@dataclass(frozen=True)
class Case:
    """Ads, people and qualification, read and checked."""

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
    """Where the ads and people are and which of them count; text is taken for a path.

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

    def __post_init__(self) -> None:
        """Take text for the paths."""
        as_paths(self, "jobs", "pool", "judgements")

    def to_json(self) -> dict[str, Any]:
        """Plain values, for a folder that says what it was made from."""
        return _as_json(self)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> Inputs:
        """Read ``to_json`` back."""
        return _adapter(cls).validate_python(saved)

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
        """The ads alone."""
        from evenhand.records.documents import is_document
        from evenhand.records.people import read_jobs

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
        """The people alone."""
        from evenhand.records.people import read_people

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
        """Ads, people and who is qualified."""
        from evenhand.records.people import qualification, read_judgements

        skipped: list[RecordError] = []
        jobs, pool, judged = self.read_jobs(skipped), self.read_pool(skipped), None
        if self.judgements is not None:
            judged = read_judgements(self.judgements, skip_bad=skipped if self.skip_bad else None)
        qualified = qualification(jobs, pool, by=self.qualified_by, judgements=judged)
        pool = grouped(pool, by, flag) if by else pool
        return Case(jobs, pool, qualified, tuple(map(str, skipped)))

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
        """The part of the mapping that this file has columns for."""
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


def as_paths(record: object, *names: str) -> None:
    """Make paths of the text in fields of a frozen record."""
    for name in names:
        if isinstance(given := getattr(record, name), str):
            object.__setattr__(record, name, Path(given))


_WANTED = {
    "jobs": "ads themselves, such as evenhand.read_jobs({path!r})",
    "pool": "people themselves, such as evenhand.read_people({path!r})",
    "config": "settings themselves, such as evenhand.load_config([{path!r}])",
    "given": "evenhand.AuditInputs(outcomes={path!r}), or inputs=evenhand.Inputs(...)",
    "settings": "evenhand.AuditSettings(by={path!r})",
}
"""What functions take that is read from files, by the names of their arguments."""


def refuse_text(**given: object) -> None:
    """Refuse the name of a file, or of a column, where what it stands for is wanted."""
    for name, value in given.items():
        if isinstance(value, str | Path):
            wanted = _WANTED[name].format(path=str(value))
            raise BadInput(f"{name}: is the text {str(value)!r}; give {wanted}")


@cache
def _adapter(kind: type[Any]) -> Any:
    """What makes a record of this file of the JSON that it was saved as."""
    from pydantic import TypeAdapter

    from evenhand.config.schema import MatcherConfig  # noqa: F401 (pydantic looks for it here)

    return TypeAdapter(kind)


def _as_json(record: Inputs | AuditInputs) -> dict[str, Any]:
    """The same without pydantic, which the audit of a spreadsheet does without."""
    found = asdict(record)
    return {name: str(one) if isinstance(one, Path) else one for name, one in found.items()}


def reading_notes(path: Path, jobs: Sequence[Job]) -> list[str]:
    """A sentence for every ad that isn't in English, or that is hardly an ad; not for ever."""
    from evenhand.language.text import reading
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
    """The people with the groups that they are compared by; see ``Pool.grouped``."""
    try:
        names = [part.strip() for one in by for part in one.split(CROSSED)]
        return pool.grouped(names, alone=alone)
    except RecordError as cause:
        raise BadInput(f"{flag}: {cause}") from cause


def columns_in(path: Path, sheet: str = "") -> tuple[str, ...]:
    """Columns of a file; none for plain text and for what can't be read (its reader says why)."""
    from evenhand.records.documents import is_document
    from evenhand.records.tables import read_rows

    if is_document(path):
        return ()
    try:
        return read_rows(Problems(str(path), collect=True), None, sheet).columns
    except RecordError:
        return ()


def pairs(flags: Sequence[str], flag: str) -> dict[str, str]:
    """Repeated ``key=value`` flags as a mapping."""
    found: dict[str, str] = {}
    for text in flags:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise BadInput(f"{flag} {text}: write it as key=value")
        if key.strip() in found:
            raise BadInput(f"{flag} {text}: {key.strip()} was given before; give it once")
        found[key.strip()] = value.strip()
    return found


@dataclass(frozen=True)
class AuditInputs:
    """Files to audit, as the user named them; text is taken for a path.

    Attributes:
        inputs: Ads and people; None without either.
        outcomes: File of people assessed; None for none.
        rankings: File of lists; None to ask the engine.
        matcher: The engine and how long the lists are; None for the default, which is loaded where
            an engine is asked.
        reading: What the user says of the outcomes' columns and values.
    """

    inputs: Inputs | None = None
    outcomes: Path | None = None
    rankings: Path | None = None
    matcher: MatcherConfig | None = None
    reading: Reading = field(default_factory=Reading)

    def __post_init__(self) -> None:
        """Take text for the paths."""
        as_paths(self, "outcomes", "rankings")

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read."""
        given = [self.outcomes, self.rankings]
        if self.inputs is not None:
            given += [self.inputs.jobs, self.inputs.pool, self.inputs.judgements]
        return tuple(path for path in given if path is not None)

    @property
    def engine(self) -> MatcherConfig | None:
        """The engine that is asked for lists; None where lists are given, or nobody to list."""
        if self.rankings is not None or self.inputs is None or self.inputs.pool is None:
            return None
        from evenhand.config.schema import MatcherConfig

        return self.matcher or MatcherConfig()

    def read_outcomes(self, by: Sequence[str]) -> Outcomes:
        """The people assessed."""
        if self.outcomes is None:
            raise BadInput("--outcomes: no file of people assessed was given")
        return read_outcomes(self.outcomes, by=by, reading=self.reading)


@dataclass(frozen=True)
class Asked:
    """Files, settings and the digests that the files had."""

    given: AuditInputs
    settings: AuditSettings
    digests: Mapping[str, str]
    code: str = ""
    engine: str = ""

    def read_outcomes(self, by: Sequence[str]) -> Outcomes:
        """The people assessed; see ``AuditInputs.read_outcomes``."""
        return self.given.read_outcomes(by)

    def to_json(self) -> dict[str, Any]:
        """Everything as JSON-able data."""
        given, engine = self.given, self.given.engine
        return {
            **_as_json(replace(given, inputs=None)),
            "inputs": None if given.inputs is None else given.inputs.to_json(),
            "matcher": None if engine is None else engine.model_dump(mode="json"),
            "settings": asdict(self.settings),
            "digests": dict(self.digests),
            "code": self.code,
            "engine": self.engine,
        }


def asked(
    given: AuditInputs,
    settings: AuditSettings,
    digests: Mapping[str, str] | None = None,
    engine: str = "",
) -> Asked:
    """What is asked now, with the digests of the files and of the engine."""
    from evenhand.match.load import code_digest

    told = digests or {}
    digests = {str(path): told.get(str(path)) or digest_file(path) for path in given.files}
    code = "" if given.engine is None else code_digest(given.engine.name)
    return Asked(given, settings, digests, code, engine)


def asked_of(found: Mapping[str, Any]) -> Asked:
    """What ``to_json`` wrote."""
    return _adapter(Asked).validate_python({**found, "given": found})
