"""Collecting rollouts: what a row says, what is judged and paid, and resuming to the byte."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from evenhand.align import rollouts as rollouts_module
from evenhand.align.rollouts import collect_rollouts, read_rollouts
from evenhand.errors import BadInput, StorageError
from evenhand.records.files import read_json

sys.path.insert(0, str(Path(__file__).parent))
import learn_fakes as fakes

DIGESTS = {"pool": "p", "matcher": "m", "model": "l"}


def collect(out: Path, **changes):
    parts = {
        "reward": fakes.FakeReward(),
        "generator": fakes.FakeGenerator(),
        "prompts": fakes.FakePrompts(),
        "gates": [fakes.odd_gate],
        "batch_gates": [fakes.CountingBatchGate()],
        "config": fakes.make_config(),
        "digests": DIGESTS,
        "ads_per_shard": 3,
        **changes,
    }
    return collect_rollouts(parts.pop("jobs", fakes.make_jobs()), out=out, **parts)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    return read_rollouts(collect(tmp_path_factory.mktemp("rollouts") / "out"))


def test_every_state_has_its_identity_first_which_is_worth_nothing(rows):
    states: dict[object, list] = {}
    for row in rows:
        states.setdefault(row.state, []).append(row)
    assert len(states) == 25
    for options in states.values():
        assert options[0].source == "identity"
        assert options[0].after == options[0].before
        assert options[0].reward == 0.0
        assert options[0].passed
        assert options[0].gates == ()
        assert all(row.source != "identity" for row in options[1:])


def test_offsets_name_the_text_they_replace(rows):
    texts = {job.id: job.text for job in fakes.make_jobs()}
    assert all(texts[row.job_id][row.start : row.end] == row.before for row in rows)


def test_repeats_are_merged_and_counted(rows):
    assert {row.count for row in rows if row.source == "model"} == {1, 2}
    assert len({(row.state, row.after, row.finished) for row in rows}) == len(rows)


def test_a_sample_that_repeats_the_span_is_its_identity(tmp_path):
    class Copying(fakes.FakeGenerator):
        def sample(self, prompts, settings):
            spans = [bytes(p[1:-1]).decode() for p in prompts]
            whole = {duty[:20]: duty for duty in fakes.DUTIES}
            return [
                [fakes.Completion(whole[s], (1, 2), -1.0, True)] * settings.samples for s in spans
            ]

    found = read_rollouts(collect(tmp_path / "o", generator=Copying()))
    assert {(row.source, row.count) for row in found} == {("identity", 5)}


def test_samples_that_were_cut_off_are_refused(rows):
    cut = [row for row in rows if not row.finished]
    assert cut
    assert all([v.gate for v in row.gates] == ["finished"] and not row.passed for row in cut)


def test_nothing_is_paid_to_what_failed_a_gate(rows):
    failed = [row for row in rows if any(not v.passed for v in row.gates if v.gate != "overshoot")]
    assert failed
    assert all(row.reward is None and row.reward_folds == () for row in failed)
    assert all(not row.passed for row in failed)


def test_going_past_the_target_fails_a_gate_of_its_own(rows):
    over = [row for row in rows if row.delta is not None and row.delta > 0.2]
    assert over
    assert all(not row.passed and row.gates[-1].gate == "overshoot" for row in over)


def test_batch_gates_and_the_engine_see_only_what_passed_so_far(tmp_path):
    gate, reward = fakes.CountingBatchGate(), fakes.FakeReward()
    collect(tmp_path / "o", batch_gates=[gate], reward=reward)
    found = read_rollouts(tmp_path / "o")
    first = [row for row in found if row.gates and row.gates[0].passed]
    assert sorted(gate.asked) == sorted(row.after for row in first)
    scored = [row for row in found if row.reward is not None]
    assert len(reward.asked) == len(scored) < len(found)
    assert not any(row.after in gate.asked for row in found if row.source == "identity")


def test_rules_and_approved_statements_have_tokens_to_learn_from(tmp_path, monkeypatch):
    monkeypatch.setattr(
        "evenhand.align.states.rule_rewordings", lambda span: [(f"{span.text} Plainly.", "tone")]
    )
    config = fakes.make_config(rules=True, approved_statements=("We offer flexible hours.",))
    found = read_rollouts(collect(tmp_path / "o", config=config))
    written = [row for row in found if row.source in ("rule:tone", "approved")]
    assert {row.source for row in written} == {"rule:tone", "approved"}
    assert all(row.tokens == (*row.after.encode(), 302) for row in written)
    assert all(row.logprob is None and row.sampler == "" for row in written)
    assert all(row.after.endswith("hours.") for row in written if row.source == "approved")


def test_a_file_names_no_person(tmp_path):
    out = collect(tmp_path / "o")
    columns = pq.read_table(out / "shard-00000.parquet").column_names
    assert not [name for name in columns if "candidate" in name or "people" in name]


def test_the_summary_counts_what_the_rows_say(rows, tmp_path):
    summary = read_json(collect(tmp_path / "o") / "summary.json")
    proposed = [row for row in rows if not row.is_identity]
    assert summary["overall"]["rows"] == len(proposed)
    assert summary["overall"]["passed"] == sum(row.passed for row in proposed)
    assert summary["sources"]["model"]["proposed"] == sum(row.count for row in proposed)
    facts = summary["gates"]["facts"]
    assert facts["judged"] - facts["passed"] == sum(facts["reasons"].values())
    assert list(facts["reasons"]) == ["adds …"]


def test_the_same_input_gives_the_same_bytes_whatever_the_shards_before_it(tmp_path):
    assert contents(collect(tmp_path / "a")) == contents(collect(tmp_path / "b"))


def test_an_interrupted_collection_goes_on(tmp_path, monkeypatch):
    whole = contents(collect(tmp_path / "whole"))
    real, written = rollouts_module.write_rows, []

    def failing(path, rows):
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(path)
        real(path, rows)

    monkeypatch.setattr(rollouts_module, "write_rows", failing)
    with pytest.raises(KeyboardInterrupt):
        collect(tmp_path / "cut")
    with pytest.raises(StorageError, match="2 of 4 shards are missing"):
        read_rollouts(tmp_path / "cut")
    monkeypatch.setattr(rollouts_module, "write_rows", real)
    generator = fakes.FakeGenerator()
    collect(tmp_path / "cut", generator=generator)
    assert generator.calls == 2
    assert contents(tmp_path / "cut") == whole


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"config": fakes.make_config(temperature=1.3)}, "config.sampling"),
        ({"jobs": fakes.make_jobs(9)}, "jobs"),
        ({"digests": {**DIGESTS, "pool": "others"}}, "pool"),
        ({"generator": fakes.FakeGenerator("other")}, "generator"),
        ({"reward": fakes.FakeReward("other")}, "targets"),
    ],
)
def test_another_collection_is_refused_and_says_what_changed(tmp_path, changes, name):
    collect(tmp_path / "o")
    with pytest.raises(StorageError, match=f"\\({name} changed\\); choose another folder"):
        collect(tmp_path / "o", **changes)


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StorageError, match="holds no rollouts"):
        collect(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_damaged_shard_is_a_clear_error(tmp_path):
    out = collect(tmp_path / "o")
    (out / "shard-00001.parquet").write_bytes(b"PAR1 cut off")
    with pytest.raises(StorageError, match=r"shard-00001.*cannot be read as rollouts"):
        read_rollouts(out)


def test_ads_need_ids_that_differ(tmp_path):
    with pytest.raises(BadInput, match="ids that differ"):
        collect(tmp_path / "o", jobs=[*fakes.make_jobs(2), *fakes.make_jobs(1)])


def test_an_ad_without_editable_spans_has_no_rows(tmp_path):
    empty = fakes.Job("empty", "")
    found = read_rollouts(collect(tmp_path / "o", jobs=[empty]))
    assert found == []


CHILD = """
import sys, time
sys.path.insert(0, {folder!r})
import learn_fakes as fakes
from test_rollouts import collect
from pathlib import Path
class Slow(fakes.FakeGenerator):
    def sample(self, prompts, settings):
        time.sleep(0.2)
        return super().sample(prompts, settings)
collect(
    Path({out!r}), generator=Slow(), jobs=fakes.make_jobs(30),
    progress=lambda stage, done, total: print(done, flush=True),
)
"""


def test_killed_and_resumed_gives_the_same_bytes(tmp_path):
    jobs = fakes.make_jobs(30)
    whole = contents(collect(tmp_path / "whole", jobs=jobs))
    out = tmp_path / "killed"
    code = CHILD.format(folder=str(Path(__file__).parent), out=str(out))
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    for line in child.stdout:
        if int(line) >= 9:
            break
    child.send_signal(signal.SIGKILL)
    child.wait(timeout=30)
    child.stdout.close()
    done = len(list(out.glob("shard-*")))
    assert 3 <= done < 10
    # What a kill in the middle of a write leaves behind must not stay.
    (out / ".shard-00009.abcd.part.parquet").write_bytes(b"half")
    collect(out, jobs=jobs)
    assert contents(out) == whole
