"""The user's matching engine, by name or as an object, bound to a pool.

Not an engine: those are in ``match``. An engine ``module:name`` is code, and code is loaded
only where the person who runs evenhand names it, never because a folder does.
"""

from __future__ import annotations

from evenhand.config.schema import MatcherConfig
from evenhand.match.protocol import Matcher
from evenhand.records.candidate import Pool
from evenhand.verbs.inputs import Progress

AnyEngine = object
"""A name as in ``MatcherConfig``, or whatever ``match.callable.as_matcher`` takes: a rank function,
an object, a factory or a class. It gets ids and texts and never sees an attribute of anybody."""


def is_code(name: str) -> bool:
    """Whether the name stands for code of somebody's own, and not for an engine of evenhand's."""
    return ":" in name


def bind(
    pool: Pool,
    config: MatcherConfig,
    engine: AnyEngine | None = None,
    progress: Progress | None = None,
) -> Matcher:
    """The engine that searches this pool.

    Args:
        pool: The people; the engine gets their ids and texts alone.
        config: Which engine, where ``engine`` isn't given.
        engine: Takes precedence over ``config.name``.
        progress: Called while profiles are encoded.

    Raises:
        MatcherError: The engine can't be built.
        ModelError: The encoder's weights are missing.
    """
    if engine is not None and not isinstance(engine, str):
        from evenhand.match.callable import as_matcher

        return as_matcher(engine, pool.documents())
    from evenhand.match.build import build_matcher

    name = engine or config.name
    return build_matcher(name, pool.documents(), encoder=config.encoder, progress=progress)
