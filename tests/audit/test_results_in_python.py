"""Results as data frames, in a notebook and as SVG files: what files and pages hold, no more."""

from __future__ import annotations

import csv
import io
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from evenhand import AuditInputs, AuditSettings, Rankings, api
from evenhand.audit.audit import Audit
from evenhand.errors import BadInput
from evenhand.measure.measures import Measures, measure_rankings
from evenhand.records.files import read_json
from evenhand.records.result import MOST_ROWS, Result
from evenhand.verbs.mitigate import Probe

from ..made_up_probes import probed, scores
from .conftest import Example
from .evidence.made_up import (
    Cells,
    ads_of,
    audit_of,
    list_audit,
    people_of,
    pool_of,
    ranked_of,
    write_csv,
)

SVG = "{http://www.w3.org/2000/svg}"
ODD = 'f<b>&"'
SHOWN: Cells = {(ODD,): (60, 12), ("m",): (64, 40), ("few",): (2, 1)}
WHERE = {"src", "href", "xlink:href"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("audit")
    write_csv(where / "o.csv", people_of(SHOWN))
    return where


@pytest.fixture(scope="module")
def audited(folder: Path) -> Audit:
    settings = AuditSettings(("sex",), resamples=40, permutations=60)
    return api.audit(AuditInputs(outcomes=folder / "o.csv"), settings, out=folder / "a")


@pytest.fixture(scope="module")
def measured() -> Measures:
    given = ranked_of(ads_of({"s": 3}), pool_of({("s", "f"): 30, ("s", "m"): 30}))
    how = {"by": ["sex"], "top": 5, "resamples": 40}
    return measure_rankings(given.rankings, given.jobs, given.pool, given.qualified, **how)


@pytest.fixture(scope="module")
def results(audited: Audit, measured: Measures, example: Example, folder: Path) -> list[Result]:
    lists = ranked_of(ads_of({"s": 3}), pool_of({("s", "f"): 30, ("s", "m"): 30}))
    later = audit_of(people_of({(ODD,): (60, 30), ("m",): (64, 30)}))
    rate, places = np.array([[0.9, 0.4]]), np.array([[1, 0]])
    api.audit(AuditInputs(outcomes=folder / "o.csv"), later.settings, out=folder / "b", force=True)
    return [
        audited,
        list_audit(lists),
        api.compare(folder / "a", folder / "b"),
        example[0],
        measured,
        Rankings(("job",), ("a", "b"), places, rate),
        Probe(probed(scores(0.2, 0.1, 0.1, 0.5))),
    ]


class Shown(HTMLParser):
    """Tags, cells and sentences of what a notebook shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not attrs
        self.tags.append(tag)
        self.cells += [""] if tag in {"th", "td", "p"} else []

    def handle_data(self, data: str) -> None:
        if self.cells:
            self.cells[-1] += data


def test_a_frame_has_the_rows_of_the_table_that_was_written(audited: Audit, folder: Path):
    names = {path.stem for path in (folder / "a" / "tables").iterdir()}
    assert {*audited.tables()} == names
    for name in names:
        text = (folder / "a" / "tables" / f"{name}.csv").read_text(encoding="utf-8")
        columns, *rows = csv.reader(io.StringIO(text))
        frame = audited.to_frame(name)
        assert [*frame.columns] == columns
        for row, told in zip(rows, frame.itertuples(index=False), strict=True):
            for field, value in zip(row, told, strict=True):
                missing = value is None or value != value
                assert (field == "") == missing, name
                if isinstance(value, float) and not missing:
                    assert float(field) == value


def test_what_is_hidden_stays_hidden(audited: Audit):
    frame = audited.to_frame()
    few = frame[frame["cell"] == "few"].iloc[0]
    assert few["hidden"]
    assert few[["n", "selected", "rate", "ratio", "koopman_low"]].isna().all()
    assert frame["n"].sum() == 124
    assert "few" not in "".join(audited.figures().values())


def test_a_comparison_that_is_not_judged_has_no_figures(measured: Measures):
    few = ranked_of(ads_of({"s": 3}), pool_of({("s", "f"): 4, ("s", "m"): 30}))
    how = {"by": ["sex"], "top": 5, "resamples": 40}
    found = measure_rankings(few.rankings, few.jobs, few.pool, few.qualified, **how)
    frame = found.to_frame("contrasts")
    assert not frame["judged"].any()
    assert frame[["R", "p_value", "exposure_ratio"]].isna().all(axis=None)
    judged = measured.to_frame()
    first = judged[(judged["top"] == 5) & (judged["scope"] == "overall")].iloc[0]
    assert first["R"] == measured.contrast("sex").ratio.value
    assert (first["R_interval_low"], first["R_interval_high"]) == pytest.approx(
        measured.contrast("sex").ratio.interval
    )


def test_every_result_has_frames(results: list[Result]):
    for found in results:
        for name, rows in found.tables().items():
            assert len(found.to_frame(name)) == len(rows) > 0, (type(found), name)
        assert found.to_frame().equals(found.to_frame(next(iter(found.tables()))))


def test_the_evaluation_has_a_row_a_system(example: Example):
    found = example[0]
    frame = found.to_frame().set_index("system")
    assert [*frame.index] == [*found.comparison.systems]
    for name, row in found.to_json()["systems"].items():
        assert frame.loc[name, "R"] == row["R"]


def test_a_table_that_is_not_there_is_one_sentence(audited: Audit):
    with pytest.raises(BadInput, match=r"^to_frame: there is no table 'selection_se', only .*"):
        audited.to_frame("selection_se")


def test_without_pandas_it_is_one_sentence():
    program = (
        "import sys; sys.modules['pandas'] = None\n"
        "from evenhand.verbs.mitigate import Probe\n"
        "class Made(Probe):\n    tables = lambda self: {'a': [{'b': 1}]}\n"
        "try:\n    Made().to_frame()\n"
        "except Exception as error:\n    print(type(error).__name__, error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == (
        "LibraryMissing a data frame needs pandas, which isn't installed; run: pip install pandas\n"
    ), done.stderr


def test_a_notebook_shows_sentences_then_one_table(results: list[Result], audited: Audit):
    for found in results:
        shown = Shown(found._repr_html_())
        assert {*shown.tags} <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
        assert shown.tags[0] == "p", type(found)
        assert shown.tags.count("table") == 1
        assert shown.tags.count("tr") <= MOST_ROWS + 1
        assert shown.cells[0].strip() == found.sentences()[0]
    shown = Shown(audited._repr_html_())
    assert ODD in shown.cells
    first = next(audited.page().tables())
    assert {*first.rows[0]} <= {*shown.cells}


def test_no_person_stands_beside_an_attribute(results: list[Result]):
    for found in results:
        everything = found._repr_html_() + "".join(found.figures().values())
        everything += "".join(found.to_frame(name).to_csv() for name in found.tables())
        assert not re.search(r"\b[qw]\d{5}[zx]\b", everything), type(found)


def test_figures_are_svg_files_of_their_own(results: list[Result], audited: Audit):
    drawn = [picture for found in results for picture in found.figures().items()]
    assert len(drawn) >= 5
    assert len({name for name, _ in audited.figures().items()}) == len(audited.figures()) > 0
    for name, text in drawn:
        assert re.fullmatch(r"[\w-]{1,80}", name)
        root = ElementTree.fromstring(text.encode())
        assert root.tag == f"{SVG}svg"
        assert float(root.attrib["width"]) > 0 < float(root.attrib["height"])
        kinds = [child.tag.removeprefix(SVG) for child in root]
        assert kinds[:5] == ["title", "desc", "style", "rect", "text"]
        style, ground = root[2].text or "", root[3].attrib
        room = ["x", "y", "width", "height"]
        assert [ground[side] for side in room] == root.attrib["viewBox"].split()
        assert ground["fill"] == "#fff"
        assert root[4].text == root[0].text
        assert "var(" not in style
        classes = {c for each in root.iter() for c in each.attrib.get("class", "").split()}
        styled = {*re.findall(r"\.([\w-]+)", style)}
        assert classes - {"row"} <= styled, "a class that the file's own style doesn't know"
        assert not any(WHERE & {*each.attrib} for each in root.iter())
        assert "table below" not in text
        assert "url(" not in text


def test_the_folder_of_an_audit_holds_them_sealed(audited: Audit, folder: Path):
    written = {
        path.stem: path.read_text(encoding="utf-8") for path in (folder / "a/figures").iterdir()
    }
    assert written == audited.figures()
    sealed = read_json(folder / "a" / "provenance.json")["written"]
    assert {f"figures/{name}.svg" for name in written} <= {*sealed}
