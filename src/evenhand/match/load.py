"""An engine from the name that a configuration gives, and the user's own as a ``Matcher``.

The user's own engine is any Python function, object or class, checked at every call. Taken are: a
*rank function* ``rank(queries, k, eligible)``, which gets a list of dicts with ``id``, ``text`` and
``group``, the length of the lists, and the ids of the people who may be listed, and returns for
every query its best candidates as ``(candidate_id, score)`` pairs, best first; an *object* with
such a method ``rank``, or a ``Matcher``; a *factory* or a *class*, which gets one argument, the
people as dicts with ``id`` and ``text``, and makes any of those. None of them ever sees an
attribute of anybody.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.machinery
import inspect
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from evenhand.errors import ConfigError, MatcherError, boundary, need
from evenhand.match.cache import CacheDir
from evenhand.match.dense import Progress
from evenhand.match.protocol import (
    BoolArray,
    Matcher,
    Query,
    Rankings,
    document_texts,
    documents_digest,
    query_texts,
    strictly_decreasing,
)
from evenhand.records.files import digest_texts
from evenhand.records.people import Document


def find_matcher(name: str, encoder: str) -> None:
    """Refuse what ``build_matcher`` refuses before it looks at people; nothing is loaded."""
    if name == "dense":
        from evenhand.match.dense import find_encoder

        need("an encoder", "embed")
        find_encoder(encoder)
    elif ":" in name:
        require_engine(name)
    elif name != "lexical":
        raise _no_such(name)


def build_matcher(
    name: str,
    documents: Sequence[Document],
    *,
    encoder: str = "all-minilm-l6-v2",
    cache_dir: CacheDir = "platform",
    progress: Progress | None = None,
) -> Matcher:
    """The engine ``name`` over these people."""
    if name == "lexical":
        from evenhand.match.lexical import LexicalMatcher

        return LexicalMatcher(documents)
    if name == "dense":
        from evenhand.match.dense import DenseMatcher, load_encoder

        return DenseMatcher(load_encoder(encoder, cache_dir), documents, progress=progress)
    if ":" in name:
        return load_matcher(name, documents)
    raise _no_such(name)


def _no_such(name: str) -> ConfigError:
    return ConfigError(
        f"there is no matcher {name!r}; use lexical, dense, or module:name of your own"
    )


RankFunction = Callable[[list[dict[str, Any]], int, list[str]], Any]


class _Person(dict[str, str]):
    """A person as a dict that reads like a ``Document``, which evenhand's own classes take."""

    @property
    def id(self) -> str:
        return self["id"]

    @property
    def text(self) -> str:
        return self["text"]


def load_matcher(target: str, documents: Sequence[Document]) -> Matcher:
    """The engine at ``module:name``, bound to these people."""
    engine, module = _import(target)
    return as_matcher(engine, documents, name=target, version=_digest(module.__file__))


def require_engine(target: str) -> None:
    """Import what ``module:name`` names, and no more."""
    _import(target)


def as_matcher(
    engine: object, documents: Sequence[Document], *, name: str = "", version: str | None = None
) -> Matcher:
    """Whatever stands for an engine, bound to these people.

    Args:
        engine: A rank function, an object, a factory or a class, as the module's docstring says.
        documents: The people it searches.
        name: For reports and errors; the engine's own if empty.
        version: Anything that changes when the engine does; a digest of the file that it is in,
            if None.

    Raises:
        MatcherError: It is of no such shape, its factory failed, or it searches other people.
    """
    name = name or str(getattr(engine, "__qualname__", type(engine).__qualname__))
    version = _digest(_source_of(engine)) if version is None else version
    made = engine
    if callable(engine):
        with boundary(MatcherError, f"the matcher {name!r}"):
            if isinstance(engine, type) or len(_required(engine)) == 1:
                made = engine([_Person(id=person.id, text=person.text) for person in documents])
    if isinstance(made, Matcher):
        if made.candidate_ids != tuple(document.id for document in documents):
            raise MatcherError(
                f"the engine {name!r} has other candidate_ids than the pool; it must search the "
                "people it was given, in the same order"
            )
        return made
    function = made if callable(made) else getattr(made, "rank", None)
    if not callable(function):
        made_by = " is" if made is engine else ", a factory, returned"
        raise MatcherError(
            f"the engine {name!r}{made_by} {type(made).__name__}; it must be a function "
            "rank(queries, k, eligible), an object with such a method, or a factory of one"
        )
    _refuse_arity(function, name)
    return CallableMatcher(function, documents, name=name, version=version)


def _refuse_arity(function: Callable[..., Any], name: str) -> None:
    """Refuse a function that can't be called with three arguments."""
    try:
        inspect.signature(function).bind([], 1, [])
    except ValueError:  # written in C: it will say so itself
        return
    except TypeError as cause:
        raise MatcherError(
            f"the engine {name!r} can't be called with (queries, k, eligible) ({cause}); write it "
            "as rank(queries, k, eligible), where eligible are the ids that may be listed"
        ) from cause


