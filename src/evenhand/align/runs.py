"""The folder of one run: where everything stands, and whether it belongs together.

Files are written by whoever makes them; this file only names them, and refuses to mix two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.config.schema import Config
from evenhand.errors import FolderRefused, StorageError
from evenhand.records.files import read_json, write_json
from evenhand.records.integrity import every_file, read_sealed, write_sealed
from evenhand.rehearsal import begin


class Inside:
    """A file or folder of a run, by its name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, run: RunFolder, owner: type[RunFolder]) -> Path:
        return run.root / self.name


@dataclass(frozen=True)
class RunFolder:
    """Paths of one run; ``root`` is the folder that ``tune`` writes."""

    root: Path

    config = Inside("config.json")
    """The resolved configuration."""
    digests = Inside("digests.json")
    """What the run was made from: pool, engine, language model, rollouts, configuration."""
    targets = Inside("targets.json")
    """What the reward found to close; aggregates only."""
    reliability = Inside("reliability.json")
    """How reliable rewards are, per occupation group."""
    returns = Inside("returns.json")
    """Scale and variance of the returns."""
    metrics = Inside("metrics.jsonl")
    """Losses of all stages, step by step."""
    aligned = Inside("aligned")
    """The aligned language model."""
    regulator = Inside("regulator")
    """The trained heads and how to weigh them."""
    work = Inside("work")
    """Checkpoints and caches; removed when the run is complete."""
    complete = Inside("tuned.json")
    """Written last: the report of a finished run."""

    def claim(self, digests: Mapping[str, str], config: Config) -> None:
        """Take the folder for a run, or go on with the same one.

        What an abstention left (why, and no training) is no run: it gives way.
        """
        trained = any(each.exists() for each in (self.aligned, self.work, self.complete))
        claimed = self.digests.exists()
        if claimed and trained:
            check_same(self.root, read_json(self.digests), digests)
        elif not claimed and self.root.exists() and any(self.root.iterdir()):
            raise FolderRefused(
                f"{self.root}: is not empty and holds no run; choose another folder"
            )
        begin()
        if claimed and not trained:
            for left in (self.reliability, self.returns, self.targets):
                left.unlink(missing_ok=True)
        if not (claimed and trained):
            write_json(self.digests, dict(digests))
        if not self.complete.exists():
            write_json(self.config, config.model_dump(mode="json"))

    def kept(self) -> str:
        """What a stopped run leaves, as a sentence."""
        if self.complete.exists():
            return f"the run in {self.root} is finished; run the same command again to see it"
        patterns = ("complete.json", "checkpoint.pt", "*.npy")
        saved = any(any(self.work.rglob(pattern)) for pattern in patterns)
        if saved or self.aligned.exists():
            return (
                f"the training so far is saved in {self.root}; run the same command again to go on"
            )
        return f"no step of the training is saved in {self.root}; the same command starts over"

    def read_config(self) -> Config:
        """The configuration the run was made with."""
        return Config.model_validate(read_json(self.config))

    def read_digests(self) -> dict[str, str]:
        """Digests of what the run was made from."""
        return read_json(self.digests)

    def read_targets(self) -> dict[str, Any]:
        """What the reward found to close."""
        return read_json(self.targets)

    def finish(self, report: Mapping[str, Any]) -> None:
        """Write the report last, sealing every file of the run."""
        files = every_file(self.root, without=[self.work.name])
        write_sealed(self.complete, report, [path for path in files if path != self.complete])

    def read_finished(self, *, weights: bool = False) -> dict[str, Any]:
        """The report of a finished run, after its files were found to be as they were.

        With ``weights`` the weights (most of the bytes) are checked and nothing else; or all but
        them.
        """
        if not self.complete.exists():
            raise StorageError(f"{self.root}: isn't finished; run `evenhand tune` again to go on")
        heavy = (f"{self.aligned.name}/", f"{self.regulator.name}/")
        return read_sealed(
            self.complete,
            "tune again",
            needed=[self.config.name, self.digests.name, self.targets.name],
            only=lambda name: name.startswith(heavy) == weights,
        )


def check_same(folder: Path, saved: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Refuse digests that differ, by their names."""
    names = sorted(set(saved) | set(wanted))
    changed = [name for name in names if saved.get(name) != wanted.get(name)]
    if changed:
        raise FolderRefused(
            f"{folder}: was made from something else ({', '.join(changed)} changed); "
            "choose another folder"
        )
