"""Bringing purchases in from a sheet: one's own customers only; a second time changes nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from openpyxl.utils.datetime import from_excel
from sqlalchemy import select

from crm import jobs
from crm.access import law
from crm.access.law import Subject
from crm.access.permissions import Permission
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.uses import use
from crm.customers import names
from crm.customers.cards import SHARED, Customer
from crm.customers.imports import Unreadable, sheet
from crm.customers.purchases import MOST, of, place_of, reading
from crm.customers.purchases.classify import propose
from crm.customers.purchases.keeping import add
from crm.db import db
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from uuid import UUID

    from crm.accounts.people import Viewer
    from crm.customers.imports import Cell, Row
    from crm.customers.purchases import Facts

_open = use("purchases")

NAME = "客户名称"
TITLES = {
    "日期": "day", "品类": "category", "产品": "product", "数量": "quantity", "金额": "amount",
    "备注": "note",
}  # fmt: skip
"""The sheet's titles beside 客户名称, and the facts they hold."""
NEEDED = ("日期", "品类", "数量", "金额")
ROWS = 5000
"""Rows of one file: what one waits for. More of them come in several files."""
CHUNK = 25
"""Customers in one transaction."""


@dataclass(slots=True)
class Outcome:
    """What a file comes to: purchases by customer, and why which rows cannot be taken."""

    found: dict[UUID, list[Facts]] = field(default_factory=lambda: defaultdict(list))
    rows: list[tuple[int, str]] = field(default_factory=list)
    """Row and customer of what can be taken: open facts, for the preview."""
    bad: list[tuple[int, str]] = field(default_factory=list)

    def facts(self) -> dict[str, int]:
        """The numbers, for the page and the job."""
        return {"good": len(self.rows), "bad": len(self.bad), "customers": len(self.found)}


def read(viewer: Viewer, content: bytes, filename: str) -> Outcome:
    """A file's purchases of one's own customers. Raises Unreadable with a sentence."""
    table = sheet.read(BytesIO(content), filename)
    missing = [title for title in NEEDED if title not in table.header.titles.values()]
    if missing:
        raise Unreadable(_("第一行缺这些列：%(columns)s。", columns=_("、").join(missing)))
    outcome, taken = Outcome(), list[tuple[int, str, "Facts"]]()
    for number, row in enumerate(table.rows):
        if number >= ROWS:
            raise Unreadable(_("一个文件最多 %(n)s 行，请分成几个文件。", n=ROWS))
        try:
            taken.append((row.number, *_row(row, table)))
        except ValueError as wrong:
            outcome.bad.append((row.number, str(wrong)))
    _match(viewer, taken, outcome)
    outcome.bad.sort()
    return outcome


def _row(row: Row, table: sheet.Sheet) -> tuple[str, Facts]:
    """Customer and facts of a row. Raises ValueError with a sentence that quotes nothing."""
    name = row.cells[NAME].text if NAME in row.cells else ""
    if not names.fold(name):
        raise ValueError(_("没有客户名称"))
    given = {}
    for title, code in TITLES.items():
        cell = row.cells.get(title)
        if cell and cell.kind in {"formula", "error"}:
            raise ValueError(_("「%(title)s」是公式或错误值，请粘贴为数值", title=title))
        given[code] = _text(cell, code, table) if cell else ""
    typed = reading.read(given)
    if typed.facts is None:
        code, why = next(iter(typed.errors.items()))
        title = next(one for one, of_it in TITLES.items() if of_it == code)
        raise ValueError(_("「%(title)s」%(why)s", title=title, why=why))
    return name, typed.facts


def _text(cell: Cell, code: str, table: sheet.Sheet) -> str:
    """A cell's text; a day that lost its format is a number of days."""
    if code == "day" and cell.kind == "number" and cell.text.isdigit() and len(cell.text) == 5:  # noqa: PLR2004 - 1927 to 2173
        return str(from_excel(int(cell.text), table.epoch))[:10]
    return cell.text


