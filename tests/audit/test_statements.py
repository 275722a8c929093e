from pathlib import Path

import pytest

from evenhand.report import STATEMENTS, statements_markdown

README = Path(__file__).resolve().parents[2] / "README.md"


def test_keys_are_unique_and_texts_are_sentences():
    assert len({each.key for each in STATEMENTS}) == len(STATEMENTS)
    for each in STATEMENTS:
        assert each.text.endswith(".")
        assert each.title
        assert not each.title.endswith(".")


@pytest.mark.parametrize(
    "needed",
    [
        "one engine's ranking",
        "by a proxy",
        "who applies",
        "who is hired",
        "proxies to measure with",
        "in either direction is a loss",
        "going past parity",
        "evidence is thin evenhand abstains",
        "less intrusive remedy",
        "Local Law 144",
        "no claim of compliance",
        "anti-discrimination law",
        "EU AI Act",
        "take counsel",
        "they lapse",
        "digests",
    ],
)
def test_what_the_method_requires_is_said(needed: str):
    assert needed in " ".join(each.text for each in STATEMENTS)


def test_the_readme_repeats_them():
    text = README.read_text(encoding="utf-8")
    start, end = text.index("<!-- statements:"), text.index("<!-- end of statements -->")
    block = text[text.index("-->", start) + 3 : end]
    assert block.strip() == statements_markdown().strip()
