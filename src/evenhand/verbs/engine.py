"""The user's matching engine, by name or as a factory, bound to a pool.

Not an engine: those are in ``match``. An engine ``module:function`` is code, and code is loaded
only where the person who runs evenhand names it, never because a folder does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from evenhand.config.schema import MatcherConfig
from evenhand.match.protocol import Matcher
from evenhand.records.candidate import Document, Pool
from evenhand.verbs.inputs import Progress

EngineFactory = Callable[[Sequence[Document]], Matcher]
"""Makes an engine out of ids and texts; it never sees an attribute of anybody."""


def is_code(name: str) -> bool:
    """Whether the name stands for code of somebody's own, and not for an engine of evenhand's."""
    return ":" in name


def bind(
    pool: Pool,
    config: MatcherConfig,
    engine: EngineFactory | None = None,
    progress: Progress | None = None,
) -> Matcher:
    """The engine that searches this pool.

    Args:
        pool: The people; the engine gets their ids and texts alone.
        config: Which engine, where ``engine`` isn't given.
        engine: A factory that takes precedence over ``config.name``.
        progress: Called while profiles are encoded.

    Raises:
        MatcherError: The engine can't be built.
        ModelError: The encoder's weights are missing.
    """
    if engine is not None:
        return engine(pool.documents())
    from evenhand.match.build import build_matcher

    return build_matcher(config.name, pool.documents(), encoder=config.encoder, progress=progress)
