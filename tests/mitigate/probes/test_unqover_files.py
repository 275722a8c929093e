"""UnQover's files read as they are, and lines that break their format."""

from __future__ import annotations

from pathlib import Path

import pytest

from evenhand.errors import BadInput, RecordError
from evenhand.mitigate.probes import read_attributes, read_subjects, read_templates, unqover_probes

SECRET = "zzunprintable"
COUNTS = [
    # kind, form, templates, subjects, attributes, unordered examples
    ("gender", "qa", 4, 140, 70, 1_372_000),
    ("gender", "lm", 4, 140, 70, 1_372_000),
    ("nationality", "qa", 12, 69, 64, 1_154_232),
    ("nationality", "lm", 9, 69, 64, 802_332),
    ("ethnicity", "qa", 14, 15, 50, 73_500),
    ("ethnicity", "lm", 14, 15, 50, 73_500),
    ("religion", "qa", 14, 11, 50, 38_500),
    ("religion", "lm", 14, 11, 50, 38_500),
]
SUBSETS = [
    ("gender", 100, 64),
    ("nationality", 55, 48),
    ("ethnicity", 10, 10),
    ("religion", 11, 10),
]


@pytest.fixture
def word_lists(shared_data: Path) -> Path:
    folder = shared_data / "probes" / "unqover" / "word_lists"
    if not folder.is_dir():
        pytest.skip(f"no UnQover word lists at {folder}; set EVENHAND_SHARED to run this test")
    return folder


@pytest.mark.real_data
@pytest.mark.parametrize(("kind", "form", "templates", "subjects", "attributes", "total"), COUNTS)
def test_counts_of_the_published_sets(
    word_lists: Path, kind, form, templates, subjects, attributes, total
):
    probes = unqover_probes(word_lists, kind, form)
    assert len(probes.templates) == templates
    assert len(probes.subjects) == subjects
    assert len(probes.attributes) == attributes
    assert len(probes) == total


@pytest.mark.real_data
@pytest.mark.parametrize(("kind", "bert", "roberta"), SUBSETS)
def test_counts_of_one_token_subjects(word_lists: Path, kind, bert, roberta):
    assert len(unqover_probes(word_lists, kind, "lm", subset="bert").subjects) == bert
    assert len(unqover_probes(word_lists, kind, "lm", subset="roberta").subjects) == roberta


@pytest.mark.real_data
def test_classes_of_religion_and_places_of_nationality(word_lists: Path):
    religion = unqover_probes(word_lists, "religion")
    classes = [one.id.rsplit(".", 1)[0] for one in religion.attributes]
    counted = {name: classes.count(name) for name in set(classes)}
    assert counted == {"rude": 14, "indecent": 12, "poor": 4, "negative": 8, "crime": 12}
    places = unqover_probes(word_lists, "nationality").attributes
    assert sum(one.kind == "l_act" for one in places) == 14


@pytest.mark.real_data
@pytest.mark.parametrize("form", ["qa", "lm"])
@pytest.mark.parametrize("kind", ["gender", "nationality", "ethnicity", "religion"])
def test_nothing_is_left_unfilled(word_lists: Path, kind, form):
    probes = unqover_probes(word_lists, kind, form)
    for example in probes.examples(300, 0):
        for prompt in example.prompts:
            assert "[" not in prompt.context
            assert prompt.question.count("[mask]") == (form == "lm")
            assert prompt.question.count("[") == (form == "lm")
        assert example.prompts[0].question != example.prompts[2].question
        one, two = example.choices
        assert one in example.prompts[0].context
        assert two in example.prompts[0].context


@pytest.mark.real_data
def test_demonyms_are_the_answers_where_the_context_names_people(word_lists: Path):
    probes = unqover_probes(word_lists, "nationality")
    people = next(n for n, one in enumerate(probes.templates) if one.demonym)
    places = next(n for n, one in enumerate(probes.templates) if not one.demonym)
    fits = [next(a for t, a in probes.cells if t == n) for n in (people, places)]
    belgium = next(n for n, one in enumerate(probes.subjects) if one.text == "Belgium")
    assert probes.example(people, 0, belgium, fits[0]).choices == ("Afghan", "Belgian")
    assert probes.example(places, 0, belgium, fits[1]).choices == ("Afghanistan", "Belgium")
    assert probes.example(people, 0, belgium, fits[0]).second.cluster == "Belgium"


def written(folder: Path, text: str, name: str = "some_file") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


GOOD = "[subj1] met [subj2].\tWho [p_act]?\tWho [p_act:neg]?"
BAD_TEMPLATES = {
    "two fields": f"[subj1] met [subj2].\tWho [p_act] {SECRET}?",
    "an empty field": "[subj1] met [subj2].\t\tWho [p_act:neg]?",
    "no second subject": f"[subj1] {SECRET}.\tWho [p_act]?\tWho [p_act:neg]?",
    "names and demonyms": "[subj1] met [subj2:dem].\tWho [p_act]?\tWho [p_act:neg]?",
    "unknown placeholder": "[subj1] met [subj2] [subj3].\tWho [p_act]?\tWho [p_act:neg]?",
    "open bracket": f"[subj1] met [subj2] [{SECRET}.\tWho [p_act]?\tWho [p_act:neg]?",
    "stray bracket": "[subj1] met [subj2]].\tWho [p_act]?\tWho [p_act:neg]?",
    "no attribute": f"[subj1] met [subj2].\tWho {SECRET}?\tWho [p_act:neg]?",
    "negation missing": "[subj1] met [subj2].\tWho [p_act]?\tWho [p_act]?",
    "negation in question": "[subj1] met [subj2].\tWho [p_act:neg]?\tWho [p_act:neg]?",
    "kinds differ": "[subj1] met [subj2].\tWho [p_act]?\tWho [l_act:neg]?",
    "a mask": "[subj1] met [subj2].\t[mask] [p_act].\t[mask] [p_act:neg].",
}


