"""Granting access to the planted customer: a request that waits, a narrow grant that holds.

And proposals to change the law, one for each thing that may become of one.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from crm import clock
from crm.access import holding
from crm.access.grants import Grant
from crm.authority import asking, deciding, delegating, lawmaking
from crm.authority.views.approvals import as_asked
from crm.customers import exporting
from crm.db import db
from crm.web import unit
from crm.work.complaints import records as complaints
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask

    from tests.walk.planting import Plant

HOLDER = "qi"
"""Whose post has no archive: two fields of the planted card were granted, to open and to reveal."""
ASKER = "yuan"
EXPORTER = "xing"
"""Who made a copy of the same two fields, and has not fetched it yet."""
FIELDS = ("phone", "contact.mobile")


def ask(login: str, name: str, **more: str | list[str]) -> UUID:
    """A request as the form sends it; says its id."""
    who = cast.viewer(login)
    form = {"names": name, "what": "fields", "field": list(FIELDS), "act": ["open", "reveal"]}
    form |= {"purpose": "follow_up", "reason": "要用", "days": "3"} | more
    with unit.work(who.actor()):
        wanted = asking.read(who, MultiDict(form))
        assert not wanted.errors, wanted.errors
        return asking.ask(who, wanted, None).id


def decide(grant_id: UUID, login: str = "zong", answer: str = "") -> None:
    """Approve a request as it was asked."""
    who = cast.viewer(login)
    with unit.work(who.actor()):
        grant = db.session.get_one(Grant, grant_id)
        deciding.approve(who, grant, as_asked(grant), holding.customers_of(grant.id), answer)


def revoke(grant_id: UUID, login: str = "zong") -> None:
    """End a grant."""
    who = cast.viewer(login)
    with unit.work(who.actor()):
        deciding.revoke(who, db.session.get_one(Grant, grant_id))


def export(app: Flask, name: str) -> UUID:
    """A copy that lies ready for whoever made it: its job's id."""
    with app.test_request_context():
        asked = ask(EXPORTER, name, act=["export"])
        decide(asked)
        zhuli = cast.viewer("zhuli")
        with unit.work(zhuli.actor()):
            deciding.confirm(zhuli, db.session.get_one(Grant, asked), yes=True)
        xing = cast.viewer(EXPORTER)
        with unit.work(xing.actor()):
            job_id = exporting.begin(xing, asked).id
        exporting.carry_out(xing, job_id, "")
        return job_id


def complain(made: Plant) -> None:
    """A complaint of ke's about a customer that nobody knows, with words of its own."""
    ke = cast.viewer("ke")
    with unit.work(ke.actor()):
        row = complaints.take(ke, "密诉名记末示例商行", "密投诉记末", None)
        over = complaints.take(ke, "查无此名示例商行", "一句话", None)
        complaints.close(ke, over.id, "密结果记末")
    made.ids |= {"complaint": row.id, "closed complaint": over.id}
    item = f"complaint.{over.id}.outcome"
    made.mark("密结果记末", "complaint outcome", "complaint.outcome", item)
    made.names.remove(item)
    for column, text in (("named", "密诉名记末"), ("text", "密投诉记末")):
        item = f"complaint.{row.id}.{column}"
        made.mark(text, f"complaint {column}", f"complaint.{column}", item)
        made.names.remove(item)


def grant(made: Plant, name: str) -> None:
    """A request with words of its own, one for everybody to spoil, and grants: held and ended."""
    words = {"names": f"{name}\n密错名记末示例商行", "reason": "密理由记末"}
    waiting = made.ids["grant"] = ask(ASKER, words["names"], reason=words["reason"])
    for column, kind in (("reason", "grant reason"), ("named", "grant names")):
        item = f"grant.{waiting}.{column}"
        made.mark(words["reason"] if column == "reason" else "密错名记末", kind,
                  f"grant.{column}", item)  # fmt: skip
        made.names.remove(item)
    for what in ("spare grant", "third spare grant"):
        made.ids[what] = ask("xing", name)
    complain(made)
    made.ids["another spare grant"] = ask("sun", "查无此示例公司")
    answered = made.ids["third spare grant"]
    item = f"grant.{answered}.answer"
    decide(answered, answer=made.mark("密意见记末", "grant answer", "grant.answer", item))
    made.names.remove(item)
    made.ids["second grant"] = ask("xing", name, act=["export"])
    decide(made.ids["second grant"])
    decide(ask(HOLDER, name))
    ended = ask("he", name)
    decide(ended)
    revoke(ended)
    _propose(made)
    zong = cast.viewer("zong")
    with unit.work(zong.actor()):
        tomorrow = clock.today() + timedelta(days=1)
        dong = cast.viewer("dong").id
        made.ids |= {"deputy": dong, "service": cast.viewer("ke").id}
        made.ids["delegation"] = delegating.give(zong, dong, tomorrow, tomorrow).id


def _propose(made: Plant) -> None:
    an = cast.viewer("an")
    with unit.work(an.actor()):
        for what, knob, value in (
            ("proposal", "grant.quota", 41),
            ("another proposal", "sales.quota", 81),
            ("third proposal", "executives.quota", 201),
        ):
            made.ids[what] = lawmaking.propose(an, knob, value).id
