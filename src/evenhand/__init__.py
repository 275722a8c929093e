"""evenhand: reword job ads so that a matching engine ranks qualified people of every group alike.

The public names, loaded when they are first used, so that importing the package costs nothing: the
verbs are in ``evenhand.api``, what they take and give back is here. The rooms (``evenhand.match``,
``evenhand.reward``, …) are public too, and less settled.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import lister, loader

if TYPE_CHECKING:
    from evenhand import api, mitigate
    from evenhand.audit.rates import AuditSettings
    from evenhand.config.compose import load_config
    from evenhand.config.schema import Config, MatcherConfig
    from evenhand.errors import EvenhandError
    from evenhand.language.span import Edit, Span, Verdict
    from evenhand.match.protocol import Matcher, Rankings
    from evenhand.records.job import Job
    from evenhand.records.market import load_market
    from evenhand.records.outcomes import Reading
    from evenhand.records.people import Candidate, Pool, read_ad, read_jobs, read_people
    from evenhand.records.result import Result
    from evenhand.rewrite.result import Rewrite, read_rewrites, write_rewrites
    from evenhand.verbs.inputs import AuditInputs, Inputs

__version__ = "0.1.0"

_HOMES = {
    "AuditInputs": "verbs.inputs",
    "AuditSettings": "audit.rates",
    "Candidate": "records.people",
    "Config": "config.schema",
    "Edit": "language.span",
    "EvenhandError": "errors",
    "Inputs": "verbs.inputs",
    "Job": "records.job",
    "Matcher": "match.protocol",
    "MatcherConfig": "config.schema",
    "Pool": "records.people",
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
    "read_ad": "records.people",
    "read_jobs": "records.people",
    "read_people": "records.people",
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
__dir__ = lister(__all__)
