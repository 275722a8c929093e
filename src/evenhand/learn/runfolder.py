"""The folder of one run: where everything stands, and whether it belongs together.

Not a trainer (``tune``) and not a loader of models. Files are written by whoever makes them; this
file only names them, and refuses to mix two runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evenhand.config.schema import Config
from evenhand.errors import StorageError
from evenhand.records.files import read_json, write_json
from evenhand.records.seals import every_file, read_sealed, write_sealed
from evenhand.rehearsal import begin


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths of one run.

    Attributes:
        root: The folder that ``tune`` writes.
    """

    root: Path

    @property
    def config(self) -> Path:
        """The resolved configuration."""
        return self.root / "config.json"

    @property
    def digests(self) -> Path:
        """What the run was made from: pool, engine, language model, rollouts, configuration."""
        return self.root / "digests.json"

    @property
    def targets(self) -> Path:
        """What the reward found to close; aggregates only."""
        return self.root / "targets.json"

    @property
    def reliability(self) -> Path:
        """How reliable rewards are, per occupation group."""
        return self.root / "reliability.json"

    @property
    def returns(self) -> Path:
        """Scale and variance of the returns."""
        return self.root / "returns.json"

    @property
    def metrics(self) -> Path:
        """Losses of all stages, step by step."""
        return self.root / "metrics.jsonl"

    @property
    def aligned(self) -> Path:
        """The aligned language model."""
        return self.root / "aligned"

    @property
    def regulator(self) -> Path:
        """The trained heads and how to weigh them."""
        return self.root / "regulator"

    @property
    def work(self) -> Path:
        """Checkpoints and caches; removed when the run is complete."""
        return self.root / "work"

    @property
    def complete(self) -> Path:
        """Written last: the report of a finished run."""
        return self.root / "tuned.json"

    def heads(self, name: str) -> Path:
        """Folder of the heads of one objective."""
        return self.regulator / name

    def claim(self, digests: Mapping[str, str], config: Config) -> None:
        """Take the folder for a run, or go on with the same one.

        What an abstention left (why, and no training) is no run: it gives way.

        Raises:
            StorageError: The folder holds a run that was made from something else.
        """
        trained = any(each.exists() for each in (self.aligned, self.work, self.complete))
        claimed = self.digests.exists()
        if claimed and trained:
            check_same(self.root, read_json(self.digests), digests)
        elif not claimed and self.root.exists() and any(self.root.iterdir()):
            raise StorageError(f"{self.root}: is not empty and holds no run; choose another folder")
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
        """The configuration the run was made with.

        Raises:
            StorageError: The folder holds no run.
        """
        return Config.model_validate(read_json(self.config))

    def read_digests(self) -> dict[str, str]:
        """Digests of what the run was made from.

        Raises:
            StorageError: The folder holds no run.
        """
        return read_json(self.digests)

    def read_targets(self) -> dict[str, Any]:
        """What the reward found to close."""
        return read_json(self.targets)

    def finish(self, report: Mapping[str, Any]) -> None:
        """Write the report last, sealing every file of the run.

        Raises:
            StorageError: It can't be written.
        """
        write_sealed(self.complete, report, self._files())

    def read_finished(self, *, weights: bool = False) -> dict[str, Any]:
        """The report of a finished run, after its files were found to be as they were.

        Args:
            weights: Check the weights (most of the bytes) and nothing else; or all but them.

        Raises:
            StorageError: The run isn't finished, or one of its files was changed.
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

    def _files(self) -> list[Path]:
        return [
            path
            for path in every_file(self.root, without=[self.work.name])
            if path != self.complete
        ]

    def require(self, digests: Mapping[str, str]) -> None:
        """Check that what is at hand is what the run was made from.

        Args:
            digests: Some of the run's digests, by name (``pool``, ``matcher``, …).

        Raises:
            StorageError: The run is not finished, or one of the digests differs.
        """
        if not self.complete.exists():
            raise StorageError(
                f"{self.root}: the run is not finished; run `evenhand tune` again to go on"
            )
        saved = self.read_digests()
        check_same(self.root, {name: saved.get(name, "") for name in digests}, digests)


def check_same(folder: Path, saved: Mapping[str, Any], wanted: Mapping[str, Any]) -> None:
    """Compare named digests.

    Raises:
        StorageError: Some differ; it names them and says to choose another folder.
    """
    names = sorted(set(saved) | set(wanted))
    changed = [name for name in names if saved.get(name) != wanted.get(name)]
    if changed:
        raise StorageError(
            f"{folder}: was made from something else ({', '.join(changed)} changed); "
            "choose another folder"
        )
