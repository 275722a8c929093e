"""The verb mitigate: what a run holds, going on where it stopped, and what it refuses."""

from __future__ import annotations

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evenhand.config.schema import Config, MitigateConfig
from evenhand.errors import BadInput, StorageError
from evenhand.records.integrity import read_sealed
from evenhand.verbs.mitigate import bundled_prose, mitigate, probe, sides, training_examples

from ..made_up_probes import save_probed_llama, texts_of
from ..planted import flip

PROSE = [f"The office on floor {n} opens at nine and closes at five." for n in range(30)]
SETTINGS = MitigateConfig(examples=24, steps=10, keep_rows=20, batch_size=4, save_steps=4)
CONFIG = Config(mitigate=SETTINGS)
STATES = ("asked.json", "probe_states.safetensors", "keep_states.safetensors")


@dataclass(frozen=True)
class Run:
    """A finished run and how it went."""

    model: str
    folder: Path
    found: dict[str, Any]
    told: list[tuple[str, int, int]]
    printed: str

    def again(self, folder: Path, config: Config = CONFIG, **given: Any) -> dict[str, Any]:
        """The same command, or one that differs in what is given."""
        asked = {"kinds": ["gender"], "prose": PROSE} | given
        return mitigate(self.model, config=config, out=folder, **asked)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    home = tmp_path_factory.mktemp("mitigate")
    model = str(save_probed_llama(home / "tiny"))
    told: list[tuple[str, int, int]] = []
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed), redirect_stderr(printed):
        patch.setattr("evenhand.mitigate.train.GROUPS", 6)
        found = mitigate(
            model,
            ["gender"],
            CONFIG,
            out=home / "run",
            prose=PROSE,
            progress=lambda *step: told.append(step),
        )
    return Run(model, home / "run", found, told, printed.getvalue())


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_run_holds_the_layer_the_states_what_was_asked_and_how_it_went(run: Run):
    assert set(bytes_of(run.folder)) == {
        *STATES,
        "checkpoint.pt",
        "layer.json",
        "layer.safetensors",
        "metrics.jsonl",
        "mitigation.json",
        "training.json",
    }
    held = read_sealed(run.folder / "mitigation.json", "")
    assert held == run.found
    assert run.found["kinds"] == ["gender"]
    assert run.found["examples"] == 24
    assert 8 <= run.found["usable_examples"] <= 24
    assert run.found["training"]["steps"] == 10
    assert run.found["settings"]["examples"] == 24
    assert run.told[-1] == ("layer", 10, 10)
    stages = {"probes", "facts", "choices", "prose", "layer"}
    assert {stage for stage, _, _ in run.told} == stages


def test_the_same_command_again_does_nothing_new(run: Run, tmp_path: Path):
    folder = tmp_path / "again"
    shutil.copytree(run.folder, folder)
    told: list[object] = []
    found = run.again(folder, progress=lambda *step: told.append(step))
    assert told == []
    assert found == run.found
    assert bytes_of(folder) == bytes_of(run.folder)


def test_a_finished_run_that_was_changed_is_not_gone_on_with(run: Run, tmp_path: Path):
    folder = tmp_path / "changed"
    for path in sorted(set(run.folder.iterdir()) - {run.folder / "checkpoint.pt"}):
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(run.folder, folder)
        flip(folder / path.name)
        before = bytes_of(folder)
        with pytest.raises(StorageError):
            run.again(folder)
        assert bytes_of(folder) == before


def test_interrupted_and_resumed_is_uninterrupted(run: Run, tmp_path: Path):
    folder = tmp_path / "resumed"
    folder.mkdir()
    for name in STATES:
        shutil.copy(run.folder / name, folder)
    steps: list[int] = []

    def stop(stage: str, done: int, _: int) -> None:
        assert stage == "layer"
        if done == 6:
            raise KeyboardInterrupt
        steps.append(done)

    with pytest.raises(KeyboardInterrupt):
        run.again(folder, progress=stop)
    assert not (folder / "layer.safetensors").exists()
    assert not (folder / "mitigation.json").exists()
    steps.clear()
    found = run.again(folder, progress=lambda _, done, __: steps.append(done))
    assert steps == [5, 6, 7, 8, 9, 10]
    assert found == run.found
    for name in ("layer.safetensors", "layer.json", "metrics.jsonl", "mitigation.json"):
        assert (folder / name).read_bytes() == (run.folder / name).read_bytes(), name


@pytest.mark.parametrize(
    ("config", "given"),
    [
        (CONFIG, {"kinds": ["religion"]}),
        (CONFIG, {"kinds": ["gender", "religion"]}),
        (CONFIG, {"prose": PROSE[:9]}),
        (CONFIG.model_copy(update={"seed": 1}), {}),
        (Config(mitigate=SETTINGS.model_copy(update={"steps": 11})), {}),
    ],
)
def test_a_folder_of_another_run_is_refused_and_left_alone(
    run: Run, tmp_path: Path, config: Config, given: dict[str, Any]
):
    folder = tmp_path / "taken"
    folder.mkdir()
    shutil.copy(run.folder / "asked.json", folder)
    with pytest.raises(StorageError, match="holds a mitigation of another") as refused:
        run.again(folder, config, **given)
    assert str(refused.value).startswith(str(folder))
    assert "\n" not in str(refused.value)
    assert list(bytes_of(folder)) == ["asked.json"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kinds": []}, "name at least one kind"),
        ({"kinds": ["gender", "shoes"]}, "unknown kind 'shoes'"),
        ({"source": "unqover"}, "folder of UnQover's word_lists"),
        ({"source": "unqover", "templates": Path("not/there")}, "not/there"),
        ({"templates": Path("not/there")}, "not/there"),
        ({"source": "elsewhere"}, "unknown source"),
    ],
)
def test_bad_asks_leave_no_folder(run: Run, tmp_path: Path, given: dict[str, Any], said: str):
    with pytest.raises(BadInput, match=said):
        run.again(tmp_path / "new", **given)
    assert not (tmp_path / "new").exists()


def test_a_masked_model_is_refused(tmp_path: Path):
    (tmp_path / "config.json").write_text('{"architectures": ["BertForMaskedLM"]}')
    for name in ("model.safetensors", "vocab.txt"):
        (tmp_path / name).touch()
    with pytest.raises(BadInput, match="is a masked model"):
        mitigate(str(tmp_path), ["gender"], CONFIG, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_probe_takes_the_run(run: Run, tmp_path: Path):
    out = tmp_path / "after.json"
    found = probe(run.model, "gender", examples=4, mitigation=run.folder, out=out)
    assert found["mitigation"] == run.found["layer"]


def test_no_probe_text_is_written_or_printed(run: Run):
    examples = training_examples("gender", CONFIG, "hiring")
    texts = texts_of(examples)
    texts |= {one.context for one in sides("gender", CONFIG, "hiring")[0].templates}
    written = [run.printed]
    written += [path.read_text() for path in run.folder.glob("*.json*")]
    assert len(written) == 6
    assert not [text for text in texts for one in written if text in one]
    assert str(run.folder.parent) not in "".join(written)


def test_metrics_tell_every_step(run: Run):
    rows = [json.loads(line) for line in (run.folder / "metrics.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if row["stage"] == "train"] == list(range(1, 11))
    assert "keep_kl" in rows[0]


def test_prose_comes_with_the_package():
    texts = bundled_prose()
    assert 100 <= len(texts) <= 1000
    assert all(texts)
