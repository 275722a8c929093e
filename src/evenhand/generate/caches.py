"""A causal model's cache of keys and values, found without the name that a library gives it.

transformers calls the argument ``past_key_values`` up to 5.23 and ``cache`` from 5.24 on, and the
field of what comes back likewise. A name that isn't there must not pass for a cache that isn't
there: a cache is known by its class and, where it is passed on, by the names that the model's
``forward`` takes. Holds nothing; caches of evenhand's own are in ``prefix``.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from typing import Any

from torch import nn
from transformers import Cache

from evenhand.errors import ModelError

_ARGUMENTS = ("cache", "past_key_values")


def cache_among(values: Iterable[Any]) -> Cache | None:
    """The first cache among the arguments or results of a model."""
    return next((each for each in values if isinstance(each, Cache)), None)


def cache_of(out: Any) -> Any:
    """The cache in what a forward pass returned, a mapping or a tuple; None without one."""
    return cache_among(out.values() if isinstance(out, Mapping) else out)


def takes_cache(model: nn.Module) -> bool:
    """Whether the model's ``forward`` takes a cache."""
    return _argument(model) is not None


def with_cache(model: nn.Module, cache: Any) -> dict[str, Any]:
    """Keyword arguments that make a forward pass read ``cache`` and add to it.

    Raises:
        ModelError: The model takes none under a name known here.
    """
    name = _argument(model)
    if name is None:
        raise ModelError(
            f"{type(model).__name__} takes no cache of keys and values; use a causal model of the "
            "Llama family or its like"
        )
    return {name: cache, "use_cache": True}


def _argument(model: nn.Module) -> str | None:
    taken = inspect.signature(model.forward).parameters
    return next((name for name in _ARGUMENTS if name in taken), None)
