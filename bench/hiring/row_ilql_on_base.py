"""The row ``ilql_on_base``: the regulator learned on the base model, without alignment.

The same rollouts and settings as the row ``tuned``, less the supervised stage: what is left
between the two rows is what alignment adds. It rewords nothing: ``rewrite(system="tuned",
run=...)`` does, as for any run.
"""

from __future__ import annotations

from pathlib import Path

from evenhand.config.schema import Config
from evenhand.records.outputs import Progress
from evenhand.verbs.tune import tune

NAME = "ilql_on_base"


def tune_on_base(
    rollouts: Path, config: Config, out: Path, progress: Progress | None = None
) -> dict[str, object]:
    """Learn the regulator of ``out`` on the base model; goes on where it was interrupted.

    Raises:
        Abstained: There is nothing that may honestly be tuned.
        StorageError: The rollouts aren't finished, or ``out`` holds another run.
    """
    align = config.align.model_copy(update={"rounds": 0})
    on_base = config.model_copy(update={"align": align})
    return tune(rollouts, on_base, out=out, progress=progress)