@pytest.mark.parametrize("bad", BAD_TEMPLATES.values(), ids=BAD_TEMPLATES.keys())
def test_a_malformed_template_names_file_and_line_but_not_the_text(tmp_path: Path, bad: str):
    path = written(tmp_path, f"# said first\n\n{GOOD}\n{bad}\n")
    with pytest.raises(RecordError) as caught:
        read_templates(path, masked=False)
    assert str(caught.value).startswith(f"{path}:4: ")
    assert SECRET not in str(caught.value)


def test_the_masked_form_needs_a_mask(tmp_path: Path):
    with pytest.raises(RecordError, match=r"some_file:1: .*\[mask\]"):
        read_templates(written(tmp_path, GOOD), masked=True)


BAD_ATTRIBUTES = {
    "no key": f"{SECRET} was late",
    "unknown key": f"[q_act] rude | {SECRET}",
    "no text": "[p_act] rude |",
    "no class before the bar": f"[p_act] | {SECRET}",
    "two bars": f"[p_act] rude | {SECRET} | more",
    "a placeholder in the text": f"[p_act] rude | {SECRET} [subj1]",
}


@pytest.mark.parametrize("bad", BAD_ATTRIBUTES.values(), ids=BAD_ATTRIBUTES.keys())
def test_a_malformed_attribute_names_file_and_line_but_not_the_text(tmp_path: Path, bad: str):
    path = written(tmp_path, f"[p_act] rude | was late\n{bad}\n[p_act:neg] rude | was early\n")
    with pytest.raises(RecordError) as caught:
        read_attributes(path)
    assert str(caught.value).startswith(f"{path}:2: ")
    assert SECRET not in str(caught.value)


def test_forms_must_align(tmp_path: Path):
    text = "[p_act] rude | was late\n[p_act] rude | was loud\n[p_act:neg] rude | was early\n"
    with pytest.raises(RecordError, match=r"1 lines of .* for 2 of"):
        read_attributes(written(tmp_path, text))
    text = "[p_act] rude | was late\n[p_act:neg] poor | was early\n"
    with pytest.raises(RecordError, match=":2: its class differs"):
        read_attributes(written(tmp_path, text))
    with pytest.raises(RecordError, match="is missing"):
        read_attributes(written(tmp_path, "[p_act] rude | was late\n"))


def test_forms_are_aligned_by_order(tmp_path: Path):
    text = (
        "[p_act] rude | were late\n[p_act] slow | were slow\n"
        "[p_act:neg] rude | were early\n[p_act:neg] slow | were quick\n"
        "[p_act-single] rude | was late\n[p_act-single] slow | was slow\n"
        "[p_act-single:neg] rude | was early\n[p_act-single:neg] slow | was quick\n"
        "[l_act] rude | was full\n[l_act:neg] rude | was empty\n"
    )
    late, slow, place = read_attributes(written(tmp_path, text))
    assert (late.id, slow.id, place.id) == ("rude.01", "slow.01", "place_rude.01")
    assert (slow.text, slow.negated) == ("were slow", "were quick")
    assert (slow.single, slow.single_negated) == ("was slow", "was quick")
    assert (place.kind, place.single) == ("l_act", "was full")


def test_malformed_subjects(tmp_path: Path):
    with pytest.raises(RecordError, match=":2: this subject stands here already"):
        read_subjects(written(tmp_path, "[subj] a | Ann\n[subj] b | Ann\n"))
    with pytest.raises(RecordError, match=":1: the key"):
        read_subjects(written(tmp_path, "[subject] Ann\n"))
    with pytest.raises(RecordError, match=r"1 lines of .subj:dem. for 2"):
        read_subjects(written(tmp_path, "[subj] A\n[subj] B\n[subj:dem] As\n"))
    with pytest.raises(RecordError, match="no subject"):
        read_subjects(written(tmp_path, "# nobody\n"))


def test_files_that_cannot_be_read(tmp_path: Path):
    with pytest.raises(BadInput, match="can't be read"):
        read_subjects(tmp_path / "nothing")
    (tmp_path / "latin").write_bytes(b"[subj] Andr\xe9\n")
    with pytest.raises(RecordError, match="isn't UTF-8"):
        read_subjects(tmp_path / "latin")


def test_windows_lines_and_byte_order_marks_are_read(tmp_path: Path):
    path = tmp_path / "names"
    path.write_bytes(b"\xef\xbb\xbf[subj] female | Ann\r\n[subj] male | Bob\r\n")
    assert [one.text for one in read_subjects(path)] == ["Ann", "Bob"]


def test_wrong_kind_form_and_folder(tmp_path: Path):
    with pytest.raises(BadInput, match="gender, nationality, ethnicity, religion"):
        unqover_probes(tmp_path, "shoes")
    with pytest.raises(BadInput, match="use qa or lm"):
        unqover_probes(tmp_path, "gender", "other")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="there is no folder"):
        unqover_probes(tmp_path / "none", "gender")
