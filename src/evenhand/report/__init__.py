"""What was found, written down: pages, sentences, tables and cards for people and for machines.

Every writer of an audit takes what may be shown of it. Nothing here measures, and nothing here
decides what is hidden. Names are loaded when they are first used.
"""

from typing import TYPE_CHECKING

from evenhand.lazy import loader

if TYPE_CHECKING:
    from evenhand.report.cards import Licence, RunFacts, data_card, model_card
    from evenhand.report.page import STATEMENTS, Statement, statements_markdown
    from evenhand.report.pages.evaluation import evaluation_table, render_report, write_report

_HOMES = {
    "STATEMENTS": "page",
    "Licence": "cards",
    "RunFacts": "cards",
    "data_card": "cards",
    "evaluation_table": "pages.evaluation",
    "model_card": "cards",
    "Statement": "page",
    "statements_markdown": "page",
    "render_report": "pages.evaluation",
    "write_report": "pages.evaluation",
}

__all__ = [
    "STATEMENTS",
    "Licence",
    "RunFacts",
    "Statement",
    "data_card",
    "evaluation_table",
    "model_card",
    "render_report",
    "statements_markdown",
    "write_report",
]

__getattr__ = loader(__name__, _HOMES)
