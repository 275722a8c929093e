"""An engine from the name that a configuration or the command line gives."""

from __future__ import annotations

from collections.abc import Sequence

from evenhand.errors import ConfigError, need
from evenhand.match.cache import CacheDir
from evenhand.match.encoder import Progress
from evenhand.match.protocol import Matcher
from evenhand.records.candidate import Document


def find_matcher(name: str, encoder: str) -> None:
    """Refuse what ``build_matcher`` refuses before it looks at people; nothing is loaded.

    Raises:
        ConfigError: No engine has this name.
        MatcherError: Its module can't be imported.
        ModelError: The encoder's weights are missing.
    """
    if name == "dense":
        from evenhand.match.dense import find_encoder

        need("an encoder", "embed")
        find_encoder(encoder)
    elif ":" in name:
        from evenhand.match.callable import require_engine

        require_engine(name)
    elif name != "lexical":
        raise _no_such(name)


def build_matcher(
    name: str,
    documents: Sequence[Document],
    *,
    encoder: str = "all-minilm-l6-v2",
    cache_dir: CacheDir = "platform",
    progress: Progress | None = None,
) -> Matcher:
    """The engine ``name`` over these people.

    Args:
        name: ``lexical``, ``dense``, or ``module:name`` of the user's own (``callable``).
        documents: The people, as ids and texts.
        encoder: For ``dense``: a bundled name, a folder of weights, or a hub id.
        cache_dir: For ``dense``: where embeddings are kept; None for memory alone.
        progress: For ``dense``: called while profiles are encoded.

    Raises:
        ConfigError: No engine has this name.
        MatcherError: The engine can't be built over these people.
        ModelError: The encoder's weights are missing.
    """
    if name == "lexical":
        from evenhand.match.lexical import LexicalMatcher

        return LexicalMatcher(documents)
    if name == "dense":
        from evenhand.match.dense import DenseMatcher, load_encoder

        return DenseMatcher(load_encoder(encoder, cache_dir), documents, progress=progress)
    if ":" in name:
        from evenhand.match.callable import load_matcher

        return load_matcher(name, documents)
    raise _no_such(name)


def _no_such(name: str) -> ConfigError:
    return ConfigError(
        f"there is no matcher {name!r}; use lexical, dense, or module:name of your own"
    )
