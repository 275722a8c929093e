"""A rehearsal (``--dry-run``): a verb runs until all that it was given is checked, then ends.

It is the verb itself that runs, so that what is wrong is refused in the same sentence. Where its
work begins it says so (``begin``), which ends a rehearsal before anything is written. Not a second
list of checks, and no estimate of what nobody knows.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

NOT_KNOWN = "not known before the run has begun, which says how far it is"


@dataclass
class Plan:
    """What a run would do."""

    reads: list[str] = field(default_factory=list[str])
    writes: list[str] = field(default_factory=list[str])
    takes: str = NOT_KNOWN
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Rehearsed(BaseException):
    """All was checked; not an error, so nothing that catches errors may catch it."""


_plan: Plan | None = None


@contextmanager
def rehearsing() -> Generator[Plan]:
    """Rehearse what the block calls; the plan is whole when it ends."""
    global _plan
    _plan = plan = Plan()
    try:
        yield plan
    except Rehearsed:
        return
    finally:
        _plan = None
    raise AssertionError("the verb doesn't say where its work begins")


def is_rehearsal() -> bool:
    """Whether nothing may be written now."""
    return _plan is not None


def foretell(
    *,
    reads: Iterable[object] = (),
    writes: Iterable[object] = (),
    takes: str = "",
    settings: Mapping[str, Any] | None = None,
) -> None:
    """Say what a run would do, as far as it is known here; nothing but a rehearsal listens."""
    if _plan is not None:
        _plan.reads += map(str, reads)
        _plan.writes += map(str, writes)
        _plan.takes = takes or _plan.takes
        _plan.settings = _plan.settings if settings is None else settings


def begin() -> None:
    """Say that all that was given is checked and work begins."""
    if _plan is not None:
        raise Rehearsed
