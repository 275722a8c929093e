"""Ads of every format: the same findings, the right places, and back with all else as it was."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenhand.errors import BadInput, LibraryMissing, RecordError
from evenhand.language.check import check
from evenhand.records.documents import ad_bytes, is_document, read_document, read_documents
from evenhand.records.markup import TextEdit, edited, html_text, markdown_text, read_markup
from evenhand.records.people import read_ad, read_jobs

from ..ads_of_every_kind import FILES, PAYLOADS, pdf_file

WORDS = ("rockstar", "dominate", "aggressively", "ninja")


def written(folder: Path, name: str, content: bytes | None = None) -> Path:
    path = folder / name
    path.write_bytes(FILES[name] if content is None else content)
    return path


@pytest.mark.parametrize("name", FILES)
def test_the_same_ad_gives_the_same_findings(tmp_path: Path, name: str):
    plain = read_ad(written(tmp_path, "plain.txt")).text
    expected = [finding.text for finding in check(plain)]
    assert set(WORDS) <= {word for found in expected for word in found.split()}
    ad = read_ad(written(tmp_path, name))
    assert [finding.text for finding in check(ad.text)] == expected
    assert not {"<", "&amp;", "&nbsp;", "*", "]("} & {*ad.text.split()}
    assert "- Be a coding ninja" in ad.text


@pytest.mark.parametrize("name", FILES)
def test_words_go_back_where_they_came_from_and_nothing_else_moves(tmp_path: Path, name: str):
    path = written(tmp_path, name)
    document = read_document(path)
    start = document.text.index("aggressively")
    out = path.with_stem("new")
    out.write_bytes(document.replace([(start, start + 12, "calmly & <well>")]))
    again = read_document(out)
    assert again.text == document.text.replace("aggressively", "calmly & <well>")
    if name.endswith(".docx"):
        before, after = zipfile.ZipFile(path), zipfile.ZipFile(out)
        assert before.namelist() == after.namelist()
        kept = [part for part in before.namelist() if part != "word/document.xml"]
        assert all(before.read(part) == after.read(part) for part in kept)
        main = before.read("word/document.xml")
        changed = main.replace(b">aggressively<", b">calmly &amp; &lt;well&gt;<")
        assert after.read("word/document.xml") == changed
        return
    # Whatever stands between the words of the old file stands in the new one.
    left, right = path.read_bytes().split(b"aggressively", 1)[0], path.read_bytes()
    assert out.read_bytes().startswith(left)
    assert out.read_bytes().endswith(right.rsplit(b"aggressively", 1)[1])
    assert b"aggressively" not in out.read_bytes()


def test_an_edit_over_runs_keeps_the_runs(tmp_path: Path):
    document = read_document(written(tmp_path, "ad.docx"))
    start = document.text.index("rockstar")
    new = document.replace([(start, start + 8, "colleague ")])
    main = zipfile.ZipFile(io.BytesIO(new)).read("word/document.xml").decode()
    assert "<w:rPr><w:b/></w:rPr>" in main
    assert "We need a colleague " in read_document(written(tmp_path, "new.docx", new)).text


def test_places_are_those_of_the_file(tmp_path: Path):
    for name in ("ad.md", "ad.html", "plain.txt", "readable.json", "Greenhouse.json"):
        path = written(tmp_path, name)
        document = read_document(path)
        place = document.place(document.text.index("ninja"))
        line = path.read_text("utf-8").split("\n")[place.line - 1]
        assert line[place.column - 1 :].startswith("ninja"), name


def test_what_a_page_declares_and_shows_changes_in_both(tmp_path: Path):
    document = read_document(written(tmp_path, "page.html"))
    start = document.text.index("dominate")
    new = document.replace([(start, start + 8, "know")])
    assert new.count(b"know the market") == 2
    assert b"dominate" not in new


def test_records_of_boards_in_lines_are_ads(tmp_path: Path):
    path = tmp_path / "ads.jsonl"
    path.write_text("".join(json.dumps(record) + "\n" for record in PAYLOADS.values()))
    jobs = read_jobs(path)
    assert all("dominate the market" in job.text and "<" not in job.text for job in jobs)
    assert [job.title for job in jobs] == ["Agent"] * 6 + [""]
    assert [job.id for job in jobs][1:] == ["7", "l-1", "W1", "s1", "a1", "p1"]
    listed = tmp_path / "board.json"
    listed.write_text(json.dumps({"jobs": [PAYLOADS["Greenhouse"]] * 1, "meta": {"total": 1}}))
    assert is_document(listed)
    table = tmp_path / "ads.csv"
    table.write_text('id,text\n1,"<p>Be a <b>ninja</b></p><p>Now</p>"\n')
    assert read_jobs(table)[0].text == "Be a ninja\n\nNow"


def test_a_column_that_is_mapped_to_text_is_the_text(tmp_path: Path):
    path = tmp_path / "ads.jsonl"
    row = {"id": "1", "title": "Agent", "description": "One.", "body": "Two."}
    path.write_text(json.dumps(row))
    assert read_jobs(path, mapping={"body": "text"})[0].text == "Two."
    assert read_jobs(path)[0].text == "One."


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("ad.docx", b"PK\x03\x04 no", "is not a readable .docx file"),
        ("ad.docx", b"\xd0\xcf\x11\xe0 old", "locked by a password or an old .doc"),
        ("ad.doc", b"x", "is a .doc file, which isn't read; save it as .docx"),
        ("ad.json", b'{"a": 1}', "holds no ad that is known"),
        ("ad.json", b'{"a":\n nothing}', "2: is not valid JSON"),
        ("ad.json", json.dumps([PAYLOADS["Lever"]] * 2).encode(), "holds 2 ads where one"),
        ("ad.html", b"<p> </p>", "the ad is empty"),
        ("ad.html", b"a\n\xe9", ":2: is not UTF-8"),
        ("ad.xyz", b"a", "is not a file of one ad"),
    ],
)
def test_bad_documents_are_one_sentence(tmp_path: Path, name: str, content: bytes, problem: str):
    path = written(tmp_path, name, content)
    with pytest.raises(RecordError, match=problem) as caught:
        read_document(path)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)


def test_a_page_in_another_encoding_stays_in_it(tmp_path: Path):
    source = '<meta charset="windows-1252"><p>Café staff, a ninja</p>'.encode("cp1252")
    document = read_document(written(tmp_path, "ad.htm", source))
    assert "Café" in document.text
    start = document.text.index("ninja")
    new = document.replace([(start, start + 5, "cook → chef")])
    assert new == source.replace(b"ninja", b"cook &#8594; chef")


def test_a_pdf_is_read_with_its_extra_and_comes_out_as_text(tmp_path: Path, monkeypatch):
    path = written(tmp_path, "ad.pdf", pdf_file())
    if importlib.util.find_spec("pypdf"):
        document = read_document(path)
        found = {word for one in check(document.text) for word in one.text.split()}
        assert set(WORDS) <= found
        with pytest.raises(BadInput, match="a PDF can't be changed"):
            document.replace([])
        word = ad_bytes(document, [], tmp_path / "new.docx")
        assert read_document(written(tmp_path, "new.docx", word)).text == document.text
        assert ad_bytes(document, [], tmp_path / "new.txt").decode().strip() == document.text
        with pytest.raises(RecordError, match="is not a readable PDF"):
            read_document(written(tmp_path, "cut.pdf", pdf_file()[:60]))
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(LibraryMissing, match=r"pip install 'evenhand\[documents\]'"):
        read_document(path)


@pytest.mark.parametrize(
    ("came", "goes"), [("ad.html", "new.docx"), ("ad.docx", "new.html"), ("ad.md", "new")]
)
def test_an_ad_goes_into_no_format_that_it_cannot_keep(tmp_path: Path, came: str, goes: str):
    document = read_document(written(tmp_path, came))
    with pytest.raises(BadInput, match=r"can't be written as .*\.txt or \.md"):
        ad_bytes(document, [], tmp_path / goes)


def test_lines_broken_in_a_sentence_are_read_as_one(tmp_path: Path):
    text = (
        "We are looking for somebody who is a native\nspeaker of English.\nPay: 30,000\n- a list\n"
    )
    document = read_document(written(tmp_path, "ad.txt", text.encode()))
    assert "a native speaker" in document.text
    assert "English.\nPay: 30,000\n- a list" in document.text
    start = document.text.index("native")
    assert document.replace([(start, start + 6, "good")]).decode() == text.replace("native", "good")


def test_a_page_of_several_postings_gives_several_ads(tmp_path: Path):
    script = json.dumps(
        {"@graph": [PAYLOADS["JobPosting"], {"@type": "Thing"}, PAYLOADS["JobPosting"]]}
    )
    page = f'<script type="application/ld+json">{script}</script>'
    assert len(read_documents(written(tmp_path, "page.html", page.encode()))) == 2


PARTS = "<p>;</p>;<b>;</b;>;<;<li>;&amp;;&am;&#39;;&nbsp;;a;B c; ;\n;<!--;-->;<script>;</script>;é"
MORE = "*;**;_;[;](;);\\;- ;# ;`;|;\u00ad;<br/>;&lt;p&gt;;&lt;/p&gt;"
SOURCES = st.lists(st.sampled_from([*PARTS.split(";"), *MORE.split(";")]), max_size=30).map("".join)


@given(SOURCES, st.data())
def test_markup_of_any_kind_is_read_with_its_places(source: str, data: st.DataObject):
    for read in (html_text, markdown_text, read_markup):
        found = read(source)
        last = 0
        for piece in found.pieces:
            assert last <= piece.at <= piece.to <= len(source)
            assert piece.start < piece.end <= len(found.text)
            last = piece.to
            if piece.is_exact and not found.text[piece.start : piece.end].isspace():
                assert "&" in source or found.text[piece.start : piece.end] in source
        words = [piece for piece in found.pieces if found.text[piece.start : piece.end].isalpha()]
        if words:
            piece = data.draw(st.sampled_from(words))
            edits = found.edits_of_source([TextEdit(piece.start, piece.end, "Zebra")])
            new = edited(source, edits)
            assert "Zebra" in new
            outside = edited(source, [edit._replace(after="") for edit in edits])
            assert new.replace("Zebra", "") == outside


def test_reading_takes_no_longer_than_its_length_asks():
    import time

    for piece in ("<!--", "<script>", '<a "', "[a](", "![", "&", "**", "<", "&lt;p&gt;", "_a"):
        started = time.process_time()
        for read in (html_text, markdown_text, read_markup):
            read(piece * 40_000)
        assert time.process_time() - started < 8, piece
