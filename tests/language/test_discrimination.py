from __future__ import annotations

import subprocess
import sys
import time
import tomllib
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.language.discrimination import find_discrimination
from evenhand.language.grammar import Grammar, Pattern, Sieve, first_of

ROWS = [
    line.split("\t")
    for line in (Path(__file__).parent / "discrimination.tsv").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
"""Label, family, trade, what is known to go wrong, sentence."""


def heard(sentence: str) -> str:
    """``direct``, ``note`` or ``nothing``: the weightiest finding."""
    severities = {finding.severity for finding in find_discrimination(sentence)}
    if "discrimination" in severities:
        return "direct"
    return "note" if severities else "nothing"


def test_every_sentence_is_heard_as_its_row_says():
    surprises: list[str] = []
    for label, _, _, known, sentence in ROWS:
        found = heard(sentence)
        if label == "direct":
            as_said = (found != "direct") == (known == "missed")
        elif label == "lawful":
            as_said = (found == "direct") == (known == "flagged")
        else:
            as_said = found == (known or "note")
        surprises += [] if as_said else [f"{found}: {sentence}"]
    assert surprises == []


def test_learned_weights_are_of_these_sentences_and_classes():
    """Where it fails: ``python bench/lab/learn_selection.py`` writes the weights anew."""
    root = Path(__file__).parents[2]
    spec = spec_from_file_location("learn_selection", root / "bench" / "lab" / "learn_selection.py")
    assert spec is not None
    assert spec.loader is not None
    bench = module_from_spec(spec)
    spec.loader.exec_module(bench)
    written = tomllib.loads(bench.WEIGHTS.read_text("utf-8"))
    assert written["learned_from"] == bench.digest()


@pytest.mark.parametrize(
    ("name", "found", "flagged", "asked"),
    [
        ("discrimination_unseen", 180, 0, 18),
        ("discrimination_unseen_later", 180, 2, 15),
        ("discrimination_unseen_third", 173, 2, 16),
        ("discrimination_unseen_fourth", 180, 0, 18),
        ("discrimination_unseen_fifth", 188, 1, 17),
        ("discrimination_unseen_sixth", 176, 2, 17),
        ("discrimination_unseen_seventh", 190, 1, 17),
        ("discrimination_unseen_ninth", 186, 3, 17),
        ("discrimination_unseen_tenth", 189, 4, 14),
        ("discrimination_unseen_eleventh", 195, 2, 18),
        ("discrimination_unseen_twelfth", 185, 3, 15),
        ("discrimination_unseen_thirteenth", 189, 0, 17),
        ("discrimination_unseen_fourteenth", 186, 3, 16),
    ],
)
def test_sentences_that_nothing_was_tuned_on(name: str, found: int, flagged: int, asked: int):
    """Of nine writers' text: 1,634 of 1,800 found, 27 of 2,680 lawful flagged."""
    unseen = (Path(__file__).parent / f"{name}.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in unseen if not line.startswith("#")]
    heard_as = {label: [heard(row[3]) for row in rows if row[0] == label] for label, *_ in rows}
    assert heard_as["direct"].count("direct") >= found
    assert heard_as["lawful"].count("direct") <= flagged
    assert heard_as["claimed"].count("note") >= asked


def test_rates():
    def share(label: str, of: list[list[str]]) -> float:
        chosen = [row for row in of if row[0] == label]
        return sum(not row[3] for row in chosen) / len(chosen)

    by_others = [row for row in ROWS if row[1] != "various"]
    assert share("direct", by_others) >= 0.9
    assert sum(row[3] == "flagged" for row in by_others) <= 2
    assert share("claimed", by_others) >= 0.97
    assert share("direct", ROWS) >= 0.9
    assert share("lawful", ROWS) >= 0.99


GROUNDS = [
    ("We want a young man.", "sex"),
    ("Nobody over 45.", "age"),
    ("No Romanians.", "origin"),
    ("Must be a Christian.", "faith"),
    ("Single people only.", "family"),
    ("You must not be pregnant.", "pregnancy"),
    ("Wheelchair users need not apply.", "disability"),
    ("Slim people only.", "looks"),
    ("Send your CV and a recent photo.", "photo"),
    ("Native speakers of English only.", "mother tongue"),
    ("Reservists need not apply.", "military"),
    ("No criminal record.", "record"),
    ("Gay applicants are not wanted.", "orientation"),
    ("No union members.", "union"),
    ("Join our all-female team in the heart of the old town of York.", "sex"),
]


@pytest.mark.parametrize(("sentence", "ground"), GROUNDS)
def test_grounds(sentence: str, ground: str):
    found = find_discrimination(sentence)
    assert [finding.kind for finding in found] == [ground]
    assert found[0].severity == "discrimination"
    assert found[0].why
    assert found[0].source
    assert not found[0].decision


@pytest.mark.parametrize(
    "sentence",
    [
        "U.S. citizenship is required.",
        "Applicants are 21 years of age or older.",
        "Being 18 years of age or over is needed.",
        "You must be able to lift 25 kg.",
        "You pass an upper and lower body strength test.",
        "A pre-employment physical is part of hiring.",
        "Open to women only under Schedule 9 of the Equality Act 2010.",
        "Female carer wanted. A genuine occupational requirement applies.",
    ],
)
def test_what_a_person_must_decide_comes_with_a_question(sentence: str):
    found = find_discrimination(sentence)
    assert found
    for finding in found:
        assert finding.severity == "note"
        assert finding.decision.endswith("?")
        assert finding.suggestion is None


@pytest.mark.parametrize(
    ("sentence", "shown", "suggestion"),
    [
        ("Men only.", "Men only", ""),
        ("We need a waitress for the terrace.", "a waitress", "a server"),
        ("We want a young man for the yard.", "young man", "person"),
        ("Must be a native English speaker.", "native English speaker", "fluent English speaker"),
        ("Nobody over 45.", "Nobody over 45", ""),
    ],
)
def test_suggestions(sentence: str, shown: str, suggestion: str):
    (found,) = find_discrimination(sentence)
    assert (found.text, found.suggestion) == (shown, suggestion)


def test_sexes_together_and_the_people_served_are_no_finding():
    for sentence in (
        "Men and women may apply.",
        "Waiter/waitress for the summer.",
        "You sell shoes to ladies.",
        "You care for elderly women.",
        "The girls' school needs a caretaker.",
        "Experience with male connectors.",
    ):
        assert find_discrimination(sentence) == []


PIECES = [row[4] for row in ROWS[:: len(ROWS) // 60]]


@given(st.lists(st.sampled_from([*PIECES, "\n", " ", "- ", "; ", "🙂", "İ", "’"]), max_size=8))
def test_offsets_fit_the_text_and_findings_do_not_overlap(pieces: list[str]):
    text = " ".join(pieces)
    found = find_discrimination(text)
    assert found == find_discrimination(text)
    for finding in found:
        assert text[finding.start : finding.end] == finding.text
    edges = [edge for finding in found for edge in (finding.start, finding.end)]
    assert edges == sorted(edges)


@given(st.text(max_size=200))
def test_any_text_is_read(text: str):
    find_discrimination(text)


@pytest.mark.parametrize(
    "piece",
    ["no ", "men ", "not be a ", "young, ", "we want a ", "aged 20 to ", "(men) ", "only ", "- ",
     "native ", "under 30 ", "or men ", "a photo of ", "without children ", "apply men "],
)  # fmt: skip
def test_odd_texts_take_linear_time(piece: str):
    def seconds(size: int) -> float:
        began = time.process_time()
        find_discrimination((piece * size)[: 6 * size])
        return time.process_time() - began

    seconds(2_000)  # compiles what these words need
    assert seconds(2_000) < 8 * seconds(500) + 0.5


def test_it_loads_at_once_and_without_heavy_libraries():
    program = (
        "import sys, time\n"
        "from evenhand.language.discrimination import find_discrimination\n"
        "find_discrimination('We want a young man. Nobody over 45. No Poles. Slim people only.')\n"
        "assert time.process_time() < 2, time.process_time()\n"
        "print(sorted({'spacy', 'simplemma', 'numpy', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def data() -> dict[str, Any]:
    where = files("evenhand") / "data" / "words" / "discrimination.toml"
    return tomllib.loads(where.read_text("utf-8"))


def test_every_ground_says_why_and_by_what_rule():
    for ground in data()["grounds"].values():
        assert set(ground) <= {"classes", "why", "source", "decision"}
        assert ground["why"]
        assert ground["source"]
        assert ground["classes"]


def patterns_and_grammar() -> tuple[list[str], Grammar]:
    table = data()
    patterns = [
        pattern
        for kind in ("find", "shield", "claim")
        for block in table[kind]
        for pattern in block["patterns"]
    ]
    words, plurals, parts = table["words"], table["plurals"], table["parts"]
    return patterns, Grammar(words, plurals, parts, table["marks"], table["chunks"], patterns)


def test_every_pattern_compiles_and_every_class_has_words():
    table = data()
    patterns, grammar = patterns_and_grammar()
    for pattern in patterns:
        assert grammar.compile(pattern, whole=True).regex.match("") is None, pattern
    named = {name for ground in table["grounds"].values() for name in ground["classes"]}
    assert named <= set(table["words"]) | {"agenum"}
    for block in table["find"]:
        assert block["name"]
        assert block["force"] in {"hard", "soft"}
        assert block.get("severity", "note") == "note"
        assert block.get("ground", "age") in table["grounds"]
    for block in table["shield"]:
        assert block["beats"] in {"soft", "all"}
        assert block["scope"] in {"words", "phrase", "clause", "statement"}


def test_no_pattern_that_would_match_is_passed_over():
    patterns, grammar = patterns_and_grammar()
    compiled = [grammar.compile(pattern, whole=True) for pattern in patterns]
    sieve = Sieve(grammar, compiled)
    tried = matched = 0
    for *_, sentence in ROWS[::40]:
        letters = "".join(item.letter for item in grammar.read(sentence))
        for reading in grammar.readings(letters):
            able = sieve.able(grammar.names(reading.marked))
            tried += len(able)
            for place, pattern in enumerate(compiled):
                if any(first < last for first, last in pattern.finditer(reading.marked)):
                    matched += 1
                    assert place in able, (sentence, patterns[place])
    assert matched > 100
    assert tried < 10 * matched


def test_a_choice_finds_alternative_by_alternative_what_it_finds_whole():
    _, grammar = patterns_and_grammar()
    found = 0
    for name in (*data()["marks"], *data()["chunks"]):
        whole = grammar.compile(name)
        apart = [Pattern(grammar, atoms, False, False) for atoms in grammar.alternatives(name)]
        assert all(pattern.needs for pattern in apart), name  # or it could match nothing
        for *_, sentence in ROWS[::10]:
            letters = "".join(item.letter for item in grammar.read(sentence))
            spans = list(whole.finditer(letters))
            assert list(first_of([one.regex for one in apart], letters)) == spans, sentence
            found += len(spans)
    assert found > 300


def test_a_sentence_compiles_the_few_patterns_that_it_needs():
    compiled: list[str] = []
    _, grammar = patterns_and_grammar()
    express = grammar.regex
    grammar.regex = lambda atoms, whole: compiled.append("") or express(atoms, whole)
    letters = "".join(i.letter for i in grammar.read("You plan the week with the manager."))
    assert len(list(grammar.readings(letters))) == 1
    assert len(compiled) < 10
