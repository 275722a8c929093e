"""Measuring and lessening stereotyped choices of a language model, its weights left as they are.

``probes`` asks questions that a text doesn't answer, ``metrics`` says how far a model's choices
between two subjects lean, and further rooms score models and train a small layer over the likeliest
tokens. Importing this package, ``probes`` or ``metrics`` needs neither torch nor transformers; the
names below are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.mitigate.layer.attach import MitigationProcessor, attach, detach, load_layer

__all__ = ["MitigationProcessor", "attach", "detach", "load_layer"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.layer.attach"), name)
