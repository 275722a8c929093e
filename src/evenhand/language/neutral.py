"""Words that a rewording may introduce, or leave out, because they say nothing new: data only.

Generic nouns and verbs of work, words of framing, and plain adverbs. Left out on purpose: praise,
skills, people, verbs that name a duty of their own (prepare, develop, maintain), anything a reader
could hold an employer or a candidate to.
"""

from __future__ import annotations

NEUTRAL_WORDS = frozenset(
    """
    able accordance across activities activity allow along also appropriate area around basis
    become begin bring carry case chance come continue day day-to-day duties duty enjoy ensure
    everyday find get give go help hope include individual interest interested invite involve
    involving item items job join keep kind let like line look make matter matters necessary
    opportunity order part people person place please position provide put range ready regard
    regarding related relevant respect responsibility responsible role seek serve set somebody
    someone something start such suitable sure take task tasks thing things time toward towards
    type use using want way welcome well work working
    """.split()
)
"""May be added."""

FRAMING_WORDS = frozenset(
    """
    able become becoming chance come coming go going hope include includes including individual
    involve involves involving like look looking looks opportunities opportunity person please
    position responsibility responsible role seek seeking seeks somebody someone such want wants
    work worked working works
    """.split()
)
"""May be left out: they only frame what is said."""
