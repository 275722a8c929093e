"""What an audit was asked, as data: kept in its provenance so that it can be made or paired again.

Files go by the names that the user gave, with the digests of their bytes. Not the data itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenhand.audit.evidence.settings import AuditSettings
from evenhand.errors import BadInput
from evenhand.records.files import digest_file
from evenhand.records.outcome_columns import Outcome
from evenhand.records.outcomes import Outcomes, Reading, read_outcomes
from evenhand.verbs.inputs import Inputs, plain, unknown_of

if TYPE_CHECKING:
    from evenhand.config.schema import MatcherConfig


@dataclass(frozen=True)
class AuditInputs:
    """Files to audit, as the user named them.

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
        """The people assessed.

        Raises:
            BadInput: There is no such file, or it is wrong.
        """
        if self.outcomes is None:
            raise BadInput("--outcomes: no file of people assessed was given")
        return read_outcomes(self.outcomes, by=by, reading=self.reading)


@dataclass(frozen=True)
class Asked:
    """Files, settings and the digests that the files had.

    Attributes:
        given: The files.
        settings: What was compared and how.
        digests: Of the files' bytes, by name.
        code: Digest of the file of an engine of the user's own; ``""`` for others.
        engine: Digest of the engine and its people; ``""`` where none was asked.
    """

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
        given = self.given
        asked = given.engine
        return {
            "inputs": None if given.inputs is None else given.inputs.to_json(),
            "outcomes": _text(given.outcomes),
            "rankings": _text(given.rankings),
            "matcher": None if asked is None else asked.model_dump(mode="json"),
            "reading": plain(asdict(given.reading)),
            "settings": plain(asdict(self.settings)),
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
    """What is asked now, with the digests of the files and of the engine.

    Args:
        given: The files.
        settings: What is compared and how.
        digests: Those that are known, by name: of files that were read, and those that stand for
            files with hidden people in them.
        engine: Digest of the engine and its people; ``""`` where it isn't published.

    Raises:
        StorageError: A file can't be read.
    """
    from evenhand.match.callable import code_digest

    told = digests or {}
    digests = {str(path): told.get(str(path)) or digest_file(path) for path in given.files}
    code = "" if given.engine is None else code_digest(given.engine.name)
    return Asked(given, settings, digests, code, engine)


def asked_of(found: Mapping[str, Any]) -> Asked:
    """What ``to_json`` wrote.

    Raises:
        KeyError: Something is missing.
        TypeError: Something is of another form.
        ValueError: The engine's settings are wrong.
    """
    inputs, matcher = found["inputs"], found["matcher"]
    if matcher is not None:
        from evenhand.config.schema import MatcherConfig

        matcher = MatcherConfig.model_validate(matcher)
    given = AuditInputs(
        inputs=None if inputs is None else Inputs.from_json(inputs),
        outcomes=_path(found["outcomes"]),
        rankings=_path(found["rankings"]),
        matcher=matcher,
        reading=_reading(found["reading"]),
    )
    settings = dict(found["settings"])
    settings["by"] = tuple(settings["by"])
    digests, code, engine = (found[name] for name in ("digests", "code", "engine"))
    return Asked(given, AuditSettings(**settings), dict(digests), str(code), str(engine))


def _reading(found: Mapping[str, Any]) -> Reading:
    outcome = found["outcome"]
    return Reading(
        mapping=dict(found["mapping"]),
        unknown=unknown_of(found["unknown"]),
        outcome=Outcome(tuple(outcome["positive"]), outcome["blank"]),
        stages=tuple(found["stages"]),
        where=dict(found["where"]),
        sheet=found["sheet"],
    )


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)


def _path(text: str | None) -> Path | None:
    return None if text is None else Path(text)
