"""The routes: what a browser asks for, and which page answers.

Every page works without JavaScript; a form posts and is answered by the page that it changed. What
is said of an ad comes from ``review``, what is kept from ``store``, an audit from ``apart``.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, FastAPI, File, Form, Request, Response, UploadFile
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from evenhand import __version__
from evenhand.errors import BadInput, EvenhandError
from evenhand.language.check import NO_RULES, OwnRules
from evenhand.language.span import diff_html
from evenhand.records.documents import KINDS, AdDocument, ad_bytes, read_document
from evenhand.web import review
from evenhand.web.apart import ask
from evenhand.web.gate import COOKIE, REPORTS, Gate, Keys, cookie_of
from evenhand.web.store import Missing, Standing, Store

TABLES = (".csv", ".tsv", ".xlsx", ".xls", ".ods", ".json", ".jsonl", ".parquet")
MIME = {
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_STATIC = {"style.css": "text/css; charset=utf-8", "page.js": "text/javascript; charset=utf-8"}
REPORT_FILES = ("audit.html", "audit.json", "tables.xlsx", "posting.html", "posting.csv")
_OWN = {"word": ".docx", "html": ".html", "json": ".json", "markdown": ".md", "text": ".txt"}
LONGEST = 60_000
"""Characters of an ad: ten times a long one; the rules' time grows faster than the text."""


class SignedOut(Exception):
    """Nobody is signed in; the answer says how to."""


