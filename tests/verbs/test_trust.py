"""Folders from somebody else: no code of theirs runs, and a file that was changed is refused.

Copies of real, small folders are tampered with as their sender could: code is planted in the
working directory, on the path and in the folder, named wherever a name could stand, and the folder
is sealed again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import evenhand
from evenhand import api
from evenhand.align.rollouts import check_rollouts
from evenhand.align.runs import RunFolder
from evenhand.cli.main import main
from evenhand.config.schema import MatcherConfig
from evenhand.errors import BadInput, EvenhandError, ModelError, StorageError
from evenhand.records.files import read_json, write_json
from evenhand.records.integrity import every_file, read_sealed, write_sealed
from evenhand.verbs.audit import audit
from evenhand.verbs.compare import compare
from evenhand.verbs.inputs import AuditInputs, Inputs
from evenhand.verbs.language_model import LanguageTools
from evenhand.verbs.mitigate import probe_report
from evenhand.verbs.tune import tune

from ..audit.evidence.made_up import FEW
from ..made_up_probes import probed, scores
from ..planted import ENGINE, Plant, flip, leaves, put_everywhere
from ..small import write_files

ENGINE_FILE = """
from zlib import crc32


def hash_of(text):
    return crc32(text.encode())


def rank(queries, k, eligible):
    def best(query):
        people = sorted(eligible or NAMES, key=lambda name: hash_of(query["id"] + name))
        return [(name, -float(at)) for at, name in enumerate(people[:k])]

    return [best(query) for query in queries]
"""
OWN = "own_engine:rank"


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    return Plant(tmp_path, monkeypatch)


@pytest.fixture
def refuses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command that must be refused; its code and its one sentence."""

    def run(*words: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["evenhand", *map(str, words)])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert said.err.count("\n") == 1, said.err
        return int(str(stop.value.code)), said.err

    return run


def seal_again(path: Path, **changed: Any) -> None:
    """Change a sealed document as its sender could, with a new seal."""
    held = read_json(path)
    files = [path.parent / name for name in held.pop("written")]
    held.pop("seal")
    write_sealed(path, {**held, **changed}, files)


def asked_with(folder: Path, **changed: Any) -> None:
    """Change what an audit was asked, and seal it again."""
    path = folder / "provenance.json"
    seal_again(path, asked={**read_json(path)["asked"], **changed})


# Audits.


@pytest.fixture(scope="module")
def case(small_case, tmp_path_factory) -> tuple[Path, Path]:
    """Ads and people, fewer than the small case's."""
    people = small_case.people.where(lambda one: int(one.id[1:]) % 4 == 0)
    return write_files(tmp_path_factory.mktemp("case"), small_case.ads[:8], people)


@pytest.fixture(scope="module")
def audited(case, tmp_path_factory) -> Path:
    """An audit of the lexical engine's lists."""
    folder = tmp_path_factory.mktemp("audited") / "A"
    return audit_with(case, MatcherConfig(name="lexical", top=5), folder)


def audit_with(case: tuple[Path, Path], matcher: MatcherConfig, folder: Path) -> Path:
    given = AuditInputs(inputs=Inputs(*case), matcher=matcher)
    few = replace(FEW, by=("gender",), min_group=5, shuffles=5, permutations=20)
    audit(given, few, out=folder)
    return folder


@pytest.fixture
def theirs(audited: Path, tmp_path: Path, plant: Plant) -> Path:
    """A copy of it from somebody else."""
    folder = Path(shutil.copytree(audited, tmp_path / "B"))
    plant.into(folder)
    return folder


def named(folder: Path, engine: str) -> None:
    matcher = {**read_json(folder / "provenance.json")["asked"]["matcher"], "name": engine}
    asked_with(folder, matcher=matcher)


def test_compare_imports_nothing_that_a_folder_names(audited: Path, theirs: Path, plant: Plant):
    assert compare(audited, audited).parity[0].paired
    named(theirs, ENGINE)
    found = compare(audited, theirs)
    assert f"the engine {ENGINE!r} is code, which runs where you name it" in " ".join(found.notes)
    assert not any(one.paired for one in found.parity)
    assert not plant.ran


def test_compare_does_not_import_other_code_than_was_named_or_audited(
    audited: Path, theirs: Path, plant: Plant
):
    named(theirs, ENGINE)
    with pytest.raises(BadInput, match="--matcher elsewhere:rank: not read, for neither audit"):
        compare(audited, theirs, matchers=["elsewhere:rank"])
    assert not plant.ran
    notes = compare(audited, theirs, matchers=[ENGINE]).notes
    assert not plant.ran
    assert any("the file of the engine" in note for note in notes)


