"""What the page keeps in its folder: reviews with every step, audits, and who is signed in.

One SQLite file by SQLAlchemy; a writer takes its lock at once, so that two pages never lose a step
to each other. A review's step is one transaction and names the step that it follows: sent twice it
counts once. Nothing of a person in a table of outcomes is kept here; audits hold names of files.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, create_engine, delete, event, func, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from evenhand.errors import BadInput, StorageError

DATABASE = "evenhand.sqlite"
FORMAT = 1
"""Version of the tables, kept in the file."""


class _Base(DeclarativeBase):
    pass


class Review(_Base):
    """One ad under review: the file as it came, and at which step it stands."""

    __tablename__ = "reviews"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    suffix: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)  # no list needs it
    created: Mapped[str]
    at: Mapped[int] = mapped_column(default=0)


class Step(_Base):
    """The state of a review after one step; step 0 is the ad as it came."""

    __tablename__ = "steps"
    review: Mapped[str] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    said: Mapped[str]
    state: Mapped[str]


class Report(_Base):
    """One audit: the name of its file, what it compares by, and whether its folder is there."""

    __tablename__ = "reports"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    created: Mapped[str]
    columns: Mapped[str] = mapped_column(default="[]")
    asked: Mapped[str] = mapped_column(default="{}")
    by: Mapped[str] = mapped_column(default="")
    done: Mapped[bool] = mapped_column(default=False)


class Visit(_Base):
    """A browser that is signed in, by the digest of its cookie."""

    __tablename__ = "visits"
    digest: Mapped[str] = mapped_column(primary_key=True)
    created: Mapped[str]


@dataclass(frozen=True)
class Standing:
    """A review as it stands: the file, the step of how many, what was decided (as JSON)."""

    id: str
    name: str
    suffix: str
    content: bytes
    at: int
    steps: int
    state: str
    said: str


def digest(secret: str) -> str:
    """What is kept of a secret."""
    return sha256(secret.encode()).hexdigest()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def new_id() -> str:
    """A name that can't be guessed."""
    return secrets.token_urlsafe(12)


