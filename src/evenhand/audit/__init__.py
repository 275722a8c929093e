"""Evidence, reports and cards: what an evaluation found, for machines and for people.

``evaluate`` makes an ``Evaluation``; ``write_report``, ``evaluation_table`` and
``Evaluation.to_json`` say it. Nothing here changes an ad or a list.

Names are loaded when they are first used: an audit of a spreadsheet needs no report of an
evaluation.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.audit.cards import Licence, RunFacts, data_card, model_card
    from evenhand.audit.evaluation import Evaluation, Protocol, evaluate
    from evenhand.audit.report import render_report, write_report
    from evenhand.audit.statements import STATEMENTS, Statement, statements_markdown
    from evenhand.audit.table import evaluation_table

__all__ = [
    "STATEMENTS",
    "Evaluation",
    "Licence",
    "Protocol",
    "RunFacts",
    "Statement",
    "data_card",
    "evaluate",
    "evaluation_table",
    "model_card",
    "render_report",
    "statements_markdown",
    "write_report",
]

_HOMES = {
    "Evaluation": "evaluation",
    "Licence": "cards",
    "Protocol": "evaluation",
    "RunFacts": "cards",
    "STATEMENTS": "statements",
    "Statement": "statements",
    "data_card": "cards",
    "evaluate": "evaluation",
    "evaluation_table": "table",
    "model_card": "cards",
    "render_report": "report",
    "statements_markdown": "statements",
    "write_report": "report",
}


__getattr__ = loader(__name__, _HOMES)
