"""Every verb of the command as a function of the same name: ``from evenhand import api``.

``evenhand probe-report`` is ``api.probe_report``; each is loaded when it is first used. Not the
rooms of the same names (``evenhand.audit``, ``evenhand.match``, …), which hold what they are
made of.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import lister, loader

if TYPE_CHECKING:
    from evenhand.records.market import write_market as market
    from evenhand.verbs.audit import audit
    from evenhand.verbs.check import check
    from evenhand.verbs.compare import compare
    from evenhand.verbs.demo import demo
    from evenhand.verbs.doctor import doctor
    from evenhand.verbs.engine_check import engine_check
    from evenhand.verbs.evaluate import evaluate
    from evenhand.verbs.explain import explain
    from evenhand.verbs.guard import guard
    from evenhand.verbs.measure import match, measure
    from evenhand.verbs.mitigate import mitigate, probe, probe_report
    from evenhand.verbs.rewrite import rewrite
    from evenhand.verbs.rollouts import rollouts
    from evenhand.verbs.tune import tune
    from evenhand.web.serve import serve

__all__ = [
    "audit",
    "check",
    "compare",
    "demo",
    "doctor",
    "engine_check",
    "evaluate",
    "explain",
    "guard",
    "market",
    "match",
    "measure",
    "mitigate",
    "probe",
    "probe_report",
    "rewrite",
    "rollouts",
    "serve",
    "tune",
]

_HOMES = {name: f"verbs.{name}" for name in __all__} | {
    "market": "records.market:write_market",
    "match": "verbs.measure",
    "probe": "verbs.mitigate",
    "probe_report": "verbs.mitigate",
    "serve": "web.serve",
}

__getattr__ = loader(__name__, _HOMES, "evenhand")
__dir__ = lister(__all__)
