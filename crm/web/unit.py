"""The unit of work: returning commits, raising rolls back, and the log is written in between.

A request reads without a lock. When it is to write, or when it has something to put in the log, the
read ends and a writing transaction begins; the response leaves after its commit. Refusals survive
the rollback: they are written in a fresh transaction.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import current_app, g, request
from sqlalchemy import event
from sqlalchemy.orm import Session

from crm.db import begin_writing, db, end_reading
from crm.errors import SignedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask, Response
    from flask.typing import ResponseReturnValue
    from sqlalchemy import Executable
    from sqlalchemy.orm import ORMExecuteState

    from crm.db import Values

    Answer = Callable[[], ResponseReturnValue]
    Writer = Callable[[Sequence[Any], "Unit"], None]


class Unit:
    """One piece of work: who does it, what it will say in the log, and how it ended."""

    def __init__(self, actor: Any = None, address: str = "", session: str = "") -> None:
        """Begin reading; `actor` is whoever the log will name."""
        self.actor = actor
        self.address = address
        self.session = session
        self.standing: tuple[Executable, Values] | None = None
        """Asks for the log's head and whether the session that asked still stands."""
        self.entries: list[Any] = []
        self.refusals: list[Any] = []
        self.writing = False
        self.settled = False
        self.raised = False

    def write(self) -> None:
        """End the read, take the writer's lock; what was loaded before must be loaded again."""
        if self.writing:
            return
        db.session.expunge_all()
        self._begin()

    def undo(self) -> None:
        """Take back what this unit has written; go on writing, for a form that is shown again.

        What was attempted is still said. Everything loaded before must be loaded again.
        """
        self.refusals += _failed(self.entries)
        self.entries.clear()
        self._undone()
        self.write()

    def settle(self) -> None:
        """Write the log and commit; after this nothing more can be opened.

        Raises whatever kept the log from being written: then nothing has changed or may be shown.
        SignedOut is one such: then what was attempted is said all the same.
        """
        if self.settled:
            return
        self.settled = True
        said = self.refusals + (_failed(self.entries) if self.raised else self.entries)
        try:
            self._commit(said)
        except SignedOut:
            self.standing = None
            self._undone()
            self._commit(self.refusals + _failed(self.entries))
            raise
        finally:
            self._let_go()

    def _commit(self, said: list[Any]) -> None:
        try:
            if said and not self.writing:
                db.session.flush()  # raises for a change that nobody took the lock for
                self._begin()
            if self.writing:
                _writer()(said, self)
                db.session.commit()
            else:
                db.session.flush()
                end_reading()
                db.session.close()
        except BaseException:
            db.session.rollback()
            raise

    def abandon(self) -> None:
        """Something was raised: undo what was written; what was attempted is still said."""
        self.raised = True
        self._undone()

    def close(self) -> None:
        """Leave no transaction and no lock behind; nothing can be opened any more."""
        if not self.settled:
            self.abandon()
            self.settled = True

    def _undone(self) -> None:
        db.session.rollback()
        self._let_go()

    def _begin(self) -> None:
        end_reading()
        if lock := _lock():
            lock.acquire()
        self.writing = True
        begin_writing()

    def _let_go(self) -> None:
        if self.writing:
            self.writing = False
            if lock := _lock():
                lock.release()


def _failed(entries: list[Any]) -> list[Any]:
    return [entry.as_failed() for entry in entries]


def _writer() -> Writer:
    writer: Writer = current_app.extensions["kedang.log"]
    return writer


def _lock() -> threading.Lock | None:
    """SQLite has one writer: our threads queue in order here instead of polling the file."""
    lock: threading.Lock | None = current_app.extensions["kedang.lock"]
    return lock


def current() -> Unit:
    """The unit of the request or job that is running."""
    unit: Unit | None = g.get("unit")
    if unit is None:
        unit = g.unit = Unit()
    return unit


@contextmanager
def work(actor: Any = None, address: str = "") -> Iterator[Unit]:
    """A writing unit outside a request: for the command line and for jobs. Needs an app context."""
    before = g.pop("unit", None)
    g.unit = unit = Unit(actor, address)
    try:
        unit.write()
        yield unit
    except BaseException:
        unit.abandon()
        unit.settle()
        raise
    else:
        unit.settle()
    finally:
        del g.unit
        if before is not None:
            g.unit = before


def install(app: Flask, writer: Writer, unsettled: Answer, signed_out: Answer) -> None:
    """Settle every request before its response leaves; `writer` puts entries into the log.

    `unsettled` answers instead of a response whose unit could not be committed, `signed_out`
    where that is because the session has ended meanwhile.
    """
    app.extensions["kedang.log"] = writer
    app.extensions["kedang.unsettled"] = unsettled
    app.extensions["kedang.signed_out"] = signed_out
    with app.app_context():
        sqlite = db.engine.dialect.name == "sqlite"
    app.extensions["kedang.lock"] = threading.Lock() if sqlite else None
    app.after_request(_settle)
    app.teardown_appcontext(_close)


def _settle(response: Response) -> Response:
    """What goes wrong here is told by its type alone: Flask would log its text, and the address."""
    try:
        current().settle()
    except SignedOut:
        return current_app.make_response(current_app.extensions["kedang.signed_out"]())
    except Exception as error:
        raises = current_app.config["PROPAGATE_EXCEPTIONS"]
        if current_app.testing if raises is None else raises:
            raise
        what = type(error).__name__
        current_app.logger.error("%s while settling %s", what, request.endpoint)  # noqa: TRY400 - a traceback may quote what was read
        return current_app.make_response(current_app.extensions["kedang.unsettled"]())
    return response


def _close(_error: BaseException | None) -> None:
    """A stream enters its context again after this: it finds its unit settled, never a new one."""
    if "unit" in g:
        g.unit.close()


@event.listens_for(Session, "before_flush")
def _only_while_writing(session: Session, *_: Any) -> None:
    if session.new or session.dirty or session.deleted:
        _refuse_unless_writing(session)


@event.listens_for(Session, "do_orm_execute")
def _only_then(state: ORMExecuteState) -> None:
    if state.is_insert or state.is_update or state.is_delete:
        _refuse_unless_writing(state.session)


def _refuse_unless_writing(session: Session) -> None:
    if not db.session.registry.has() or session is not db.session():
        return
    if not current().writing:
        raise RuntimeError("a change outside a writing unit: call unit.current().write() first")
