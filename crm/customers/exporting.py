"""Exporting: the cards that a grant names, as a workbook – sealed, fetched once, gone in a day.

Nobody carries anything out by post (细则第二章·客户档案管理(3)); a grant lets one, confirmed by
a second person. What a copy holds is what the grant names; who made it, when, under which serial
and code, stands in the file, and its SHA-256 in the log.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from crm import clock, jobs, numbering
from crm.access import holding
from crm.access.fields import COMPANY, CONTACT
from crm.access.law import Subject
from crm.audit import log
from crm.audit.entry import new_code
from crm.crypto import keyring
from crm.customers import contacts, items
from crm.customers.cards import LIVE, Customer
from crm.customers.choices import titled
from crm.customers.exported import Copy, Line, workbook
from crm.db import db
from crm.disclosure import door
from crm.disclosure.acts import Act
from crm.errors import Denied, Invalid
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.access.holding import Held
    from crm.accounts.people import Viewer
    from crm.disclosure.opened import Item, Opened

KIND = "export"
PREFIX = "DC"
"""导出: the series that copies are numbered in."""
MOST = 2_000
"""Customers in one copy."""
CHUNK = 25
"""Cards that are opened with the lock held, before others get their turn."""


def allowed(viewer: Viewer) -> list[Held]:
    """Their grants by which they may export."""
    return [one for one in holding.mine(viewer) if "export" in one.acts]


def begin(viewer: Viewer, grant_id: UUID | None) -> jobs.Job:
    """A job that makes one copy: its serial is taken and one opening of the grant is used.

    Raises Denied (logged) without such a grant, Invalid for no customers or too many.
    """
    grant = next((one for one in allowed(viewer) if one.id == grant_id), None)
    if grant is None:
        log.refuse(Act.EXPORT.value, subject_type="grant", detail={"why": "no grant"})
        raise Denied(_("没有可用的导出授权：导出要由总经理批准，并由第二人确认。"))
    ids = _there(holding.customers_of(grant.id))
    if not ids:
        raise Invalid(_("授权单里的客户都不在了，没有可导出的内容。"))
    if len(ids) > MOST:
        raise Invalid(_("一次最多导出 %(n)s 家，请分几份申请。", n=MOST))
    if not holding.spend(grant):
        raise Invalid(_("授权单 %(number)s 已到期或次数已用完，可以再申请。", number=grant.number))
    content = {"ids": [str(one) for one in ids], "grant": str(grant.id), "code": new_code()}
    facts = {"serial": numbering.take(PREFIX), "grant": grant.number}
    job = jobs.prepare(KIND, viewer.id, json.dumps(content).encode(), facts)
    jobs.progress(job.id, state="running", total=len(ids))
    return job


def forget_all(person_id: UUID) -> None:
    """Shred the copies that somebody has made and not fetched yet."""
    for job in jobs.recent(person_id, KIND, MOST):
        jobs.forget(job.id)


def _there(ids: Sequence[UUID]) -> list[UUID]:
    wanted = select(Customer.id).where(Customer.id.in_(ids), LIVE).order_by(Customer.sort_name)
    return list(db.session.scalars(wanted))


def carry_out(viewer: Viewer, job_id: UUID, address: str) -> None:
    """The job's work, a few cards at a time, each an entry of its own before it is read."""
    with unit.work(viewer.actor(), address):
        content = json.JSONDecoder().decode(jobs.content(job_id).decode())
        serial = jobs.get(job_id, viewer.id, KIND).facts["serial"]
    ids, lines = [UUID(one) for one in content["ids"]], []
    for start in range(0, len(ids), CHUNK):
        with jobs.step(viewer, address):
            grant = _held(viewer, UUID(content["grant"]))
            lines += _lines(viewer, grant, ids[start : start + CHUNK], content["code"], serial)
            jobs.progress(job_id, done=min(len(ids), start + CHUNK))
    with jobs.step(viewer, address):
        _keep(job_id, Copy(serial, content["code"], viewer.name, clock.now(), lines))


def _keep(job_id: UUID, copy: Copy) -> None:
    """Seal the finished copy, and say what it was."""
    made = workbook(copy)
    jobs.replace(job_id, made)
    log.say(
        "export_made",
        subject_type="job",
        subject_ids=(job_id,),
        code=copy.code,
        detail={
            "serial": copy.serial,
            "sha256": hashlib.sha256(made).hexdigest(),
            "rows": len(copy.lines),
        },
    )
    jobs.progress(job_id, state="done")


def _held(viewer: Viewer, grant_id: UUID) -> Held:
    """The grant, still in force. Raises Denied: what was revoked meanwhile makes no copy."""
    for one in holding.mine(viewer):
        if one.id == grant_id:
            return one._replace(most=None)  # its opening was used when the copy was begun
    raise Denied(_("授权单已停止，导出中断。"))


def _lines(viewer: Viewer, grant: Held, ids: Sequence[UUID], code: str, serial: str) -> list[Line]:
    wanted = select(Customer).where(Customer.id.in_(ids), LIVE).order_by(Customer.sort_name)
    rows = db.session.scalars(wanted).all()
    keys = keyring.current().record_keys([one.id for one in rows])
    lines: list[Line] = []
    for row in rows:
        asked = [one for one in _items(row) if grant.reaches(one.field)]
        subject = Subject("customer", row.id, row.owner_id, row.team_id, grants=(grant,))
        opened = door.carry_out(viewer, subject, asked, keys[row.id], code, serial)
        lines += _of(row, asked, opened)
    return lines


def _items(row: Customer) -> list[Item]:
    people = [one for contact in contacts.told_of(row.id) for one in items.contact_items(contact)]
    return [*items.company_items(row), *people]


def _of(row: Customer, asked: Sequence[Item], opened: dict[str, Opened]) -> list[Line]:
    """One line a contact; the company's facts stand on each."""
    company = {one.field.code: _text(one, opened) for one in asked if one.field in COMPANY}
    people: dict[UUID, dict[str, str]] = {}
    for one in asked:
        if one.field in CONTACT:
            people.setdefault(one.row_id, {})[one.field.code] = _text(one, opened)
    return [Line(row.name, company | facts) for facts in people.values()] or [
        Line(row.name, company)
    ]


def _text(item: Item, opened: dict[str, Opened]) -> str:
    value = titled(item.field.code, opened.get(item.name))
    return value.text if value is not None else ""
