"""Measuring and lessening stereotyped choices of a language model, its weights left as they are.

``probes`` asks questions that a text doesn't answer, ``ask`` puts them to a model, ``bias`` says
how far its choices between two subjects lean, ``kept`` what it must still know; ``layer`` moves the
likeliest tokens and is fitted by ``train``. Importing this package, ``probes`` or ``bias`` needs
neither torch nor transformers; the names below are loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evenhand.mitigate.layer import MitigationProcessor, attach, detach, load_layer

__all__ = ["MitigationProcessor", "attach", "detach", "load_layer"]

RUN = "mitigation.json"
"""Written last into the folder of a run, it seals every file there."""
CHECKPOINT, WORK = "checkpoint.pt", "work"
"""What an unfinished run goes on from; nobody reads it afterwards, so it isn't sealed."""
AGAIN = "train it again with `evenhand mitigate`"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.layer"), name)