def _match(viewer: Viewer, taken: Sequence[tuple[int, str, Facts]], outcome: Outcome) -> None:
    """Purchases to the customers whom this person may record them for; others all answer alike."""
    mine = _own(viewer, {names.fold(name) for _number, name, _facts in taken})
    for number, name, facts in taken:
        customer_id = mine.get(names.fold(name))
        if customer_id is None:
            outcome.bad.append((number, _("没有这家客户，或不是您负责的")))
            continue
        outcome.found[customer_id].append(facts)
        outcome.rows.append((number, name))


def _own(viewer: Viewer, keys: set[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for some in _chunks(sorted(keys), 500):
        standing = (Customer.owner_id, Customer.team_id, SHARED.label("held"))
        wanted = select(Customer.id, Customer.name_key, *standing)
        wanted = wanted.where(Customer.name_key.in_(some))
        for row in db.session.execute(wanted, {"viewer_id": viewer.id}):
            subject = Subject("customer", row.id, row.owner_id, row.team_id, shared=row.held)
            if law.may(viewer, Permission.CUSTOMER_PURCHASE, subject):
                found[row.name_key] = row.id
    return found


def _chunks(some: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (some[at : at + size] for at in range(0, len(some), size))


def begin(viewer: Viewer, content: bytes, filename: str, outcome: Outcome) -> jobs.Job:
    """Keep an upload that was read, sealed, until somebody says go."""
    facts = {"filename": filename[-80:]} | outcome.facts()
    job = jobs.prepare("purchases", viewer.id, content, facts)
    log.say("purchases_read", subject_type="job", subject_ids=(job.id,), detail=outcome.facts())
    return job


def carry_out(viewer: Viewer, job_id: UUID, address: str) -> int:
    """Bring a kept file's purchases in, chunk by chunk; says how many were new."""
    with unit.work(viewer.actor(), address):
        filename = jobs.get(job_id, viewer.id, "purchases").facts["filename"]
        outcome = read(viewer, jobs.content(job_id), filename)
    added, ids = 0, list(outcome.found)
    for at in range(0, len(ids), CHUNK):
        with jobs.step(viewer, address):
            added += _take(viewer, {one: outcome.found[one] for one in ids[at : at + CHUNK]})
    with unit.work(viewer.actor(), address):
        done = {"filename": filename, "added": added} | outcome.facts()
        jobs.progress(job_id, state="done", facts=done)
        jobs.forget(job_id)
    return added


def _take(viewer: Viewer, found: dict[UUID, list[Facts]]) -> int:
    touched, added = [], 0
    held = _still_own(viewer, list(found))
    for customer_id, facts in found.items():
        if customer_id not in held:
            continue
        new = _new_ones(customer_id, facts)
        if new:
            touched.append(customer_id)
            added += new
    if touched:
        log.say(
            "purchases_imported",
            subject_type="customer",
            subject_ids=tuple(touched),
            fields=("purchases",),
            detail={"purchases": added},
            indexed=True,
        )
    return added


def _still_own(viewer: Viewer, ids: list[UUID]) -> set[UUID]:
    """Which of these customers are still one's own: between look and go one may have changed."""
    wanted = select(Customer.id, Customer.owner_id, Customer.team_id, SHARED.label("held"))
    rows = db.session.execute(wanted.where(Customer.id.in_(ids)), {"viewer_id": viewer.id})
    return {
        row.id
        for row in rows
        if law.may(
            viewer,
            Permission.CUSTOMER_PURCHASE,
            Subject("customer", row.id, row.owner_id, row.team_id, shared=row.held),
        )
    }


def _new_ones(customer_id: UUID, facts: list[Facts]) -> int:
    """Keep what is not there yet; the same line twice in a file is two purchases."""
    key = keyring.current().record_key(customer_id)
    rows = of(customer_id)
    there = Counter(_open(key, place_of(row), row.facts) for row in rows if row.facts)
    added = 0
    for one in facts:
        if there[one.text()]:
            there[one.text()] -= 1
        elif len(rows) + added < MOST:
            add(key, customer_id, one)
            added += 1
    if added:
        db.session.flush()
        propose(customer_id, key)
    return added
