"""Evidence, reports and cards: what an evaluation found, for machines and for people.

``evaluate`` makes an ``Evaluation``; ``write_report``, ``evaluation_table`` and
``Evaluation.to_json`` say it. Nothing here changes an ad or a list.
"""

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
