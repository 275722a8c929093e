"""One rollout as a row of a Parquet file: its columns, and rows to tables and back.

Rows name ads and never people. Not a collector (``rollouts``) and not a judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from evenhand.errors import StorageError
from evenhand.language.span import Verdict
from evenhand.records.files import write_parquet

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Rollout:
    """One replacement of one span of one ad, with all that was found out about it.

    Attributes:
        job_id: The ad.
        group: Its occupation group; ``""`` where unknown.
        start: Offset of the span in the ad.
        end: Offset after the span.
        kind: ``sentence`` or ``duty``.
        before: The span.
        after: The replacement.
        source: ``identity``, ``rule:<name>``, ``approved`` or ``model``.
        sample_index: Which sample of the model this was first; -1 for other sources.
        count: How often the same replacement was proposed for this span.
        prompt_tokens: What the language model was asked, as token ids.
        tokens: Token ids of the replacement as the model would write it, end token included.
        logprob: Log-probability of ``tokens``, nats; None where the model didn't draw them.
        finished: Whether the replacement ended by itself.
        sampler: Settings of the draw as JSON; ``""`` where the model didn't draw it.
        gates: Verdicts, in the order they were given.
        passed: Whether every gate passed.
        reward_folds: Reward per fold of the people; empty where nothing was paid.
        reward: Mean minus one standard error over folds; 0 for the identity; None where a gate
            failed.
        delta: Change of the score gap on all training people; None where a gate failed.
        halves: Change of the score gap on two disjoint halves of the people; empty where a gate
            failed.
        pool_digest: The people the reward was measured on.
        matcher_digest: The engine.
        model_digest: The language model and its tokenizer.
    """

    job_id: str
    group: str
    start: int
    end: int
    kind: str
    before: str
    after: str
    source: str
    sample_index: int
    count: int
    prompt_tokens: tuple[int, ...]
    tokens: tuple[int, ...]
    logprob: float | None
    finished: bool
    sampler: str
    gates: tuple[Verdict, ...]
    passed: bool
    reward_folds: tuple[float, ...]
    reward: float | None
    delta: float | None
    halves: tuple[float, ...]
    pool_digest: str
    matcher_digest: str
    model_digest: str

    @property
    def state(self) -> tuple[str, int, int]:
        """What the replacement was proposed for: ad, start and end."""
        return (self.job_id, self.start, self.end)

    @property
    def is_identity(self) -> bool:
        """Whether nothing is changed."""
        return self.before == self.after


def schema() -> pa.Schema:
    """The Arrow schema of a shard of rollouts."""
    import pyarrow as pa

    verdict = pa.struct([("gate", pa.string()), ("passed", pa.bool_()), ("reason", pa.string())])
    types: dict[str, pa.DataType] = {
        "start": pa.int32(),
        "end": pa.int32(),
        "sample_index": pa.int32(),
        "count": pa.int32(),
        "prompt_tokens": pa.list_(pa.int32()),
        "tokens": pa.list_(pa.int32()),
        "logprob": pa.float64(),
        "finished": pa.bool_(),
        "gates": pa.list_(verdict),
        "passed": pa.bool_(),
        "reward_folds": pa.list_(pa.float64()),
        "reward": pa.float64(),
        "delta": pa.float64(),
        "halves": pa.list_(pa.float64()),
    }
    names = [field.name for field in fields(Rollout)]
    return pa.schema([(name, types.get(name, pa.string())) for name in names])


def write_rows(path: Path, rows: Sequence[Rollout]) -> None:
    """Write a shard; the same rows give the same bytes.

    Raises:
        StorageError: When it cannot be written; nothing is left half-written.
    """
    import pyarrow as pa

    plain = [asdict(row) for row in rows]
    write_parquet(path, pa.Table.from_pylist(plain, schema=schema()))


def read_rows(paths: Iterable[Path]) -> list[Rollout]:
    """Read shards, in the order given.

    Raises:
        StorageError: A file is absent, unreadable or no shard of rollouts.
    """
    return [row for path in paths for row in _read_shard(path)]


def _read_shard(path: Path) -> list[Rollout]:
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (OSError, ValueError) as cause:
        raise StorageError(
            f"{path}: cannot be read as rollouts ({cause}); collect them again"
        ) from cause
    if not table.schema.equals(schema()):
        raise StorageError(
            f"{path}: is not a shard of rollouts of this version; collect them again"
        )
    return [_row(record) for record in table.to_pylist()]


def _row(record: dict[str, object]) -> Rollout:
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in record.items()
    }
    gates = record["gates"]
    assert isinstance(gates, list)
    values["gates"] = tuple(Verdict(**gate) for gate in gates)
    return Rollout(**values)  # type: ignore[arg-type]
