"""Our own templates: enough of everything, well formed, mostly one token a subject."""

from __future__ import annotations

import re
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest

from evenhand.errors import BadInput, ModelError
from evenhand.mitigate.probes import HIRING, KINDS, hiring_probes, probe_set

TWO_SIDED = {"gender", "age", "disability", "parenthood", "beauty", "institution"}


@pytest.mark.parametrize("form", ["qa", "lm"])
@pytest.mark.parametrize("kind", HIRING)
def test_there_is_enough_of_everything(kind: str, form):
    probes = hiring_probes(kind, form)
    assert len(probes.templates) >= 12
    assert len(probes.attributes) >= 40
    assert len(probes.subjects) >= 16
    assert len({one.context for one in probes.templates}) == len(probes.templates)
    clusters = Counter(one.cluster for one in probes.subjects)
    if kind in TWO_SIDED:
        one, two = clusters.values()
        assert one == two
        assert min(one, two) >= (40 if kind == "gender" else 8)
    else:
        assert set(clusters.values()) == {1}


def test_gender_puts_female_names_first():
    example = hiring_probes("gender").examples(1, 0)[0]
    assert (example.first.cluster, example.second.cluster) == ("female", "male")


def test_attributes_have_both_directions_and_differ_from_their_negations():
    attributes = hiring_probes("age").attributes
    assert len({one.text for one in attributes}) == len(attributes)
    assert all(one.text != one.negated and one.kind == "p_act" for one in attributes)
    classes = Counter(one.id.rsplit(".", 1)[0] for one in attributes)
    assert min(classes.values()) >= 4


@pytest.mark.parametrize("form", ["qa", "lm"])
@pytest.mark.parametrize("kind", HIRING)
def test_prompts_read_as_sentences(kind: str, form):
    for example in hiring_probes(kind, form).examples(400, 1):
        for prompt in example.prompts:
            assert prompt.context[0].isupper()
            assert prompt.context.endswith(".")
            assert prompt.question.endswith("?" if form == "qa" else ".")
            assert not re.search(r"\ban? [aeio]", prompt.context.replace("an ", "AN "))
            assert not re.search(r"\ban [^aeiouAEIOU]", prompt.context)
            assert "  " not in prompt.context + prompt.question
        one, two = example.choices
        first, second = example.prompts[0].context, example.prompts[1].context
        assert first.index(one) != second.index(one) or one in two or two in one


def test_the_templates_are_in_the_package():
    folder = resources.files("evenhand.mitigate").joinpath("data", "probes")
    names = {entry.name for entry in folder.iterdir()}
    wanted = {f"{way}_{form}.tsv" for way in set(HIRING.values()) for form in ("qa", "lm")}
    assert names >= wanted | {f"subjects_{kind}.tsv" for kind in HIRING} | {"attributes.tsv"}


@pytest.mark.slow
def test_most_subjects_are_one_token_of_the_bundled_model():
    transformers = pytest.importorskip("transformers", reason="needs the train extra")
    from evenhand.generate.model import find_language_model

    try:
        folder = find_language_model("smollm2-135m-instruct")
    except ModelError as missing:
        pytest.skip(str(missing))
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    for kind in HIRING:
        subjects = hiring_probes(kind).subjects
        tokens = [tokenizer.encode(f" {one.text}", add_special_tokens=False) for one in subjects]
        assert sum(len(one) == 1 for one in tokens) > 2 / 3 * len(subjects), kind


def test_kinds_and_sources():
    assert set(KINDS["hiring"]) == set(HIRING)
    assert probe_set("beauty") == hiring_probes("beauty")
    with pytest.raises(BadInput, match="there are gender, age"):
        probe_set("shoes")
    with pytest.raises(BadInput, match="gender, nationality, ethnicity, religion"):
        probe_set("beauty", "unqover", ".")
    with pytest.raises(BadInput, match="word_lists"):
        probe_set("gender", "unqover")
    with pytest.raises(BadInput, match="unqover, hiring"):
        probe_set("gender", "elsewhere")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="use qa or lm"):
        probe_set("gender", form="x")  # type: ignore[arg-type]


def test_own_files_are_read_from_a_folder(tmp_path: Path):
    source = resources.files("evenhand.mitigate").joinpath("data", "probes")
    for name in ("names_qa.tsv", "attributes.tsv"):
        (tmp_path / name).write_text(source.joinpath(name).read_text(encoding="utf-8"))
    (tmp_path / "subjects_gender.tsv").write_text("[subj] female | Ann\n[subj] male | Bob\n")
    probes = probe_set("gender", "hiring", tmp_path)
    assert [one.text for one in probes.subjects] == ["Ann", "Bob"]
    with pytest.raises(BadInput, match="can't be read"):
        probe_set("age", "hiring", tmp_path)
