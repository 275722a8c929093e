"""The cards of every measure that an audit may give, and those that one audit needs.

Families define their own measures; here they are put together, so that a report prints the
definition of everything it shows and a test finds a measure without one.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache

from evenhand.audit.evidence.audit import Audit
from evenhand.language.text_definitions import TEXT_DEFINITIONS
from evenhand.measure.attention.definitions import DEFINITIONS as OF_EXPOSURE
from evenhand.measure.candidates.definitions import DEFINITIONS as OF_CANDIDATES
from evenhand.measure.figure import Definition
from evenhand.measure.jobs.definitions import DEFINITIONS as OF_JOBS
from evenhand.measure.lists.definitions import DEFINITIONS as OF_LISTS
from evenhand.measure.quality_definitions import QUALITY_DEFINITIONS as OF_QUALITY
from evenhand.measure.quality_definitions import SIMILARITY_DEFINITIONS as OF_PAIRS
from evenhand.measure.rates.definitions import DEFINITIONS as OF_RATES

RATES, TEXT = "selection and scoring", "text"


@cache
def all_definitions() -> dict[str, Definition]:
    """Every measure by key, families in the order of the report."""
    of_text = (Definition(family=TEXT, **asdict(each)) for each in TEXT_DEFINITIONS)
    families = (OF_RATES, OF_LISTS, OF_EXPOSURE, OF_CANDIDATES, OF_JOBS, OF_PAIRS, OF_QUALITY)
    found = [each for family in families for each in family]
    return {each.key: each for each in (*found, *of_text)}


def family_of(measure: str) -> str:
    """The family of a measure by key."""
    return all_definitions()[measure].family


def definitions_of(audit: Audit) -> tuple[Definition, ...]:
    """The definitions of everything that this audit gives."""
    figures = audit.lists.figures if audit.lists else ()
    given = {one.measure for one in figures}
    families = {
        name for name, given_too in ((RATES, audit.rates), (TEXT, audit.wording)) if given_too
    }
    return tuple(
        each for key, each in all_definitions().items() if key in given or each.family in families
    )