@lru_cache(maxsize=1)
def _pages() -> Environment:
    return Environment(
        loader=PackageLoader("evenhand.web", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def samples() -> dict[str, str]:
    """The ads and the table that come with the page, by name."""
    folder = files("evenhand.web") / "samples"
    return {one.name: one.read_text("utf-8") for one in sorted(folder.iterdir(), key=str)}


@lru_cache(maxsize=64)
def _document(suffix: str, content: bytes) -> AdDocument:
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"ad{suffix}"
        path.write_bytes(content)
        return read_document(path)


def _as_it_stands(standing: Standing) -> tuple[AdDocument, review.Decisions]:
    """The ad as it came, and what was decided since."""
    decided = review.Decisions.of(json.loads(standing.state))
    return _document(standing.suffix, standing.content), decided


class Site:
    """One start of the page: its store, its keys, and what the user's own rules say."""

    def __init__(self, store: Store, own: OwnRules = NO_RULES) -> None:
        self.store, self.own, self.keys = store, own, Keys()
        self.inside = [Depends(self.signed_in)]
        self.form = [*self.inside, Depends(self.own_form)]

    def page(self, request: Request, name: str, status: int = 200, **shown: Any) -> HTMLResponse:
        """A page for a request."""
        token = self.keys.token(cookie_of(request.headers))
        return HTMLResponse(self.text(token, name, **shown), status)

    def text(self, token: str, name: str, **shown: Any) -> str:
        """A page with what all of them show."""
        of_all = {"token": token, "version": __version__, "diff": diff_html, "problem": ""}
        return _pages().get_template(name).render(**(of_all | shown))

    def review(
        self, request: Request, id_: str, status: int = 200, *, line: int = 0, problem: str = ""
    ) -> HTMLResponse:
        """The page of a review as it stands."""
        token = self.keys.token(cookie_of(request.headers))
        return HTMLResponse(_written(self, self.store.review(id_), line, problem, token), status)

    def signed_in(self, request: Request) -> None:
        """Refuse whoever hasn't come by the link."""
        cookie = cookie_of(request.headers)
        if not cookie or not self.store.is_signed_in(cookie):
            raise SignedOut

    def own_form(self, request: Request, token: Annotated[str, Form()] = "") -> None:
        """Refuse a form that isn't of this session."""
        if not self.keys.is_token(cookie_of(request.headers), token):
            raise Refused("that form is of an earlier start of the page; load the page again")


class Refused(BadInput):
    """A form that isn't of this session."""


def make_app(store: Store, hosts: frozenset[str], own: OwnRules = NO_RULES) -> FastAPI:
    """The page over a store, answering to some hosts (``127.0.0.1:8765``) and no other."""
    site = Site(store, own)
    app = FastAPI(title="evenhand", openapi_url=None, docs_url=None, redoc_url=None)
    app.state.site = site
    _doors(app, site)
    _starts(app, site)
    _reviews(app, site)
    _audits(app, site)
    app.add_middleware(Gate, hosts=hosts)
    return app


def _doors(app: FastAPI, site: Site) -> None:
    """Signing in, files of the page, and errors as pages."""

    @app.get("/sign-in")
    def sign_in(request: Request, key: str = "") -> Response:
        if not site.keys.opens(key):
            raise SignedOut
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, site.store.sign_in(), httponly=True, samesite="strict", path="/")
        return answer

    @app.get("/static/{name}")
    def static(name: str) -> Response:
        if name not in _STATIC:
            raise Missing("there is no such file")
        content = (files("evenhand.web") / "pages" / name).read_bytes()
        return Response(content, media_type=_STATIC[name])

    @app.exception_handler(SignedOut)
    def signed_out(request: Request, _: Exception) -> Response:
        return site.page(request, "signed_out.html", 401)

    @app.exception_handler(EvenhandError)
    def failed(request: Request, error: Exception) -> Response:
        status = 404 if isinstance(error, Missing) else 403 if isinstance(error, Refused) else 400
        return site.page(request, "problem.html", status, problem=str(error))

    @app.exception_handler(RequestValidationError)
    def incomplete(request: Request, _: Exception) -> Response:
        problem = "that form isn't whole; load the page again"
        return site.page(request, "problem.html", 422, problem=problem)

    @app.exception_handler(OSError)
    @app.exception_handler(SQLAlchemyError)
    def unkept(request: Request, error: Exception) -> Response:
        problem = f"that couldn't be kept ({type(error).__name__}); is the disk full?"
        return site.page(request, "problem.html", 500, problem=problem)

    @app.exception_handler(HTTPException)
    def nowhere(request: Request, error: HTTPException) -> Response:
        problem = "there is no such page" if error.status_code == 404 else str(error.detail)
        return site.page(request, "problem.html", error.status_code, problem=problem)


def _starts(app: FastAPI, site: Site) -> None:
    """The first page, and ads that come in."""

    def start(request: Request, status: int = 200, **shown: Any) -> HTMLResponse:
        lists = {"reviews": site.store.reviews(), "reports": site.store.reports()}
        return site.page(request, "start.html", status, **lists, **({"text": ""} | shown))

    @app.get("/", dependencies=site.inside)
    def first(request: Request) -> Response:
        return start(request)

    @app.post("/reviews", dependencies=site.form)
    def paste(request: Request, text: Annotated[str, Form()] = "") -> Response:
        content = review.plain(text)
        if not content.strip():
            problem = "there is no ad in the box; paste one, or open a file"
            return start(request, 400, problem=problem)
        suffix = ".html" if _is_html(content) else ".txt"
        name = next((line.strip() for line in content.split("\n") if line.strip()), "")
        return _opened(site, name[:60] or "pasted ad", suffix, content.encode())

    @app.post("/reviews/file", dependencies=site.form)
    def upload(request: Request, ad: Annotated[UploadFile, File()]) -> Response:
        name, suffix = _named(ad)
        try:
            if suffix not in KINDS:
                raise BadInput(f"{name}: give an ad as {', '.join(KINDS)}")
            content = ad.file.read()
            with TemporaryDirectory() as folder:
                (Path(folder) / name).write_bytes(content)
                if not ask("ad_text", Path(folder), name).strip():
                    raise BadInput(f"{name}: holds no text; give an ad")
            return _opened(site, name, suffix, content)
        except EvenhandError as error:
            return start(request, 400, problem=str(error))

    @app.post("/try", dependencies=site.form)
    def try_it(name: Annotated[str, Form()]) -> Response:
        known = samples()
        if name not in known:
            raise Missing("there is no such example")
        if name.endswith(".csv"):
            return _kept_table(site, name, known[name].encode())
        return _opened(site, name, ".txt", known[name].encode())


def _is_html(text: str) -> bool:
    return text.lstrip().startswith("<") and "</" in text


def _named(upload: UploadFile) -> tuple[str, str]:
    """The name of a file without any folder, and its suffix."""
    path = Path((upload.filename or "file").replace("\\", "/"))
    stem = re.sub(r"[\x00-\x1f/]", "", path.stem)[:80].strip(" .") or "file"
    suffix = path.suffix.lower()[:12].strip()
    return f"{stem}{suffix}", suffix


def _opened(site: Site, name: str, suffix: str, content: bytes) -> Response:
    if len(_document(suffix, content).text) > LONGEST:
        raise BadInput(f"{name}: is longer than {LONGEST:,} characters; give one ad")
    id_ = site.store.add_review(name, suffix, content, review.Decisions().to_json())
    return RedirectResponse(f"/reviews/{id_}", 303)


@lru_cache(maxsize=64)
def _written(site: Site, standing: Standing, line: int, problem: str, token: str) -> str:
    """The page of a review at a step, made once while it stands."""
    document, state = _as_it_stands(standing)
    found = review.view(document, state, site.own)
    first, end = review.line_at(found.text, line) if line else (0, 0)
    own = [_OWN[document.kind]] if document.kind in _OWN else []
    others = [".txt", ".md"] + [".docx"] * (document.kind in _WORDABLE)
    return site.text(
        token,
        "review.html",
        found=found,
        lines=list(review.marked(found)),
        it=standing,
        original=document.text,
        suffixes=[*dict.fromkeys([*own, *others])],
        line=line,
        line_text=found.text[first:end],
        wordings=review.wordings(found.text, line) if line else [],
        problem=problem,
    )


def _reviews(app: FastAPI, site: Site) -> None:
    """One ad: its page, its steps, its files."""
    store = site.store

    @app.get("/reviews/{id_}", dependencies=site.inside)
    def one(request: Request, id_: str, line: int = 0) -> Response:
        return site.review(request, id_, line=line)

    @app.post("/reviews/{id_}", dependencies=site.form)
    def step(
        request: Request,
        id_: str,
        at: Annotated[int, Form()],
        do: Annotated[str, Form()],
        which: Annotated[int, Form()] = 0,
        place: Annotated[int, Form()] = 0,
        text: Annotated[str, Form()] = "",
    ) -> Response:
        back = f"/reviews/{id_}"
        if do in ("undo", "redo"):
            went = store.go_to(id_, at, at - 1 if do == "undo" else at + 1)
        else:
            act, said = _act(do)

            def change(standing: Standing) -> dict[str, Any]:
                document, state = _as_it_stands(standing)
                found = review.view(document, state, site.own)
                return act(document, state, found, which, place, text).to_json()

            try:
                went = store.step(id_, at, said, change)
            except BadInput as error:
                line = which if do in ("write", "choose", "cut") else 0
                return site.review(request, id_, 400, problem=str(error), line=line)
        if not went:
            problem = "the ad was changed in another window; here it is as it stands now"
            return site.review(request, id_, 409, problem=problem)
        shows = {"write": f"#l{which}", "choose": f"#l{which}", "kind": "#findings"}
        shows |= dict.fromkeys(_ON_CARDS, f"#o{place}")  # the card that now stands there
        return RedirectResponse(back + shows.get(do, ""), 303)

    @app.get("/reviews/{id_}/ad{suffix}", dependencies=site.inside)
    def download(id_: str, suffix: str) -> Response:
        standing = store.review(id_)
        if suffix not in MIME:
            raise Missing(f"an ad can't be had as {suffix}")
        document, state = _as_it_stands(standing)
        edits = [(edit.start, edit.end, edit.after) for edit in state.edits]
        name = f"{Path(standing.name).stem} reworded{suffix}"
        try:
            content = ad_bytes(document, edits, Path(f"ad{suffix}"))
        except BadInput as cause:
            raise Missing(f"this ad can't be had as {suffix}") from cause
        return _attached(content, name, MIME[suffix])

    @app.post("/reviews/{id_}/delete", dependencies=site.form)
    def forget(id_: str) -> Response:
        store.delete_review(id_)
        return RedirectResponse("/", 303)


_WORDABLE = frozenset({"text", "markdown", "pdf", "word"})
_ON_CARDS = ("accept", "keep")
_MOST_GROUPS = 60
"""Different values of a column by which people may be compared."""
_FLAGS = {
    "with --selected or --score": "below, as the one that says who was selected",
    "--selected-is": "a value that means selected",
}
"""What errors say for the command line, said for the page."""
Act = Callable[[AdDocument, review.Decisions, review.View, int, int, str], review.Decisions]


def _number(text: str) -> int:
    """A small number that a form sent; -1 for anything else."""
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) else -1


