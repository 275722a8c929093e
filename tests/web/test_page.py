"""The page through its routes: who gets in, reviews step by step, files, audits, bad input."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import BadInput, StorageError
from evenhand.language.check import check
from evenhand.records.documents import new_word_file, read_document
from evenhand.web import review
from evenhand.web.app import samples
from evenhand.web.serve import serve
from evenhand.web.store import DATABASE, Store

AD = """Sales Foreman

We are a young and dynamic team.
- Manage a crew of eight salesmen
- Answer questions from customers about drills
- He must be a native English speaker
"""


def test_nobody_gets_in_without_the_link(visitor):
    for path in ("/", "/reviews/x", "/audits/x", "/audits/x/files/audit.html", "/sign-in?key=x"):
        answer = visitor.client.get(path)
        assert answer.status_code == 401, path
        assert "evenhand serve" in answer.text
    assert visitor.client.post("/reviews", data={"text": AD}).status_code == 401
    assert visitor.store.reviews() == []


def test_the_link_works_once(visitor):
    key = visitor.app.state.site.keys.link
    first = visitor.client.get(f"/sign-in?key={key}", follow_redirects=False)
    assert first.status_code == 303
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    visitor.client.cookies.clear()
    assert visitor.client.get(f"/sign-in?key={key}").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"host": "127.0.0.1:1"}, 421),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"content-length": "999999999"}, 413),
        ({}, 403),  # no token
    ],
)
def test_forms_of_other_pages_change_nothing(browser, headers, status):
    answer = browser.client.post("/reviews", data={"text": AD}, headers=headers)
    assert answer.status_code == status
    assert browser.store.reviews() == []


def test_a_form_of_another_session_changes_nothing(browser):
    answer = browser.client.post("/reviews", data={"text": AD, "token": "0" * 64})
    assert answer.status_code == 403
    assert browser.store.reviews() == []


def test_pages_carry_a_policy_that_they_keep(browser):
    browser.paste(AD)
    for path in ("/", browser.here, f"{browser.here}?line=4"):
        answer = browser.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<style|<script(?! src)| style=| on\w+=", answer.text)
        assert answer.headers["cache-control"] == "no-store"


def test_what_stands_in_an_ad_is_never_markup(browser):
    page = browser.paste('Chairman <script>alert(1)</script> & "guys" {{ 7*7 }} <b>ninja</b>')
    assert "<script>alert" not in page
    assert "<b>ninja" not in page
    assert "{{ 7*7 }}" in page


def test_findings_stand_in_the_ad_the_gravest_first(browser):
    page = browser.paste(AD)
    heads = re.findall(r'<article class="card (\w+)"', page)
    assert heads[0] == "discrimination"
    assert heads == sorted(heads, key=["discrimination", "coded", "note"].index)
    shown = {finding.text for finding in check(AD)}
    for words in shown:
        assert f"“{words}”" in page
    assert len(heads) == len(shown)
    assert "No amount is named" in page
    assert "No place is seen" in page


def test_a_review_step_by_step(browser):
    page = browser.paste(AD)
    number = re.search(r'id="f(\d+)">\s*<h3>“Foreman”', page)
    assert number
    page = browser.step("accept", 0, which=number[1])
    assert browser.text(page).startswith("Sales Supervisor\n")
    assert "“Foreman”" in page
    page = browser.step("undo", 1)
    assert browser.text(page) == AD
    page = browser.step("redo", 0)
    page = browser.step("all", 1)
    now = browser.text(page)
    assert "salespeople" in now
    assert "native" not in now
    assert "Take back" in page
    page = browser.step("back", 2, which=0)
    assert browser.text(page).startswith("Sales Foreman\n")
    page = browser.step("write", 3, which=5, text="- Answer customers' questions about drills")
    assert "- Answer customers' questions about drills\n" in browser.text(page)
    page = browser.step("cut", 4, which=5)
    assert "drills" not in browser.text(page)
    assert browser.text(browser.step("undo", 5)).count("drills") == 1


def test_a_finding_that_stays_is_shown_as_such(browser):
    page = browser.paste("Foreman\n\nThe foreman runs the yard.\n")
    before = page.count("<article")
    page = browser.step("keep", 0, which=0)
    assert page.count("<article") == before - 1
    assert "1 kept as it is" in page
    assert browser.text(page) == "Foreman\n\nThe foreman runs the yard.\n"
    assert browser.step("again", 1, which=0).count("<article") == before


def test_other_wordings_go_in(browser):
    browser.paste(AD)
    page = browser.get(f"{browser.here}?line=5")
    assert "Other wordings" in page
    place = re.search(r'name="place" value="(\d+)"', page)
    assert place
    page = browser.step("choose", 0, which=5, place=place[1], text="0")
    now = browser.text(page)
    assert now != AD
    changed = [a for a, b in zip(AD.split("\n"), now.split("\n"), strict=True) if a != b]
    assert changed == ["- Answer questions from customers about drills"]


def test_a_step_counts_once_and_never_over_another(browser):
    browser.paste(AD)
    browser.step("all", 0)
    page = browser.step("all", 0, status=409)
    assert "changed in another window" in page
    assert browser.store.review(browser.here.rpartition("/")[2]).at == 1
    browser.step("undo", 0, status=409)


@pytest.mark.parametrize(
    ("do", "form"),
    [
        ("accept", {"which": 99}),
        ("back", {"which": 9}),
        ("write", {"which": 99, "text": "x"}),
        ("write", {"which": 1, "text": "two\nlines"}),
        ("cut", {"which": 2}),
        ("choose", {"which": 4, "place": 3, "text": "0"}),
        ("dance", {}),
    ],
)
def test_a_wrong_step_is_a_sentence_and_no_step(browser, do, form):
    browser.paste(AD)
    here = browser.here
    assert 'role="alert"' in browser.step(do, 0, status=400, **form)
    assert browser.store.review(here.rpartition("/")[2]).steps == 0


def upload(browser, name: str, content: bytes, path: str = "/reviews/file", field: str = "ad"):
    form = {"token": browser.token}
    return browser.client.post(path, data=form, files={field: (name, content)})


def test_a_word_file_comes_back_as_one(browser, tmp_path):
    answer = upload(browser, "C:\\ads\\foreman ad.docx", new_word_file(AD))
    assert answer.status_code == 200, answer.text
    browser.here = answer.url.path
    browser.step("all", 0)
    got = browser.client.get(f"{browser.here}/ad.docx")
    assert "foreman%20ad%20reworded.docx" in got.headers["content-disposition"]
    (tmp_path / "got.docx").write_bytes(got.content)
    assert read_document(tmp_path / "got.docx").text.startswith("Sales Supervisor")
    assert browser.client.get(f"{browser.here}/ad.exe").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("ad.docx", b"not a zip", "ad.docx"),
        ("ad.pdf", b"%PDF-1.4 broken", "ad.pdf"),
        ("ad.exe", b"MZ", "give an ad as"),
        ("ad.txt", b"   \n", "ad.txt"),
        ("ad.json", b"{", "ad.json"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_sentence(browser, name, content, says):
    answer = upload(browser, name, content)
    assert answer.status_code == 400
    problem = re.search(r'role="alert">([^<]*)', answer.text)
    assert problem
    assert says in problem[1]
    assert "/ad" not in problem[1]
    assert browser.store.reviews() == []


def test_a_second_start_finds_everything(browser):
    browser.paste(AD)
    browser.step("all", 0)
    again = type(browser)(browser.store.folder)
    again.client.cookies.update(browser.client.cookies)
    assert "Sales Foreman" in again.get("/")
    page = again.get(browser.here)
    assert "Supervisor" in page
    again.here = browser.here
    again.post(f"{again.here}/delete")
    assert again.store.reviews() == []
    again.store.close()


def test_another_databases_file_is_refused(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"no database at all, but long enough to look like one" * 40)
    with pytest.raises(StorageError, match="isn't a database"):
        Store(tmp_path)


def test_an_audit_from_the_page(browser):
    page = browser.post("/try", name="applicants.csv")
    assert "candidate: 885 different values, too many for groups" in page
    page = browser.post(browser.here, status=400)
    assert "choose at least one column" in page
    page = browser.post(browser.here, by=["sex"], job="department")
    assert "Compared by sex." in page
    report = browser.client.get(f"{browser.here}/files/audit.html")
    assert "sandbox" in report.headers["content-security-policy"]
    assert "Female" in report.text
    for text in (page, report.text, browser.get("/")):
        assert "C0001" not in text
    assert browser.client.get(f"{browser.here}/files/table.csv").status_code == 404
    assert browser.client.get(f"{browser.here}/files/..%2Ftable.csv").status_code == 404
    assert browser.client.get(f"{browser.here}/files/tables.xlsx").status_code == 200
    page = browser.post(browser.here, by=["sex", "ethnicity"], crossed="true")
    assert "sex, ethnicity, sex*ethnicity" in page
    folder = browser.store.folder_of(browser.here.rpartition("/")[2])
    browser.post(f"{browser.here}/delete")
    assert not folder.exists()


def test_a_table_that_cannot_be_audited_is_a_sentence(browser):
    answer = upload(browser, "people.csv", b"sex,answer\nF,a\nM,b\n", "/audits", "table")
    browser.here = answer.url.path
    page = browser.post(browser.here, status=400, by=["sex"])
    problem = re.search(r'role="alert">([^<]*)', page)
    assert problem
    assert "people.csv" in problem[1]
    assert str(browser.store.folder) not in page
    assert upload(browser, "x.exe", b"MZ", "/audits", "table").status_code == 400


def test_what_comes_with_the_page_shows_all_it_does():
    ads = [text for name, text in samples().items() if name.endswith(".txt")]
    assert len(ads) == 2
    for ad in ads:
        found = check(ad)
        assert {f.severity for f in found} >= {"discrimination", "coded"}
        assert any(f.suggestion for f in found)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), max_size=6))
def test_any_steps_give_edits_of_the_original(tmp_path_factory, order):
    path = tmp_path_factory.mktemp("ad") / "ad.txt"
    path.write_text(samples()["sales_lead.txt"])
    document, state = read_document(path), review.Decisions()
    for number in order:
        found = review.view(document, state)
        try:
            if number < len(found.cards):
                state = review.accept(document, state, [found.cards[number]])
            elif state.edits:
                state = review.take_back(state, number % len(state.edits))
        except BadInput:
            continue
        assert review.Decisions.of(state.to_json()) == state
        edits = [(e.start, e.end, e.after) for e in state.edits]
        assert document.replace(edits).decode() == review.text_now(document, state)
        for edit in state.edits:
            assert document.text[edit.start : edit.end] == edit.before


@pytest.mark.parametrize("cookie", ['a={"x":1}; evenhand=GOOD', "a=b c; evenhand=GOOD; flag"])
def test_a_neighbours_cookie_signs_nobody_out(browser, cookie):
    good = browser.client.cookies["evenhand"]
    browser.client.cookies.clear()
    headers = {"cookie": cookie.replace("GOOD", good)}
    assert browser.client.get("/", headers=headers).status_code == 200


def test_what_is_deleted_is_gone_from_the_folder(browser):
    browser.paste("ZEBRASECRET foreman")
    browser.step("keep", 0, which=0)
    browser.post(f"{browser.here}/delete")
    browser.store.close()
    kept = [path for path in browser.store.folder.rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if b"ZEBRASECRET" in path.read_bytes()]


def test_only_its_user_reads_what_is_kept(browser):
    browser.post("/try", name="applicants.csv")
    paths = [browser.store.folder, *browser.store.folder.rglob("*")]
    assert not [path for path in paths if path.stat().st_mode & 0o077]


def test_a_read_waits_for_no_step(browser):
    """While a step is worked out, other pages answer."""
    browser.paste(AD)
    id_ = browser.here.rpartition("/")[2]

    def slowly(standing):
        assert browser.get("/")
        assert browser.store.step(id_, 0, "another", lambda _: {"edits": [], "kept": [[0, "x"]]})
        return {"edits": [], "kept": [[1, "y"]]}

    assert not browser.store.step(id_, 0, "one", slowly)  # the other one came first


def test_no_value_of_a_person_is_in_an_error(browser):
    table = b"name,sex,selected\nJane Secretperson,F,1\nJohn Other,M,0\n"
    browser.here = upload(browser, "team.csv", table, "/audits", "table").url.path
    page = browser.post(browser.here, status=400, by=["sex"], selected="name")
    assert "Secretperson" not in page
    assert "a value" in page


def test_a_report_names_the_file_and_no_folder(browser):
    browser.post("/try", name="applicants.csv")
    browser.post(browser.here, by=["sex"])
    report = browser.get(f"{browser.here}/files/audit.html")
    assert str(browser.store.folder) not in report
    assert "applicants.csv" in report


def test_control_characters_reach_no_file(browser, tmp_path):
    page = browser.paste("Sales\x0bman\x01 wanted\rApply \x00here")
    assert browser.text(page) == "Sales\nman wanted\nApply here"
    page = browser.step("write", 0, which=3, text="Apply\x01 now")
    (tmp_path / "ad.docx").write_bytes(browser.client.get(f"{browser.here}/ad.docx").content)
    assert "Apply now" in read_document(tmp_path / "ad.docx").text


def test_a_line_by_hand_opens_no_tag(browser):
    answer = upload(browser, "ad.html", b"<p>Salesman wanted, a < b ok</p><p>Two</p>")
    browser.here = answer.url.path
    browser.step("write", 0, which=1, text="Pay <b> x")
    assert b"<b>" not in browser.client.get(f"{browser.here}/ad.html").content


def test_an_ad_that_is_no_ad_is_refused(browser):
    page = browser.post("/reviews", status=400, text="We sell tools. " * 5000)
    assert "longer than 60,000 characters" in page


@pytest.mark.parametrize("name", ["a" * 130 + ".csv", "my.data 2024 table.csv", "../x/t.csv"])
def test_any_name_of_a_table_is_kept(browser, name):
    table = b"sex,selected\n" + b"F,1\nM,0\nF,0\nM,1\n" * 5
    browser.here = upload(browser, name, table, "/audits", "table").url.path
    assert "Compared by sex." in browser.post(browser.here, by=["sex"])


def test_columns_that_cannot_be_named_are_not_offered(browser):
    table = b"sex,ra*ce,selected\nF,a,1\nM,b,0\n"
    answer = upload(browser, "team.csv", table, "/audits", "table")
    assert 'value="sex"' in answer.text
    assert "ra*ce" not in answer.text


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def _running(folder: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, with the link that it printed; killed if it still runs at the end."""
    words = [sys.executable, "-m", "evenhand", "serve", "--no-open", "--port", str(port)]
    with subprocess.Popen(
        [*words, "--data", str(folder)], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        try:
            yield server, server.stdout.readline().split()[-1]
        finally:
            server.kill()


def _asked(client: httpx2.Client, url: str) -> httpx2.Response:
    """The answer of a server that is starting."""
    for _ in range(200):
        try:
            return client.get(url)
        except httpx2.ConnectError:
            time.sleep(0.1)
    raise AssertionError(f"{url} didn't answer")


def test_a_killed_server_loses_no_step(tmp_path):
    port = _free_port()
    with httpx2.Client(follow_redirects=True, timeout=60) as client:
        with _running(tmp_path / "kept", port) as (server, link):
            token = re.search(r'name="token" value="(\w+)"', _asked(client, link).text)
            assert token
            form = {"token": token[1], "text": AD}
            opened = client.post(f"http://127.0.0.1:{port}/reviews", data=form)
            done = client.post(str(opened.url), data={"token": token[1], "do": "all", "at": 0})
            assert "Supervisor" in done.text
            server.send_signal(signal.SIGKILL)
            server.wait()
        with _running(tmp_path / "kept", port) as (server, _):
            page = _asked(client, str(opened.url)).text
            assert "Supervisor" in page
            assert 'name="at" value="1"' in page
            server.send_signal(signal.SIGINT)
            assert server.wait(timeout=20) in (0, 130)


def test_a_port_that_is_taken_is_a_sentence(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(BadInput, match="something else listens there"):
            serve(data=tmp_path / "x", port=other.getsockname()[1], open_browser=False)
