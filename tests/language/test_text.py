"""Tokens, lemmas, families and the language check."""

from __future__ import annotations

import subprocess
import sys

import pytest

from evenhand.language.text import (
    content_lemmas,
    family,
    is_english,
    lemma,
    same_meaning,
    tokens,
    words,
)


@pytest.mark.parametrize(
    "text",
    [
        "We’re hiring at Acme Inc., e.g. nurses (full-time).",
        "C++, C#, .NET and Node.js – don't fear R&D.",
        "Emoji 🙂 and עברית in one line\twith\u00a0odd spaces",
        "",
    ],
)
def test_offsets_are_exact_and_only_white_space_is_left_out(text: str) -> None:
    found = tokens(text)
    assert [text[t.start : t.end] for t in found] == [t.text for t in found]
    rest = set(range(len(text))) - {i for t in found for i in range(t.start, t.end)}
    assert all(text[i].isspace() for i in rest)


def test_abbreviations_and_technologies_stay_whole() -> None:
    written = [token.text for token in tokens("Ask Acme Inc. about C++, .NET, e.g. Node.js.")]
    assert {"Inc.", "C++", ".NET", "e.g.", "Node.js"} <= set(written)


def test_words_have_letters_and_lower_case() -> None:
    assert words("Two DOGS, 3 cats!") == ["two", "dogs", "cats"]


def test_lemmas() -> None:
    assert lemma("managing") == "manage"
    assert lemma("") == ""
    assert lemma("s3") == "s3"
    assert content_lemmas("We are preparing the reports") == ["prepare", "report"]


@pytest.mark.parametrize(
    "together",
    [
        "manage manages managed managing management",
        "prepare prepares preparing preparation preparations",
        "implement implementing implementation",
        "organise organize organizing organisation organizations",
        "document documents documenting documentation",
        "develop development developing",
        "company companies",
        "communicate communication communicating",
    ],
)
def test_a_family_holds_inflections_and_plain_derivations(together: str) -> None:
    assert len({family(word) for word in together.split()}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("manager", "manage"),
        ("designer", "design"),
        ("developer", "develop"),
        ("marketing", "market"),
        ("accounting", "account"),
        ("accountant", "account"),
        ("engineering", "engineer"),
        ("intern", "international"),
        ("customer", "custom"),
        ("production", "product"),
        ("business", "busy"),
        ("statement", "state"),
        ("use", "us"),
        ("training", "trainer"),
    ],
)
def test_different_words_have_different_families(one: str, other: str) -> None:
    assert family(one) != family(other)


def test_synonyms_are_few_and_safe() -> None:
    assert same_meaning(family("utilize"), family("use"))
    assert same_meaning(family("gather"), family("collecting"))
    for one, other in [("review", "approve"), ("assist", "lead"), ("design", "develop"),
                       ("increase", "reduce"), ("teach", "learn")]:  # fmt: skip
        assert not same_meaning(family(one), family(other)), (one, other)


@pytest.mark.parametrize(
    "text",
    [
        "We build tools for teachers.",
        "Manage ledgers",
        "Strong Python, SQL and Airflow skills",
        "Our offices are in Los Angeles, San Diego and La Paz.",
        "Write clearly 🙂",
    ],
)
def test_english(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12 345",
        "🙂🙂",
        "Wir suchen eine freundliche Person für unser Team.",
        "Nous recherchons une personne pour notre équipe.",
        "Buscamos una persona con experiencia para nuestro equipo.",
        "Zoek je een baan in ons team?",
        "نبحث عن محاسب",
        "Мы ищем бухгалтера",
        "我们正在招聘会计",
    ],
)
def test_not_english(text: str) -> None:
    assert not is_english(text)


def test_importing_the_room_loads_neither_spacy_nor_simplemma() -> None:
    code = (
        "import sys, evenhand.language; "
        "sys.exit(any(name in sys.modules for name in ('spacy', 'simplemma', 'torch')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