def _card(found: review.View, which: int) -> review.Card:
    if not 0 <= which < len(found.cards):
        raise BadInput("that finding isn't there any more; look at the page again")
    return found.cards[which]


def _act(do: str) -> tuple[Act, str]:
    """What a form asks for, and how its step is called."""
    known: dict[str, tuple[Act, str]] = {
        "accept": (lambda d, s, f, n, _p, _t: review.accept(d, s, [_card(f, n)]), "a change"),
        "kind": (
            lambda d, s, f, _n, _p, t: review.accept(d, s, [c for c in f.open if c.kind == t]),
            "all changes of a kind",
        ),
        "all": (lambda d, s, f, _n, _p, _t: review.accept(d, s, f.open), "all changes"),
        "keep": (lambda _d, s, f, n, _p, _t: review.keep(s, _card(f, n)), "a finding that stays"),
        "again": (lambda _d, s, f, n, _p, _t: review.look_again(s, _card(f, n)), "another look"),
        "back": (lambda _d, s, _f, n, _p, _t: review.take_back(s, n), "a change taken back"),
        "write": (lambda d, s, _f, n, _p, t: review.write_line(d, s, n, t), "a line by hand"),
        "cut": (lambda d, s, _f, n, _p, _t: review.cut_line(d, s, n), "a line left out"),
        "choose": (
            lambda d, s, _f, n, p, t: review.choose(d, s, n, p, _number(t)),
            "another wording",
        ),
    }
    if do not in known:
        raise BadInput("that form asks for nothing that is known here; load the page again")
    return known[do]


