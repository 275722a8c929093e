"""The user's own function as an engine, and every way it can go wrong."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

from evenhand.errors import ConfigError, MatcherError
from evenhand.match.check import check_matcher, trusted
from evenhand.match.lexical import LexicalMatcher
from evenhand.match.load import CallableMatcher, as_matcher, build_matcher, load_matcher
from evenhand.match.protocol import ScoringMatcher
from evenhand.records.job import Job
from evenhand.records.people import Document

MODULE = '''
"""An engine of the user's own: shared letters."""

def engine(documents):
    def rank(queries, k, eligible):
        lists = []
        for query in queries:
            people = [d for d in documents if eligible is None or d["id"] in eligible]
            pairs = [(d["id"], len(set(query["text"]) & set(d["text"]))) for d in people]
            lists.append(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:k])
        return lists
    return rank

def from_the_end(documents):
    return engine(documents[::-1])

def matcher(documents):
    from evenhand.match.lexical import LexicalMatcher
    from evenhand.records.people import Document
    return LexicalMatcher([Document(**d) for d in documents])

def stranger(documents):
    return matcher(documents[1:])

def number(documents):
    return 7

def broken(documents):
    raise OSError("the index is gone")

def direct(queries, k, eligible):
    ids = [f"p{n}" for n in range(8)] if eligible is None else eligible
    return [[(each, -n) for n, each in enumerate(sorted(ids)[:k])] for _ in queries]

class Shop:
    """Made of the people, as evenhand's own engines are."""
    def __init__(self, people):
        self.rank = engine(people)

class Mute:
    """Called itself."""
    def __init__(self, people):
        self.inner = engine(people)
    def __call__(self, queries, k, eligible):
        return self.inner(queries, k, eligible)

class Ready:
    """An object with a method."""
    def rank(self, queries, k, eligible):
        return direct(queries, k, eligible)

ready = Ready()

def partly(queries, k, eligible, boost=2.0):
    return direct(queries, k, eligible)

def from_afar(people):
    assert [person["text"] for person in people] == [person.text for person in people]
    return Shop(people)

def deaf(queries, k):
    return direct(queries, k, None)

constant = 5
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch):
    (tmp_path / "my_engine.py").write_text(MODULE)
    (tmp_path / "my_broken_engine.py").write_text("import no_such_module_anywhere")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    sys.modules.pop("my_engine", None)


@pytest.fixture
def my_engine(folder: Path, monkeypatch):
    """The same module as whoever writes a program imports it."""
    monkeypatch.syspath_prepend(str(folder))
    return importlib.import_module("my_engine")


def ranked(documents, jobs, answer, k=3, eligible=None):
    function = answer if callable(answer) else lambda queries, k, eligible: answer
    return CallableMatcher(function, documents, name="shop:rank").rank(jobs[:2], k, eligible)


def test_a_factory_from_the_working_directory_conforms(folder, documents, jobs):
    path = list(sys.path)
    matcher = build_matcher("my_engine:engine", documents)
    assert sys.path == path
    assert not isinstance(matcher, ScoringMatcher)
    findings = check_matcher(matcher, jobs)
    assert trusted(findings), [finding for finding in findings if not finding.passed]


def test_ties_go_by_id_whatever_the_function_does(folder, documents, jobs):
    one = load_matcher("my_engine:engine", documents).rank(jobs, 8)
    other = load_matcher("my_engine:from_the_end", documents).rank(jobs, 8)
    assert (one.positions == other.positions).all()
    assert (np.diff(one.scores) < 0).all()


def test_a_rank_function_knows_its_people_itself(folder, documents, jobs):
    matcher = load_matcher("my_engine:direct", documents)
    mask = np.array([n in (2, 5) for n in range(8)])
    assert matcher.rank(jobs, 3, mask).ids_of(0) == ["p2", "p5"]
    assert matcher.rank(jobs, 3).ids_of(0) == ["p0", "p1", "p2"]


def test_a_factory_may_make_a_matcher(folder, documents, jobs):
    assert isinstance(load_matcher("my_engine:matcher", documents), LexicalMatcher)
    with pytest.raises(MatcherError, match="other candidate_ids than the pool"):
        load_matcher("my_engine:stranger", documents)


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("my_engine", "write module:name"),
        (":f", "write module:name"),
        ("no_such_engine:f", "'no_such_engine:f': there is no module 'no_such_engine' here"),
        ("my_engine.inner:f", "there is no module 'my_engine.inner' here"),
        ("my_broken_engine:f", "no_such_module_anywhere"),
        ("my_engine:absent", "the module 'my_engine' has no 'absent'"),
        ("my_engine:constant", "'my_engine:constant' is int; it must be a function"),
        ("my_engine:number", "'my_engine:number', a factory, returned int; it must be a function"),
        ("my_engine:deaf", "can't be called with \\(queries, k, eligible\\)"),
        ("my_engine:broken", "'my_engine:broken' failed: OSError: the index is gone"),
    ],
)
def test_engines_that_cannot_be_loaded(folder, documents, target: str, said: str):
    with pytest.raises((MatcherError, ConfigError), match=said):
        load_matcher(target, documents)


