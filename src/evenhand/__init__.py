"""evenhand: reword job ads so that a matching engine ranks qualified people of every group alike.

The public names, loaded when they are first used, so that importing the package costs nothing.
The rooms (``evenhand.match``, ``evenhand.reward``, …) are public too, and less settled.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

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
    "Candidate": "records.candidate",
    "Config": "config.schema",
    "Edit": "language.span",
    "EvenhandError": "errors",
    "Job": "records.job",
    "Matcher": "match.protocol",
    "Pool": "records.candidate",
    "Rankings": "match.protocol",
    "Rewrite": "rewrite.result",
    "Span": "language.span",
    "Verdict": "language.span",
    "collect_rollouts": "verbs.rollouts",
    "compare_audits": "verbs.compare:compare",
    "evaluate": "verbs.evaluate",
    "load_config": "config.compose",
    "load_market": "records.market",
    "measure_parity": "verbs.measure:measure",
    "mitigate": "mitigate:",
    "probe_model": "verbs.probe:probe",
    "rank_people": "verbs.match:match",
    "read_ad": "records.readers",
    "read_jobs": "records.readers",
    "read_people": "records.readers",
    "read_rewrites": "rewrite.result",
    "rewrite_ads": "verbs.rewrite:rewrite",
    "run_audit": "verbs.audit:audit",
    "train_mitigation": "verbs.mitigate:mitigate",
    "tune": "verbs.tune",
    "write_rewrites": "rewrite.result",
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


__getattr__ = loader(__name__, _HOMES)