def _attached(content: bytes, name: str, kind: str) -> Response:
    return Response(
        content,
        media_type=kind,
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"},
    )


def _kept_table(site: Site, name: str, content: bytes) -> Response:
    """A table in the folder of an audit that is to be; its columns are read apart, once."""
    with TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(content)
        found = ask("columns_of", Path(folder), name)
    names = Counter(column for column, _ in found)
    usable = [one for one in found if one[0].strip() and "*" not in one[0] and names[one[0]] == 1]
    made = site.store.add_report(name, usable)
    folder = site.store.folder_of(made.id)
    folder.mkdir(mode=0o700)
    (folder / name).write_bytes(content)
    return RedirectResponse(f"/audits/{made.id}", 303)


def _audits(app: FastAPI, site: Site) -> None:
    """Tables of people assessed: their columns, the audit, its files."""
    store = site.store

    def asked(request: Request, id_: str, status: int = 200, **more: Any) -> HTMLResponse:
        made = store.report(id_)
        chosen = {"by": [], "selected": "", "job": "", "crossed": False} | json.loads(made.asked)
        of_all = {"it": made, "columns": json.loads(made.columns), "most": _MOST_GROUPS}
        return site.page(request, "audit.html", status, **(of_all | chosen | more))

    @app.post("/audits", dependencies=site.form)
    def upload(request: Request, table: Annotated[UploadFile, File()]) -> Response:
        name, suffix = _named(table)
        if suffix not in TABLES:
            raise BadInput(f"{name}: give a table as {', '.join(TABLES)}")
        return _kept_table(site, name, table.file.read())

    @app.get("/audits/{id_}", dependencies=site.inside)
    def one(request: Request, id_: str) -> Response:
        return asked(request, id_)

    @app.post("/audits/{id_}", dependencies=site.form)
    def run(
        request: Request,
        id_: str,
        by: Annotated[list[str] | None, Form()] = None,
        selected: Annotated[str, Form()] = "",
        job: Annotated[str, Form()] = "",
        crossed: Annotated[bool, Form()] = False,
    ) -> Response:
        made, folder = store.report(id_), store.folder_of(id_)
        told = {"by": by or [], "selected": selected, "job": job, "crossed": crossed}
        groups = by or []
        if crossed and len(groups) > 1:
            groups = [*groups, "*".join(groups)]
        mapping = {selected: "selected", job: "job"}
        mapping.pop("", None)
        try:
            if not groups:
                raise BadInput("choose at least one column of groups that people are compared by")
            if selected and selected == job:
                raise BadInput(
                    f"'{job}' can't say both who was selected and what to compare within"
                )
            ask("audited", folder, made.name, by=groups, mapping=mapping)
        except EvenhandError as error:
            problem = _for_the_page(str(error), [name for name, _ in json.loads(made.columns)])
            return asked(request, id_, 400, problem=problem, **told)
        if not store.finish_report(id_, ", ".join(groups), told):
            shutil.rmtree(folder, ignore_errors=True)
            raise Missing("that audit was deleted while it was made")
        return RedirectResponse(f"/audits/{id_}", 303)

    @app.get("/audits/{id_}/files/{name}", dependencies=site.inside)
    def file(id_: str, name: str) -> Response:
        store.report(id_)
        path = store.folder_of(id_) / "audit" / name
        if name not in REPORT_FILES or not path.is_file():
            raise Missing("that file isn't here; make the audit first")
        answer = FileResponse(path, filename=None if name.endswith(".html") else name)
        if name.endswith(".html"):
            answer.headers["Content-Security-Policy"] = REPORTS
            # A sandbox has no origin, and asks for its pictures without one.
            answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return answer

    @app.post("/audits/{id_}/delete", dependencies=site.form)
    def forget(id_: str) -> Response:
        store.report(id_)
        if (folder := store.folder_of(id_)).exists():
            shutil.rmtree(folder)
        store.delete_report(id_)
        return RedirectResponse("/", 303)


def _for_the_page(sentence: str, columns: Sequence[str]) -> str:
    """An error without values of people, and without options of the command line."""
    for flag, words in _FLAGS.items():
        sentence = sentence.replace(flag, words)
    return re.sub(r"'([^']*)'", lambda m: m[0] if m[1] in columns else "a value", sentence)