@pytest.mark.parametrize(
    "name", ["direct", "engine", "matcher", "Shop", "ready", "Mute", "partly", "from_afar"]
)
def test_functions_factories_objects_and_classes_are_one_engine(my_engine, documents, jobs, name):
    named = load_matcher(f"my_engine:{name}", documents)
    given = as_matcher(getattr(my_engine, name), documents)
    one, other = named.rank(jobs, 5), given.rank(jobs, 5)
    assert (one.positions == other.positions).all()
    half = np.arange(len(documents)) % 2 == 0
    for matcher in (named, given):
        listed = matcher.rank(jobs, 8, half).positions
        assert {*listed[0].tolist()} == {0, 2, 4, 6, -1}


def test_an_engine_is_told_who_may_be_listed_always(documents, jobs):
    asked: list[list[str]] = []

    def rank(queries, k, eligible):
        asked.append(eligible)
        return [[(each, 0.0) for each in sorted(eligible)[:k]] for _ in queries]

    as_matcher(rank, documents[2:4]).rank(jobs[:1], 5)
    assert asked == [["p2", "p3"]]


def test_the_digest_of_an_object_follows_its_file(my_engine, folder, documents):
    digests = {as_matcher(my_engine.direct, documents).digest}
    (folder / "my_engine.py").write_text(MODULE + "\nversion = 2\n")
    digests.add(as_matcher(my_engine.direct, documents).digest)
    assert len(digests) == 2


def test_the_function_gets_dicts_and_nobody_s_attributes(documents, jobs):
    asked = []

    def rank(queries, k, eligible):
        asked.append((queries, k, eligible))
        return [[("p1", 1.0)] for _ in queries]

    CallableMatcher(rank, documents).rank(jobs[:1], 4, np.array([n == 1 for n in range(8)]))
    text = "We seek an accountant to keep our books and prepare statements."
    assert asked == [([{"id": "books", "text": text, "group": "accounting"}], 4, ["p1"])]


GOOD = [("p1", 3.0), ("p2", 2.0), ("p0", 1.0)]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ([GOOD], "1 lists for 2 queries"),
        ([GOOD, GOOD[:2]], "'shop:rank' gave job 'words' 2 candidates; it must give exactly 3"),
        ([GOOD, [*GOOD, ("p5", 0.0)]], "'words' 4 candidates; it must give exactly 3"),
        ([GOOD, [*GOOD[:2], ("p99", 0)]], "'words' the candidate 'p99', who isn't in the pool"),
        ([GOOD, [*GOOD[:2], ("p1", 0)]], "'words' the candidate 'p1' twice"),
        ([GOOD, [*GOOD[:2], ("p3", np.nan)]], "'words' the score nan for candidate 'p3'"),
        ([GOOD, [("p3", np.inf), *GOOD[:2]]], "the score inf for candidate 'p3'"),
        ([GOOD, GOOD[::-1]], "scores that rise along the list"),
        ([GOOD, ["p1 first", "p2", "p3"]], "reading what the matcher 'shop:rank' gave job 'words'"),
        ([GOOD, [("p1", "high")]], "gave job 'words' failed: ValueError"),
        (None, "'shop:rank' failed: TypeError"),
        (lambda *_: 1 / 0, "the matcher 'shop:rank' failed: ZeroDivisionError: division by zero"),
    ],
)
def test_answers_outside_the_contract_name_the_job(documents, jobs, answer, said: str):
    with pytest.raises(MatcherError, match=said):
        ranked(documents, jobs, answer)


def test_the_ineligible_are_refused(documents, jobs):
    mask = np.array([n != 2 for n in range(8)])
    with pytest.raises(MatcherError, match="'p2', who isn't eligible"):
        ranked(documents, jobs, [GOOD, GOOD], eligible=mask)


def test_fewer_eligible_than_asked_for_is_padded(documents, jobs):
    mask = np.array([n < 2 for n in range(8)])
    lists = ranked(documents, jobs, [[("p1", 1.0), ("p0", 1.0)]] * 2, k=4, eligible=mask)
    assert lists.positions.tolist() == [[0, 1, -1, -1]] * 2


def test_the_digest_follows_file_people_and_name(folder, documents):
    digests = {
        load_matcher("my_engine:engine", documents).digest,
        load_matcher("my_engine:engine", documents[1:]).digest,
        load_matcher("my_engine:from_the_end", documents).digest,
    }
    (folder / "my_engine.py").write_text(MODULE + "\nversion = 2\n")
    del sys.modules["my_engine"]
    digests.add(load_matcher("my_engine:engine", documents).digest)
    assert len(digests) == 4


def test_empty_ads_are_named(documents):
    with pytest.raises(MatcherError, match="job 'void' has an empty text"):
        CallableMatcher(lambda *_: [], documents).rank([Job("void", " ")], 1)


def test_pools_are_checked():
    with pytest.raises(MatcherError, match="stands twice"):
        CallableMatcher(lambda *_: [], [Document("a", "x"), Document("a", "y")])
