import io

from rich.console import Console

from evenhand.audit import evaluate
from evenhand.report import evaluation_table

from .conftest import Example
from .example import ToneEngine, example_jobs, example_pool


def printed(table, width: int = 80) -> str:  # type: ignore[no-untyped-def]
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(table)
    return out.getvalue()


def test_one_row_a_system_in_eighty_columns(example: Example):
    text = printed(evaluation_table(example[0]))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 80
    for name, found in example[0].to_json()["systems"].items():
        row = next(line for line in lines if line.startswith(f"│ {name} "))
        assert f" {found['R']:.2f} " in row
        assert f"{found['ndcg20']:.3f}" in row
        assert "…" not in row


def test_the_primary_comparison_stands_beneath(example: Example):
    text = " ".join(printed(evaluation_table(example[0])).split())
    change = example[0].comparison.primary
    assert change is not None
    assert f"Primary: tuned against best_of_4, change of |log R| −{-change.change:.3f}" in text


def test_the_original_alone_says_that_nothing_was_compared():
    jobs, pool = example_jobs(each=2), example_pool()
    evaluation = evaluate(jobs, pool, ToneEngine(pool), {}, by=["gender"], resamples=20)
    assert "No primary comparison" in printed(evaluation_table(evaluation))
