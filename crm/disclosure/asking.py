"""Asking: what an act is let by – the law, a purpose, the quota – and the entry it leaves.

The door asks here before it opens. What refuses is logged and raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from flask_babel import gettext as _

from crm.access import clauses
from crm.audit import log
from crm.audit.entry import Entry
from crm.disclosure import openings
from crm.disclosure.acts import ASKS, COUNTED, NOTE_LIMIT, Act, Purpose
from crm.disclosure.saying import with_note
from crm.errors import Denied, Invalid, OverQuota
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from crm.access.holding import Held
    from crm.access.law import Subject
    from crm.accounts.people import Viewer


class Asked(NamedTuple):
    """One act that somebody asks for, and by what right."""

    act: Act
    subject: Subject
    names: Sequence[str]
    code: str
    grant: Held | None
    refused: bool
    paid: bool = False
    """Whether the grant's opening was used before: once for a whole copy, not for each card."""

    @property
    def grant_id(self) -> UUID | None:
        """The grant's id, where it is not the post's own right."""
        return self.grant.id if self.grant else None

    def about(self) -> dict[str, Any]:
        """What its entry names."""
        return about(self.subject, self.names) | {"grant_id": self.grant_id}


def ask(
    viewer: Viewer,
    asked: Asked,
    purpose: str,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> Purpose:
    """The law, the purpose and the quota; then the entry. Everything that refuses is logged."""
    unsettled()
    if not unit.current().writing:
        raise RuntimeError("the door opens in a writing unit: call unit.current().write() first")
    act = asked.act
    if asked.refused:
        log.refuse(act.value, **asked.about())
        line = clauses.at("leaving") if viewer.leaving else clauses.line(ASKS[act][0])
        raise Denied(_why_not(viewer, act), line)
    try:
        meant = _purpose(purpose, note)
        if asked.grant:
            openings.charge(viewer, asked.subject, asked.grant, act, paid=asked.paid)
        if act in COUNTED:
            openings.count(viewer, asked.subject)
    except (Invalid, OverQuota) as trouble:
        log.refuse(act.value, **asked.about(), detail={"why": type(trouble).__name__})
        raise
    entry = Entry(
        act.value,
        **asked.about(),
        purpose=meant.value,
        code=asked.code,
        detail=detail or {},
        indexed=True,
    )
    unit.current().entries.append(with_note(entry, viewer.id, note))
    return meant


def _why_not(viewer: Viewer, act: Act) -> str:
    if viewer.leaving:
        return _(
            "离职交接期内不能%(act)s：复制、打印、导出和商密都已关闭，"
            "名下还没移交的客户仍可打开、拨打。",
            act=act.label,
        )
    return _("您没有这项权限：%(act)s。如因工作需要，请向总经理申请授权。", act=act.label)


def _purpose(purpose: str, note: str) -> Purpose:
    if purpose not in set(Purpose):
        raise Invalid(_("请选择查看用途。"))
    if purpose == Purpose.OTHER and not note.strip():
        raise Invalid(_("选了“其他”，请写一句用途。"))
    if len(note) > NOTE_LIMIT:
        raise Invalid(_("用途说明最多 %(n)s 字。", n=NOTE_LIMIT))
    return Purpose(purpose)


def about(subject: Subject, names: Sequence[str]) -> dict[str, Any]:
    """What an entry about a record names."""
    return {"subject_type": subject.kind, "subject_ids": (subject.id,), "fields": tuple(names)}


def unsettled() -> None:
    """Raises RuntimeError once the unit is settled: a stream must open before it starts."""
    if unit.current().settled:
        raise RuntimeError("the door does not open after the unit is settled")
