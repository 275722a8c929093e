"""evenhand: reword job ads so that a matching engine ranks qualified people of every group alike.

The public names, loaded when they are first used, so that importing the package costs nothing.
The rooms (``evenhand.match``, ``evenhand.reward``, …) are public too, and less settled.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand import mitigate
    from evenhand.config.compose import load_config
    from evenhand.config.schema import Config
    from evenhand.errors import EvenhandError
    from evenhand.language.span import Edit, Span, Verdict
    from evenhand.match.protocol import Matcher, Rankings
    from evenhand.records.candidate import Candidate, Pool
    from evenhand.records.job import Job
    from evenhand.records.market import load_market
    from evenhand.records.readers import read_ad, read_jobs, read_people
    from evenhand.rewrite.result import Rewrite, read_rewrites, write_rewrites
    from evenhand.verbs.audit import audit as run_audit
    from evenhand.verbs.compare import compare as compare_audits
    from evenhand.verbs.evaluate import evaluate
    from evenhand.verbs.match import match as rank_people
    from evenhand.verbs.measure import measure as measure_parity
    from evenhand.verbs.mitigate import mitigate as train_mitigation
    from evenhand.verbs.probe import probe as probe_model
    from evenhand.verbs.rewrite import rewrite as rewrite_ads
    from evenhand.verbs.rollouts import collect_rollouts
    from evenhand.verbs.tune import tune

__version__ = "0.1.0"

_HOMES = {
    "Candidate": "records.candidate:Candidate",
    "Config": "config.schema:Config",
    "Edit": "language.span:Edit",
    "EvenhandError": "errors:EvenhandError",
    "Job": "records.job:Job",
    "Matcher": "match.protocol:Matcher",
    "Pool": "records.candidate:Pool",
    "Rankings": "match.protocol:Rankings",
    "Rewrite": "rewrite.result:Rewrite",
    "Span": "language.span:Span",
    "Verdict": "language.span:Verdict",
    "collect_rollouts": "verbs.rollouts:collect_rollouts",
    "compare_audits": "verbs.compare:compare",
    "evaluate": "verbs.evaluate:evaluate",
    "load_config": "config.compose:load_config",
    "load_market": "records.market:load_market",
    "measure_parity": "verbs.measure:measure",
    "mitigate": "mitigate",
    "probe_model": "verbs.probe:probe",
    "rank_people": "verbs.match:match",
    "read_ad": "records.readers:read_ad",
    "read_jobs": "records.readers:read_jobs",
    "read_people": "records.readers:read_people",
    "read_rewrites": "rewrite.result:read_rewrites",
    "rewrite_ads": "verbs.rewrite:rewrite",
    "run_audit": "verbs.audit:audit",
    "train_mitigation": "verbs.mitigate:mitigate",
    "tune": "verbs.tune:tune",
    "write_rewrites": "rewrite.result:write_rewrites",
}

__all__ = [
    "Candidate",
    "Config",
    "Edit",
    "EvenhandError",
    "Job",
    "Matcher",
    "Pool",
    "Rankings",
    "Rewrite",
    "Span",
    "Verdict",
    "__version__",
    "collect_rollouts",
    "compare_audits",
    "evaluate",
    "load_config",
    "load_market",
    "measure_parity",
    "mitigate",
    "probe_model",
    "rank_people",
    "read_ad",
    "read_jobs",
    "read_people",
    "read_rewrites",
    "rewrite_ads",
    "run_audit",
    "train_mitigation",
    "tune",
    "write_rewrites",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = _HOMES[name].partition(":")
    found = import_module(f"{__name__}.{module}")
    return getattr(found, attribute) if attribute else found
