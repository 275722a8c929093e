"""The example evaluation and its report, made once."""

from __future__ import annotations

import pytest

from evenhand.audit import Evaluation
from evenhand.report import render_report
from evenhand.rewrite.result import Rewrite

from .example import example_evaluation, example_jobs

Example = tuple[Evaluation, dict[str, list[Rewrite]]]


@pytest.fixture(scope="session")
def example() -> Example:
    return example_evaluation()


@pytest.fixture(scope="session")
def page(example: Example) -> str:
    evaluation, rewrites = example
    return render_report(
        evaluation, jobs=example_jobs(), rewrites=rewrites, notice="All of this is made up."
    )