class Store:
    """The folder and its database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            os.umask(0o077)  # people's tables lie here: nobody else reads what is written
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            (folder / "audits").mkdir(mode=0o700, exist_ok=True)
        except OSError as cause:
            raise StorageError(
                f"{folder}: can't be made ({cause.strerror}); name another with --data"
            ) from cause
        self._engine = create_engine(f"sqlite:///{folder / DATABASE}")
        event.listen(self._engine, "connect", _settings)
        self._made(folder)

    def _made(self, folder: Path) -> None:
        try:
            with self._engine.connect() as asked:
                found = asked.exec_driver_sql("PRAGMA user_version").scalar()
                others = asked.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar()
                if found != FORMAT and (found or others):
                    raise StorageError(
                        f"{folder}: was written by another version of evenhand (format {found}, "
                        f"this one reads {FORMAT}); name another folder with --data"
                    )
            with self._engine.begin() as made:
                made.exec_driver_sql("BEGIN IMMEDIATE")
                _Base.metadata.create_all(made)
                made.exec_driver_sql(f"PRAGMA user_version = {FORMAT}")
        except DatabaseError as cause:
            raise StorageError(
                f"{folder / DATABASE}: isn't a database of evenhand; name another folder with "
                "--data"
            ) from cause

    @contextmanager
    def _session(self) -> Iterator[Session]:
        """Writes, as one: the lock is taken before anything is read."""
        with Session(self._engine) as session, session.begin():
            session.connection().exec_driver_sql("BEGIN IMMEDIATE")
            yield session

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        """Reads, which wait for nobody."""
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Let go of the file."""
        self._forget()
        self._engine.dispose()

    def add_review(self, name: str, suffix: str, content: bytes, state: Mapping[str, Any]) -> str:
        """Keep an ad as it came; its id."""
        made = Review(id=new_id(), name=name, suffix=suffix, content=content, created=_now(), at=0)
        with self._session() as session:
            session.add(made)
            session.flush()
            session.add(Step(review=made.id, number=0, said="", state=json.dumps(state)))
            return made.id

    def review(self, id_: str) -> Standing:
        """A review as it stands."""
        with self._reading() as session:
            found = self._kept(session, id_)
            here = session.get_one(Step, (id_, found.at))
            ad, last = (found.name, found.suffix, found.content), self._last(session, id_)
            return Standing(id_, *ad, found.at, last, here.state, here.said)

    def _kept(self, session: Session, id_: str) -> Review:
        found = session.get(Review, id_)
        if found is None:
            raise Missing("that review isn't here; it may have been deleted")
        return found

    def _last(self, session: Session, id_: str) -> int:
        """The number of the last step."""
        return session.scalar(select(func.max(Step.number)).where(Step.review == id_)) or 0

    def step(
        self, id_: str, at: int, said: str, change: Callable[[Standing], Mapping[str, Any]]
    ) -> bool:
        """Take one step from step ``at``; False where the review stands elsewhere by now."""
        standing = self.review(id_)
        if standing.at != at:
            return False
        state = json.dumps(change(standing))  # before the lock: it may take a while
        if state == standing.state:
            return True
        with self._session() as session:
            found = self._kept(session, id_)
            if found.at != at:
                return False
            session.execute(delete(Step).where(Step.review == id_, Step.number > at))
            session.add(Step(review=id_, number=at + 1, said=said, state=state))
            found.at = at + 1
            return True

    def go_to(self, id_: str, at: int, to: int) -> bool:
        """Undo or redo: stand at another step; False where the review stands elsewhere by now."""
        with self._session() as session:
            found = self._kept(session, id_)
            if found.at != at or not 0 <= to <= self._last(session, id_):
                return False
            found.at = to
            return True

    def delete_review(self, id_: str) -> None:
        """Forget an ad and every step."""
        with self._session() as session:
            session.execute(delete(Step).where(Step.review == id_))
            session.execute(delete(Review).where(Review.id == id_))
        self._forget()

    def reviews(self) -> list[Review]:
        """Every review, the newest first."""
        return self._listed(Review)

    def reports(self) -> list[Report]:
        """Every audit, the newest first."""
        return self._listed(Report)

    def _listed(self, table: type[Any]) -> list[Any]:
        with self._reading() as session:
            return list(session.scalars(select(table).order_by(table.created.desc(), table.id)))

    def add_report(self, name: str, columns: list[tuple[str, int]]) -> Report:
        """Keep the name of a file that is to be audited, and its columns."""
        told = {"columns": json.dumps(columns), "asked": "{}", "by": "", "done": False}
        made = Report(id=new_id(), name=name, created=_now(), **told)
        with self._session() as session:
            session.add(made)
            session.flush()
            session.expunge(made)
        return made

    def report(self, id_: str) -> Report:
        """One audit."""
        with self._reading() as session:
            found = session.get(Report, id_)
        if found is None:
            raise Missing("that audit isn't here; it may have been deleted")
        return found

    def finish_report(self, id_: str, by: str, asked: Mapping[str, Any]) -> bool:
        """The audit's folder is whole; False where the audit was deleted meanwhile."""
        with self._session() as session:
            found = session.get(Report, id_)
            if found is not None:
                found.by, found.asked, found.done = by, json.dumps(asked), True
            return found is not None

    def delete_report(self, id_: str) -> None:
        """Forget an audit; its folder is the caller's business."""
        with self._session() as session:
            session.execute(delete(Report).where(Report.id == id_))
        self._forget()

    def _forget(self) -> None:
        """Nothing that was deleted stays in the log of what is written."""
        with self._engine.connect() as asked:
            asked.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def folder_of(self, id_: str) -> Path:
        """The folder of an audit."""
        return self.folder / "audits" / id_

    def sign_in(self) -> str:
        """A new cookie for a browser that came by the link."""
        secret = secrets.token_urlsafe(32)
        with self._session() as session:
            session.add(Visit(digest=digest(secret), created=_now()))
        return secret

    def is_signed_in(self, secret: str) -> bool:
        """Whether a cookie is one that was given."""
        with self._reading() as session:
            return session.get(Visit, digest(secret)) is not None


class Missing(BadInput):
    """Asked for something that isn't kept."""


def _settings(connection: Any, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("PRAGMA busy_timeout = 10000")
