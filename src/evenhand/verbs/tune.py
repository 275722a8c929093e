"""``evenhand tune``: from rollouts to a run folder with weights, cards and evidence."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

from evenhand.config.schema import Config
from evenhand.learn.tune import tune as run
from evenhand.verbs.inputs import Progress
from evenhand.verbs.lean import NAME as LEAN


def tune(
    rollouts: str | Path,
    config: Config,
    *,
    out: str | Path,
    progress: Progress | None = None,
) -> dict[str, object]:
    """Align the model on rollouts, then learn the regulator; goes on where it was interrupted.

    Args:
        rollouts: Folder that ``collect_rollouts`` finished.
        config: Every setting.
        out: The run folder.
        progress: Called as ``progress(stage, done, total)``.

    Returns:
        What the run came to, with ``say``: sentences on reliability and abstentions.

    Raises:
        Abstained: There is nothing that may honestly be tuned.
        EvenhandError: Of the class of whatever boundary failed.
    """
    from evenhand.generate.weights import find_language_model

    source, folder = Path(rollouts), Path(out)
    report = run(source, config, folder, find_language_model(config.model.name), progress)
    shutil.copyfile(source / LEAN, folder / LEAN)
    said = [*report.reliability, *(f"{g}: {why}" for g, why in sorted(report.abstained.items()))]
    return {**asdict(report), "root": str(folder), "say": said}
