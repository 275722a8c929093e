"""Who audits what, as the auditor says it: shown on page, posting and in JSON, never checked.

Dates are given, not read from a clock: the same command makes the same bytes on any day.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from evenhand.records.visible import visible

LABELS = {
    "auditor": "Auditor",
    "employer": "Employer",
    "tool": "Tool",
    "data_period": "Data period",
    "audit_date": "Date of the audit",
    "distribution_date": "Tool in use since",
    "data_source": "Source of the data",
}


@dataclass(frozen=True, slots=True)
class Particulars:
    """What the auditor says of an audit; empty where nothing was said.

    Attributes:
        auditor: Who makes it.
        employer: Whose selections or lists they are.
        tool: What selected, scored or ranked.
        data_period: When the people were assessed.
        audit_date: When the audit was made.
        distribution_date: Since when the tool is in use.
        data_source: Where the data comes from, and what it is.
    """

    auditor: str = ""
    employer: str = ""
    tool: str = ""
    data_period: str = ""
    audit_date: str = ""
    distribution_date: str = ""
    data_source: str = ""

    def given(self) -> dict[str, str]:
        """What was said, by field, as it may be shown."""
        return {name: visible(value) for name, value in asdict(self).items() if value}

    def rows(self) -> tuple[tuple[str, str], ...]:
        """What was said, under the words that a page has for it."""
        return tuple((LABELS[name], value) for name, value in self.given().items())