def test_names_put_anywhere_in_an_audit_run_nothing(audited: Path, theirs: Path, plant: Plant):
    path = theirs / "provenance.json"
    for at in range(len(list(leaves(read_json(path)["asked"])))):
        given = read_json(audited / "provenance.json")["asked"]
        list(leaves(given))[at](ENGINE)
        seal_again(path, asked=given)
        with suppress(Exception):  # what is left may be no audit any more
            compare(audited, theirs)
        assert not plant.ran, given
    (theirs / "audit.json").write_text(json.dumps(put_everywhere(audited / "audit.json", ENGINE)))
    seal_again(path)
    with suppress(Exception):
        compare(audited, theirs)
    assert not plant.ran


def test_an_encoder_that_a_folder_names_is_data(audited: Path, theirs: Path, plant: Plant):
    encoder = theirs / "encoder"
    encoder.mkdir()
    plant.into(encoder)
    parts = [{"idx": 0, "name": "0", "path": "", "type": ENGINE.replace(":", ".")}]
    (encoder / "modules.json").write_text(json.dumps(parts))
    asked_with(theirs, matcher={"name": "dense", "encoder": str(encoder), "top": 5})
    notes = " ".join(compare(audited, theirs).notes)
    assert "lists aren't paired: " in notes
    assert "modules.json: names 'planted_code.rank'" in notes
    assert not plant.ran


@pytest.mark.parametrize("kind", ["a pipe", "a device", "not in the digests"])
def test_compare_opens_no_file_that_is_none(audited: Path, theirs: Path, tmp_path: Path, kind: str):
    odd = tmp_path / "odd.parquet"
    if kind == "a pipe":
        os.mkfifo(odd)
    elif kind == "a device":
        odd.symlink_to("/dev/zero")
    else:
        odd.write_bytes(b"x")
    given = read_json(theirs / "provenance.json")["asked"]
    digests = given["digests"] | ({} if kind == "not in the digests" else {str(odd): ""})
    asked_with(theirs, rankings=str(odd), digests=digests)
    found = compare(audited, theirs)
    assert f"{odd} is gone or has changed, so nothing of B is paired" in found.notes