class CallableMatcher:
    """A rank function as a ``Matcher``; answers outside the contract raise."""

    def __init__(
        self,
        function: RankFunction,
        documents: Sequence[Document],
        name: str = "callable",
        version: str = "",
    ) -> None:
        document_texts(documents)
        self.name = name
        self.candidate_ids = tuple(document.id for document in documents)
        self.engine_digest = version
        self.digest = digest_texts(["callable", name, version, documents_digest(documents)])
        self._function = function
        self._position = {each: place for place, each in enumerate(self.candidate_ids)}

    def rank(self, queries: Sequence[Query], k: int, eligible: BoolArray | None = None) -> Rankings:
        """The k best eligible people by the function's scores, ties by id."""
        query_texts(queries)
        mask = np.ones(len(self.candidate_ids), dtype=np.bool_) if eligible is None else eligible
        asked = [{"id": each.id, "text": each.text, "group": each.group} for each in queries]
        allowed = [self.candidate_ids[place] for place in np.flatnonzero(mask)]
        with boundary(MatcherError, f"the matcher {self.name!r}"):
            answers = list(self._function(asked, k, allowed))
        if len(answers) != len(queries):
            raise MatcherError(
                f"the matcher {self.name!r} returned {len(answers)} lists for {len(queries)} "
                "queries; it must return one a query, in order"
            )
        positions = np.full((len(queries), k), -1, dtype=np.int64)
        scores = np.full((len(queries), k), np.nan)
        for row, (query, answer) in enumerate(zip(queries, answers, strict=True)):
            pairs = self._checked(query.id, answer, min(k, int(mask.sum())), mask)
            positions[row, : len(pairs)] = [self._position[each] for each, _ in pairs]
            scores[row, : len(pairs)] = strictly_decreasing(np.array([s for _, s in pairs]))
        return Rankings(tuple(query.id for query in queries), self.candidate_ids, positions, scores)

    def _checked(
        self, job: str, answer: Any, wanted: int, mask: BoolArray
    ) -> list[tuple[str, float]]:
        """One answer in order, or the reason it can't be one."""
        with boundary(MatcherError, f"reading what the matcher {self.name!r} gave job {job!r}"):
            pairs = [(candidate, float(score)) for candidate, score in answer]
        problem = self._problem(pairs, wanted, mask)
        if problem:
            raise MatcherError(f"the matcher {self.name!r} gave job {job!r} {problem}")
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def _problem(self, pairs: list[tuple[str, float]], wanted: int, mask: BoolArray) -> str | None:
        """What is wrong with one answer, as the end of a sentence."""
        seen: set[str] = set()
        for candidate, score in pairs:
            if candidate not in self._position:
                return f"the candidate {candidate!r}, who isn't in the pool"
            if candidate in seen:
                return f"the candidate {candidate!r} twice"
            if not mask[self._position[candidate]]:
                return f"the candidate {candidate!r}, who isn't eligible"
            if not math.isfinite(score):
                return f"the score {score} for candidate {candidate!r}; it must be a finite number"
            seen.add(candidate)
        if len(pairs) != wanted:
            return f"{len(pairs)} candidates; it must give exactly {wanted}"
        if any(after[1] > before[1] for before, after in pairwise(pairs)):
            return "scores that rise along the list; best first, higher is better"
        return None


def _import(target: str) -> tuple[object, ModuleType]:
    """What ``module:name`` names, and its module."""
    module_name, _, attribute = target.partition(":")
    if not module_name or not attribute:
        raise ConfigError(f"{target!r} names no engine; write module:name")
    with _working_directory():
        if _found(module_name) is None:
            raise ConfigError(
                f"the engine {target!r}: there is no module {module_name!r} here or among what is "
                "installed; check the name and the folder you are in"
            )
    with boundary(MatcherError, f"importing the matcher {target!r}"), _working_directory():
        module = importlib.import_module(module_name)
    if not hasattr(module, attribute):
        raise ConfigError(f"the engine {target!r}: the module {module_name!r} has no {attribute!r}")
    return getattr(module, attribute), module


def _source_of(engine: object) -> str | None:
    """The file that an engine is written in; None where there is none."""
    written = engine if inspect.isroutine(engine) or isinstance(engine, type) else type(engine)
    try:
        return inspect.getsourcefile(written)
    except TypeError:  # built in, or typed into a shell
        return None


def digest_without_people(matcher: Matcher) -> str:
    """Digest of an engine, whoever it searches: its own ``engine_digest``, or its file's."""
    own = getattr(matcher, "engine_digest", None)
    return own if isinstance(own, str) else _digest(_source_of(matcher))


def code_digest(target: str) -> str:
    """Digest of the file that ``module:name`` is in, found without running any of it."""
    module, colon, _ = target.partition(":")
    if not colon or not module:
        return ""
    with _working_directory():
        found = _found(module)
    return "" if found is None else _digest(found.origin)


def _found(module: str) -> importlib.machinery.ModuleSpec | None:
    """Where a module is, found without running any of it or of the packages above it."""
    places: Sequence[str] = sys.path
    spec: importlib.machinery.ModuleSpec | None = None
    for part in module.split("."):
        spec = importlib.machinery.PathFinder.find_spec(part, places)
        if spec is None:
            return None
        places = list(spec.submodule_search_locations or ())
    return spec


@contextmanager
def _working_directory() -> Iterator[None]:
    """Have imports look in the working directory first, as ``python`` does."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        sys.path.remove(here)


def _required(function: Callable[..., Any]) -> list[str]:
    """Names of the arguments that a call must give."""
    parameters = inspect.signature(function).parameters.values()
    taken = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.default is p.empty and p.kind in taken]


def _digest(file: str | None) -> str:
    path = Path(file) if file else None
    return hashlib.sha256(path.read_bytes()).hexdigest() if path and path.is_file() else ""
