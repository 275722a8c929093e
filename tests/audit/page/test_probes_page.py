"""The page of two probes: what it says first, what it shows, and what it never holds."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evenhand.mitigate.probes import hiring_probes
from evenhand.report.pages.probes import render_probes, sentences

from ...made_up_probes import asked, probed, scores, texts_of

Probe = dict[str, Any]


@pytest.fixture(scope="module")
def before() -> Probe:
    return probed(scores(0.4, 0.2, 0.1, 0.8))


@pytest.fixture(scope="module")
def halved() -> Probe:
    return probed(scores(0.2, 0.1, 0.05, 0.6), mitigation="e5")


@pytest.fixture(scope="module")
def even() -> Probe:
    return probed(scores(0.0, 0.0, 0.0, 0.8), mitigation="e6")


def test_every_measure_has_its_sentence_with_what_it_lost(before: Probe, halved: Probe):
    intensity, dependence, error, mass = sentences(before, halved)
    assert intensity == (
        "Bias intensity μ: 0.400 (0.400 to 0.400) to 0.200 (0.200 to 0.200), a change of −0.200 "
        "(−0.200 to −0.200), 50% less; without preference it would be at most 0.202 and 0.101."
    )
    assert dependence.startswith("Positional dependence δ: 0.200 (")
    assert "50% less." in dependence
    assert error.startswith("Attribute error ε: 0.200 (")
    assert "50% less." in error
    assert mass.startswith("Subject mass: 0.800 (")
    assert "25% less." in mass


def test_a_measure_that_rose_is_said_to_have_risen(before: Probe, halved: Probe):
    said = sentences(halved, before)[0]
    assert said.startswith("Bias intensity μ: 0.200 (0.200 to 0.200) to 0.400 (0.400 to 0.400)")
    assert "100% more" in said


def test_chance_is_named_only_where_it_explains_what_remains(
    before: Probe, halved: Probe, even: Probe
):
    assert len(sentences(before, halved)) == 4
    said = sentences(before, even)
    assert len(said) == 5
    assert said[4].startswith("The remaining intensity is within what a model without preference")


def test_no_share_is_taken_of_nothing(before: Probe, even: Probe):
    said = sentences(even, before)[0]
    assert said.startswith("Bias intensity μ: 0.000 (0.000 to 0.000) to 0.400 (0.400 to 0.400)")
    assert "%" not in said
    assert "overlap" not in said
    undefined = json.loads(json.dumps(before))
    undefined["metrics"] |= {"mu": None, "subject_mass": None}
    undefined["metrics"]["intervals"]["mu"] = [None, None]
    assert sentences(undefined, before)[0] == "Bias intensity μ: no change is given."
    assert sentences(before, undefined)[0] == "Bias intensity μ: no change is given."
    assert "Bias intensity" in render_probes(before, undefined)


def test_the_page_shows_the_figures_the_layer_and_the_groups(before: Probe, halved: Probe):
    page = render_probes(before, halved)
    for shown in (
        "0.400 (0.400 to 0.400) to 0.200 (0.200 to 0.200), a change of −0.200",
        "−0.200",
        "female",
        "e5",
        "d1",
        "p1",
        "gender",
    ):
        assert shown in page, shown
    assert page == render_probes(before, halved)
    assert page == render_probes(*(json.loads(json.dumps(one)) for one in (before, halved)))


def test_the_strongest_leanings_come_first_and_few(before: Probe, even: Probe):
    table = before["metrics"]["table"]
    cells = sum(value is not None for row in table["gamma"] for value in row)
    assert cells > 12
    page = render_probes(before, even)
    shown = [one for one in table["attributes"] if f">{one}<" in page]
    assert 0 < len(shown) <= 12
    nobody = json.loads(json.dumps(before))
    nobody["metrics"]["table"] |= {"groups": [], "gamma": []}
    assert "No group was asked about often enough" in render_probes(nobody, even)


def test_what_comes_from_outside_is_never_markup(before: Probe, halved: Probe):
    nasty = '<script>alert("x")</script>&'
    table = json.loads(json.dumps(before["metrics"]["table"]))
    table["groups"][0] = nasty
    metrics = before["metrics"] | {"table": table}
    changed = {"kind": nasty, "model": {"name": nasty, "digest": nasty}, "metrics": metrics}
    page = render_probes(before | changed, halved | {"mitigation": nasty})
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;") >= 5


def test_no_text_of_a_probe_is_in_the_page(before: Probe, halved: Probe):
    page = render_probes(before, halved)
    assert not [text for text in texts_of(asked()) if text in page]
    long = [one.text for one in hiring_probes("gender").attributes if one.text.count(" ") > 1]
    assert long
    assert not [text for text in long if text in page]
