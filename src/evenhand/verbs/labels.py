"""Whether people's attributes are those that a run was tuned with; a digest alone is kept.

A pool's own digest leaves attributes out, and a run that is used with swapped labels would widen
the gap it learned to close.
"""

from __future__ import annotations

from pathlib import Path

from evenhand.config.schema import RewardConfig
from evenhand.errors import StorageError
from evenhand.records.candidate import Pool
from evenhand.records.files import digest_of, read_json

NAME = "labels.json"


def saved_labels(pool: Pool, config: RewardConfig) -> dict[str, object]:
    """What ``labels.json`` holds."""
    return {"digest": _digest(pool, config)}


def refuse_other_labels(folder: Path, pool: Pool, config: RewardConfig) -> None:
    """Check that the same people have the same attributes as when the run was made.

    Raises:
        StorageError: They have not.
    """
    path = folder / NAME
    if path.exists() and read_json(path)["digest"] != _digest(pool, config):
        raise StorageError(
            f"{folder}: was tuned with other values of {', '.join(_columns(config))} for these "
            "people; a run closes the gap it was shown, so give the same values or tune again"
        )


def _digest(pool: Pool, config: RewardConfig) -> str:
    values = [pool.column(name).tolist() for name in _columns(config)]
    return digest_of([pool.digest, values])


def _columns(config: RewardConfig) -> list[str]:
    """Columns behind the attributes (intersections taken apart) and who is qualified by."""
    parts = [part for name in config.attributes for part in name.split("*")]
    return list(dict.fromkeys([*parts, config.qualified_by]))