def test_an_engine_that_the_person_names_is_asked_again(case, tmp_path: Path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [json.loads(line)["id"] for line in case[1].read_text().splitlines()]
    file = tmp_path / "own_engine.py"
    file.write_text(f"NAMES = {names}\n{ENGINE_FILE}")
    own = audit_with(case, MatcherConfig(name=OWN, top=5), tmp_path / "own")
    assert not any(one.paired for one in compare(own, own).parity)
    found = compare(own, own, matchers=[OWN])
    assert not any("paired" in note for note in found.notes)
    assert any(one.paired for one in found.parity)
    file.write_text(f"{file.read_text()}\n# another file\n")
    found = compare(own, own, matchers=[OWN])
    assert (
        "lists aren't paired: the file of the engine 'own_engine:rank' has changed" in found.notes
    )


def test_every_file_of_an_audit_is_checked(audited: Path, tmp_path: Path, refuses):
    names = sorted(path.relative_to(audited).as_posix() for path in every_file(audited))
    assert {"audit.json", "audit.html", "provenance.json"} < set(names)
    for at, name in enumerate(names):
        changed = Path(shutil.copytree(audited, tmp_path / str(at)))
        flip(changed / name)
        code, said = refuses("compare", audited, changed)
        assert code == 1
        assert said.startswith(f"{changed / name}: "), name


# Runs.


@pytest.fixture
def run(honest_run: Path, tmp_path: Path) -> Path:
    """A copy of a run from somebody else."""
    return Path(shutil.copytree(honest_run, tmp_path / "run"))


def settle(run: Path, section: str, **changed: Any) -> None:
    """Change the settings of a run as its sender could, and seal it again."""
    folder = RunFolder(run)
    settings = read_json(folder.config)
    settings[section].update(changed)
    write_json(folder.config, settings)
    seal_again(folder.complete)


def test_rewrite_imports_nothing_that_a_run_names(run: Path, small_case, plant: Plant, refuses):
    plant.into(run)
    settle(run, "matcher", name=ENGINE)
    words = ["rewrite", small_case.jobs_file, "--pool", small_case.people_file, "--run", run]
    for more in ([], ["--changed-engine"], ["--system", "best-of"]):
        code, said = refuses(*words, *more)
        assert code == 2
        assert ENGINE in said
        assert not plant.ran
    assert f"add --matcher {ENGINE}" in refuses(*words)[1]
    with pytest.raises(BadInput, match=ENGINE):
        evenhand.api.rewrite(small_case.ads[:1], run=run, pool=small_case.people)
    assert not plant.ran


def test_an_engine_the_person_names_is_checked_before_it_is_loaded(
    run: Path, small_case, plant: Plant, tmp_path: Path, refuses
):
    """The person's own name or TOML counts; the run's digest of the engine's file comes first."""
    settle(run, "matcher", name=ENGINE)
    toml = tmp_path / "own.toml"
    toml.write_text(f'[matcher]\nname = "{ENGINE}"\n')
    words = ["rewrite", small_case.jobs_file, "--pool", small_case.people_file, "--run", run]
    for more in (["--matcher", ENGINE], ["--config", toml], ["--set", f"matcher.name={ENGINE}"]):
        code, said = refuses(*words, *more)
        assert code == 1
        assert "was tuned with another engine" in said
        assert not plant.ran
    with pytest.raises(StorageError, match="results lapse when the engine changes"):
        evenhand.api.rewrite(
            small_case.ads[:1],
            run=run,
            pool=small_case.people,
            config=evenhand.load_config([run / "config.json", toml]),
            changed_engine=True,
        )
    assert plant.ran


def test_models_that_a_run_names_are_data(run: Path, small_case, plant: Plant):
    code = ENGINE.replace(":", ".")
    for section, key in (("matcher", "encoder"), ("model", "name")):
        folder = run.parent / section
        folder.mkdir()
        plant.into(folder)
        about = {"model_type": "x", "auto_map": {"AutoConfig": code, "AutoTokenizer": code}}
        (folder / "config.json").write_text(json.dumps(about))
        (folder / "modules.json").write_text(json.dumps([{"path": "", "type": code}]))
        settle(run, section, **{"name": "dense", key: str(folder)})
        with pytest.raises(ModelError, match=str(folder)):
            evenhand.api.rewrite(small_case.ads[:1], run=run, pool=small_case.fold("train"))
        assert not plant.ran


def test_every_file_of_a_run_is_checked(honest_run: Path, run: Path, small_case, small_config):
    tools = LanguageTools.open(small_config)
    ads, people = small_case.split("train")[:1], small_case.fold("train")
    names = [path.relative_to(run).as_posix() for path in every_file(run)]
    assert {"config.json", "lean.json", "tuned.json", "aligned/model.safetensors"} < set(names)
    assert {"targets.json", "regulator/parity/heads.safetensors"} < set(names)
    for name in names:
        flip(run / name)
        with pytest.raises(EvenhandError) as refused:
            evenhand.api.rewrite(ads, run=run, pool=people, tools=tools)
        assert str(refused.value).startswith(f"{run / name}: "), name
        assert "tune again" in str(refused.value) or "is not JSON" in str(refused.value)
        shutil.copyfile(honest_run / name, run / name)
    evenhand.api.rewrite(ads, run=run, pool=people, tools=tools)


@pytest.mark.parametrize("name", ["config.json", "aligned/model.safetensors"])
def test_a_finished_run_that_was_changed_is_not_tuned_on(
    honest_run: Path, run: Path, small_config, name: str
):
    flip(run / name)
    with pytest.raises(StorageError, match=rf"{name}: was changed"):
        tune(honest_run.parent / "rollouts", small_config, out=run)


def test_a_run_of_an_earlier_version_is_refused(run: Path, small_case, refuses):
    """Without a seal nothing says that its files belong together."""
    held = read_sealed(run / "tuned.json", "")
    write_json(run / "tuned.json", held)
    code, said = refuses("rewrite", small_case.jobs_file, "--run", run)
    assert code == 1
    assert said.startswith(f"{run / 'tuned.json'}: has no seal")
    assert said.endswith("tune again\n")


def test_a_file_planted_beside_the_weights_is_refused(run: Path, small_case, small_config):
    (run / "aligned" / "adapter_config.json").write_text("{}")
    with pytest.raises(StorageError, match=r"adapter_config\.json: wasn't there when"):
        evenhand.api.rewrite(
            small_case.ads[:1], run=run, tools=LanguageTools.open(small_config), system="align"
        )


# Rollouts.


def test_every_file_of_rollouts_is_checked(
    honest_run: Path, tmp_path: Path, small_config, refuses, small_case
):
    honest = honest_run.parent / "rollouts"
    rollouts = Path(shutil.copytree(honest, tmp_path / "rollouts"))
    names = [path.relative_to(rollouts).as_posix() for path in every_file(rollouts)]
    assert {"lean.json", "labels.json", "manifest.json", "summary.json", "targets.json"} < set(
        names
    )
    assert "shard-00000.parquet" in names
    words = ("--rollouts", rollouts, "--out", tmp_path / "new", "--config", small_case.config_file)
    for name in names:
        flip(rollouts / name)
        code, said = refuses("tune", *words)
        assert code == 1
        assert said.startswith(f"{rollouts / name}: "), name
        assert not (tmp_path / "new").exists()
        shutil.copyfile(honest / name, rollouts / name)
    check_rollouts(rollouts)


def test_changed_rollouts_are_not_gone_on_with_and_sealed_again(
    honest_run: Path, tmp_path: Path, small_config, small_case
):
    rollouts = Path(shutil.copytree(honest_run.parent / "rollouts", tmp_path / "rollouts"))
    flip(rollouts / "shard-00000.parquet")
    with pytest.raises(StorageError, match=r"shard-00000\.parquet: was changed"):
        api.rollouts(
            small_case.split("train"), small_case.fold("train"), small_config, out=rollouts
        )


def test_names_put_anywhere_in_rollouts_run_nothing(
    honest_run: Path, tmp_path: Path, plant: Plant, small_config
):
    rollouts = Path(shutil.copytree(honest_run.parent / "rollouts", tmp_path / "rollouts"))
    plant.into(rollouts)
    for name in ("manifest.json", "targets.json", "lean.json", "labels.json"):
        write_json(rollouts / name, put_everywhere(rollouts / name, ENGINE))
    seal_again(rollouts / "summary.json")
    with suppress(Exception):  # what is left may be no rollouts any more
        tune(rollouts, small_config, out=tmp_path / "new")
    assert not plant.ran


# Probes and layers.


def test_every_bit_of_a_probe_is_checked(tmp_path: Path, refuses, plant: Plant):
    paths = [tmp_path / "before.json", tmp_path / "after.json"]
    for path in paths:
        write_sealed(path, probed(scores(0.4, 0.2, 0.1, 0.8)))
    probe_report(*paths, out=tmp_path / "r.html")
    whole = paths[1].read_bytes()
    for at in range(0, len(whole), 97):
        paths[1].write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        code, said = refuses("probe-report", *paths, "--out", tmp_path / "again.html")
        assert code == 1
        assert said.startswith(f"{paths[1]}: ")
    assert not (tmp_path / "again.html").exists()
    paths[1].write_bytes(whole)
    named = put_everywhere(paths[1], ENGINE)
    write_sealed(paths[1], {key: value for key, value in named.items() if key != "seal"})
    with suppress(Exception):
        probe_report(*paths, out=tmp_path / "again.html")
    assert not plant.ran


@pytest.fixture
def layered(tmp_path: Path, plant: Plant) -> Callable[[], Any]:
    """A finished mitigation of a tiny model; gives a fresh model each time."""
    from evenhand.generate.model import load_language_model
    from evenhand.generate.regulator import unembedding_of
    from evenhand.mitigate.layer import LayerConfig, new_layer

    from ..tiny_llama import save_tiny_llama

    tiny = save_tiny_llama(tmp_path / "tiny", ["a b c"], vocabulary=300, positions=64)
    weights = unembedding_of(load_language_model(tiny)[0])
    layer = new_layer(weights, LayerConfig(weights.shape[1], len(weights), top_k=8), 0)
    folder = tmp_path / "layer run"
    folder.mkdir()
    layer.save(folder)
    plant.into(folder)
    write_json(folder / "training.json", {"steps": 3})
    write_sealed(folder / "mitigation.json", {"finished": True}, every_file(folder))
    return lambda: load_language_model(tiny)[0]


def test_every_file_of_a_mitigation_is_checked(layered: Any, tmp_path: Path, plant: Plant):
    folder, model = tmp_path / "layer run", layered()
    evenhand.mitigate.detach(evenhand.mitigate.attach(model, folder))
    for path in every_file(folder):
        whole = path.read_bytes()
        flip(path)
        with pytest.raises(StorageError) as refused:
            evenhand.mitigate.attach(model, folder)
        assert str(refused.value).startswith(f"{path}: ")
        path.write_bytes(whole)
    (folder / "mitigation.json").unlink()
    for name in ("layer.json", "layer.safetensors"):  # a layer alone is checked as well
        whole = (folder / name).read_bytes()
        flip(folder / name)
        with pytest.raises(StorageError, match=name.replace(".", r"\.")):
            evenhand.mitigate.attach(model, folder)
        (folder / name).write_bytes(whole)
    for at in range(len(list(leaves(read_json(folder / "layer.json"))))):
        held = read_json(folder / "layer.json")
        list(leaves(held))[at](ENGINE)
        write_sealed(
            folder / "layer.json",
            {key: value for key, value in held.items() if key not in ("written", "seal")},
            [folder / "layer.safetensors"],
        )
        with suppress(EvenhandError):
            evenhand.mitigate.detach(evenhand.mitigate.attach(model, folder))
        assert not plant.ran
