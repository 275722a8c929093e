"""evenhand: reword job ads so that a matching engine ranks qualified people of every group alike.

The public names, loaded when they are first used, so that importing the package costs nothing: the
verbs are in ``evenhand.api``, what they take and give back is here. The rooms (``evenhand.match``,
``evenhand.reward``, …) are public too, and less settled.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand import api, mitigate
    from evenhand.audit.evidence.settings import AuditSettings
    from evenhand.config.compose import load_config
    from evenhand.config.schema import Config, MatcherConfig
    from evenhand.errors import EvenhandError
    from evenhand.language.span import Edit, Span, Verdict
    from evenhand.match.protocol import Matcher, Rankings
    from evenhand.records.candidate import Candidate, Pool
    from evenhand.records.job import Job
    from evenhand.records.market import load_market
    from evenhand.records.outcomes import Reading
    from evenhand.records.readers import read_ad, read_jobs, read_people
    from evenhand.records.result import Result
    from evenhand.rewrite.result import Rewrite, read_rewrites, write_rewrites
    from evenhand.verbs.asked import AuditInputs
    from evenhand.verbs.inputs import Inputs

__version__ = "0.1.0"

_HOMES = {
    "AuditInputs": "verbs.asked",
    "AuditSettings": "audit.evidence.settings",
    "Candidate": "records.candidate",
    "Config": "config.schema",
    "Edit": "language.span",
    "EvenhandError": "errors",
    "Inputs": "verbs.inputs",
    "Job": "records.job",
    "Matcher": "match.protocol",
    "MatcherConfig": "config.schema",
    "Pool": "records.candidate",
    "Rankings": "match.protocol",
    "Reading": "records.outcomes",
    "Result": "records.result",
    "Rewrite": "rewrite.result",
    "Span": "language.span",
    "Verdict": "language.span",
    "api": "api:",
    "load_config": "config.compose",
    "load_market": "records.market",
    "mitigate": "mitigate:",
    "read_ad": "records.readers",
    "read_jobs": "records.readers",
    "read_people": "records.readers",
    "read_rewrites": "rewrite.result",
    "write_rewrites": "rewrite.result",
}

__all__ = [
    "AuditInputs",
    "AuditSettings",
    "Candidate",
    "Config",
    "Edit",
    "EvenhandError",
    "Inputs",
    "Job",
    "Matcher",
    "MatcherConfig",
    "Pool",
    "Rankings",
    "Reading",
    "Result",
    "Rewrite",
    "Span",
    "Verdict",
    "__version__",
    "api",
    "load_config",
    "load_market",
    "mitigate",
    "read_ad",
    "read_jobs",
    "read_people",
    "read_rewrites",
    "write_rewrites",
]


__getattr__ = loader(__name__, _HOMES)


def __dir__() -> list[str]:
    """The public names, though most aren't loaded yet."""
    return sorted(__all__)
