"""The user's matching engine, by name or as an object, bound to a pool; two are never mixed.

Not an engine: those are in ``match``. An engine ``module:name`` is code, and code is loaded
only where the person who runs evenhand names it, never because a folder or a file does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput
from evenhand.match.load import code_digest, digest_without_people
from evenhand.match.protocol import Matcher
from evenhand.records.outputs import Progress
from evenhand.records.people import Pool
from evenhand.rehearsal import begin, is_rehearsal
from evenhand.rewrite.result import MadeFor, Rewrite

OWN = ("lexical", "dense")
"""Engines of evenhand's own, which a name in a file is enough for."""

AnyEngine = object
"""A name as in ``MatcherConfig``, or whatever ``match.load.as_matcher`` takes: a rank function,
an object, a factory or a class. It gets ids and texts and never sees an attribute of anybody."""


def set_engine(matcher: MatcherConfig | str | None) -> MatcherConfig:
    """An engine's settings as given from Python, by its name too; the dense default if None."""
    return MatcherConfig(name=matcher) if isinstance(matcher, str) else matcher or MatcherConfig()


def is_code(name: str) -> bool:
    """Whether the name stands for code of somebody's own, and not for an engine of evenhand's."""
    return ":" in name


def bind(
    pool: Pool,
    config: MatcherConfig,
    engine: AnyEngine | None = None,
    progress: Progress | None = None,
) -> Matcher:
    """The engine that searches this pool; a verb's work begins here.

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
        from evenhand.match.load import as_matcher

        begin()
        return as_matcher(engine, pool.documents())
    from evenhand.match.load import build_matcher, find_matcher

    name = engine or config.name
    if is_rehearsal():
        find_matcher(name, config.encoder)
    begin()
    return build_matcher(name, pool.documents(), encoder=config.encoder, progress=progress)


def made_for(matcher: Matcher, config: MatcherConfig, engine: AnyEngine | None = None) -> MadeFor:
    """A bound engine as rewordings name it; ``config`` and ``engine`` as for ``bind``."""
    named = engine or config.name
    if isinstance(named, str) and is_code(named):
        return called(named, code_digest(named), config)
    name = named if isinstance(named, str) else matcher.name
    return called(name, digest_without_people(matcher), config)


def called(name: str, digest: str, config: MatcherConfig) -> MadeFor:
    """An engine as rewordings name it: of ``module:name`` its file's digest, else its own."""
    return MadeFor(name, digest, config.encoder if name == "dense" else "", config.top)


def meant(
    systems: Mapping[str, Sequence[Rewrite]],
    matcher: MatcherConfig | str | None,
    engine: AnyEngine | None,
    *,
    other: bool = False,
) -> MatcherConfig:
    """The engine that rewordings are to be judged in: the one they were made for.

    Args:
        systems: Rewordings by system.
        matcher: What the user set of an engine; what isn't set is as the rewordings say.
        engine: The user's own engine, which takes precedence over every name.
        other: Whether the user wants another engine than the rewordings were made for.

    Raises:
        BadInput: The rewordings were made for several engines, or for one that only the user can
            name, or the file of that one has changed.
    """
    set_ = {} if matcher is None else set_engine(matcher).model_dump(exclude_unset=True)
    known = [one for found in engines_of(systems).values() for one in found]
    if not known:
        return MatcherConfig(**set_)
    first, chosen = known[0], engine or set_.get("name")
    if chosen is None:
        for other_one in known[1:]:
            if not first.is_same(other_one):
                raise BadInput(f"--rewrites: {_each(systems)}; {_SAY_WHICH}")
        if first.engine not in OWN:
            raise BadInput(
                f"--rewrites: {_each(systems)}, which is code and runs only where you name it; if "
                "you trust it, add --matcher module:name (engine= in Python)"
            )
    if isinstance(chosen, str) and not other:  # before anything of it is loaded or encoded
        digests = [code_digest(chosen) if is_code(chosen) else one.digest for one in known]
        asked = [MadeFor(chosen, digest) for digest in digests]
        if not all(map(MadeFor.is_same, asked, known)):
            raise _another(systems, chosen)
    given = {"name": first.engine, "top": first.top}
    if first.encoder and set_.get("name", first.engine) == first.engine:
        given["encoder"] = first.encoder
    return MatcherConfig(**{**given, **set_})


def refuse_another(
    systems: Mapping[str, Sequence[Rewrite]], judged: MadeFor, *, other: bool = False
) -> tuple[str, ...]:
    """Refuse to judge rewordings in another engine than they were made for, unless it is wanted."""
    found = engines_of(systems)
    differs = [n for n, every in found.items() if any(not judged.is_same(one) for one in every)]
    if differs and not other:
        raise _another(systems, judged.engine)
    if other and not differs:
        raise BadInput(
            f"--other-engine: not read, for no rewordings were made for another engine than "
            f"{judged.engine!r}; leave it out"
        )
    if not differs:
        return ()
    said = (
        f"Judged in another engine on purpose: {_each(systems)}; every figure here is of "
        f"{judged.engine!r} and says nothing about that engine"
    )
    return (said,)


def engines_of(systems: Mapping[str, Sequence[Rewrite]]) -> dict[str, list[MadeFor]]:
    """The different engines of each system; systems that no engine had a say in are left out."""
    found = {
        name: list(dict.fromkeys(one.made_for for one in rewrites if one.made_for is not None))
        for name, rewrites in systems.items()
    }
    return {name: every for name, every in found.items() if every}


_SAY_WHICH = "say which engine is meant: --matcher NAME --other-engine, or leave one of them out"


def _another(systems: Mapping[str, Sequence[Rewrite]], judged: str) -> BadInput:
    return BadInput(
        f"--matcher {judged}: {_each(systems)}, and this is another engine, or one that has "
        "changed since; leave --matcher out to judge in theirs, or add --other-engine to judge in "
        "this one on purpose"
    )


def _each(systems: Mapping[str, Sequence[Rewrite]]) -> str:
    """Which system was made for which engine, as a clause."""
    names: dict[str, list[str]] = {}
    for system, every in engines_of(systems).items():
        for one in every:
            encoder = f" with the encoder {one.encoder!r}" if one.encoder else ""
            names.setdefault(f"{one.engine!r}{encoder}", []).append(system)
    return " and ".join(
        f"{', '.join(dict.fromkeys(which))} made for the engine {engine}"
        for engine, which in names.items()
    )
