"""``evenhand probe``, ``mitigate`` and ``probe-report`` as they are typed."""

from __future__ import annotations

import json

import pytest

from evenhand.config.schema import Config
from evenhand.mitigate.probes import hiring_probes
from evenhand.records.integrity import write_sealed
from evenhand.verbs.mitigate import training_examples

from ..made_up_probes import probed, save_probed_llama, scores, texts_of


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return save_probed_llama(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture
def named(tmp_path):
    """A folder that looks like a causal model, for what is refused before weights are read."""
    folder = tmp_path / "named"
    folder.mkdir()
    (folder / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (folder / "model.safetensors").write_bytes(b"none")
    (folder / "tokenizer.json").write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("verb", "options"),
    [
        ("probe", ("MODEL", "--kind", "--out", "--templates", "--mitigation", "--n", "--form")),
        ("mitigate", ("MODEL", "--kind", "--out", "--templates", "--config", "--set")),
        ("probe-report", ("BEFORE", "AFTER", "--out")),
    ],
)
def test_help_names_every_option(evenhand, verb, options):
    found = evenhand(verb, "--help")
    assert (found.code, found.err) == (0, "")
    assert f"Example: evenhand {verb}" in found.out
    for option in (*options, "--json"):
        assert option in found.out, option


@pytest.mark.parametrize("verb", ["probe", "mitigate"])
@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--kind", "shoes"], "unknown kind 'shoes'"),
        (["--kind", "gendr"], "did you mean gender?"),
        (["--kind", "gender", "--templates", "not/there"], "--templates not/there: no such folder"),
        ([], "--kind"),
    ],
)
def test_bad_input_is_2_and_writes_nothing(evenhand, named, tmp_path, verb, given, said):
    out = tmp_path / "new"
    found = evenhand(verb, named, *given, "--out", out)
    assert found.code == 2
    assert found.out == ""
    assert said in found.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("verb", "given", "said"),
    [
        ("probe", ["--n", "0"], "--n"),
        ("probe", ["--form", "sung"], "form 'sung' is unknown"),
        ("probe", ["--form", "shwn"], "did you mean shown?"),
        ("mitigate", ["--set", "mitigate.stepps=3"], "mitigate.stepps"),
        ("mitigate", ["--set", "mitigate.held_out=1.5"], "held_out"),
    ],
)
def test_a_wrong_setting_is_bad_input(evenhand, named, tmp_path, verb, given, said):
    found = evenhand(verb, named, "--kind", "gender", "--out", tmp_path / "new", *given)
    assert found.code == 2
    assert said in found.err
    assert not (tmp_path / "new").exists()


def test_a_folder_without_a_model_is_bad_input(evenhand, tmp_path):
    (tmp_path / "empty").mkdir()
    for verb in ("probe", "mitigate"):
        found = evenhand(verb, tmp_path / "empty", "--kind", "gender", "--out", tmp_path / "new")
        assert found.code == 2
        assert "config.json" in found.err
        assert found.err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_two_probes_become_a_page(evenhand, tmp_path):
    before, after, page = (tmp_path / name for name in ("before.json", "after.json", "r.html"))
    write_sealed(before, probed(scores(0.4, 0.2, 0.1, 0.8)))
    write_sealed(after, probed(scores(0.2, 0.1, 0.05, 0.8), mitigation="e5"))
    found = evenhand("probe-report", before, after, "--out", page)
    assert (found.code, found.err) == (0, "")
    assert "a change of −0.200 (−0.200 to −0.200), 50% less; without preference" in found.out
    assert page.read_text().count("0.200") > 1
    told = json.loads(evenhand("probe-report", before, after, "--out", page, "--json").out)
    assert told["out"] == str(page)
    assert evenhand("probe-report", before, tmp_path / "none.json", "--out", page).code == 1
    write_sealed(after, {})
    refused = evenhand("probe-report", before, after, "--out", page)
    assert (refused.code, refused.out) == (2, "")
    assert refused.err == f"{after}: isn't what evenhand probe writes; probe again\n"


def test_from_a_model_to_a_page(evenhand, monkeypatch, tiny, tmp_path):
    monkeypatch.setattr("evenhand.mitigate.train.GROUPS", 4)
    run, before, after = tmp_path / "run", tmp_path / "before.json", tmp_path / "after.json"
    sizes = {"examples": 24, "steps": 4, "keep_rows": 20, "batch_size": 4, "save_steps": 4}
    settings = [part for name, n in sizes.items() for part in ("--set", f"mitigate.{name}={n}")]
    common = (tiny, "--kind", "gender")
    done = [
        evenhand("probe", *common, "--n", 8, "--out", before),
        evenhand("mitigate", *common, *settings, "--out", run),
        evenhand("probe", *common, "--n", 8, "--out", after, "--mitigation", run, "--json"),
        evenhand("probe-report", before, after, "--out", tmp_path / "r.html"),
        evenhand("mitigate", *common, *settings, "--out", run, "--json"),
    ]
    assert [one.code for one in done] == [0] * 5, [one.err for one in done]
    assert "subject mass" in done[0].out
    assert f"next: evenhand probe {tiny} --kind gender --mitigation {run} --out" in done[1].out
    trained = {one.template for one in training_examples("gender", Config(), "hiring")}
    asked = json.loads(before.read_text())["probes"]
    assert asked["side"] == "held-out"
    assert not trained & set(asked["template_ids"])
    assert "none of which a layer is trained on" in done[0].out.replace("\n", " ")
    assert json.loads(done[2].out)["mitigation"] == json.loads(done[4].out)["layer"]
    other = evenhand("mitigate", *common, *settings, "--set", "seed=1", "--out", run)
    assert (other.code, other.out) == (2, "")
    assert "holds a mitigation of another model" in other.err
    examples = hiring_probes("gender").examples(8, 0)
    printed = "".join(one.out + one.err for one in done)
    assert not [text for text in texts_of(examples) if text in printed]
