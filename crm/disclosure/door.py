"""The door: asks the law, writes the entry, opens. Nothing else opens a value for a person.

The entry is put into the running unit before the box is opened, and the response leaves only after
the unit has committed it. A door that refuses puts a refusal there instead and raises.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from flask_babel import gettext as _

from crm import clock
from crm.access import law
from crm.access.fields import Level, Shows
from crm.access.policy import Scope
from crm.audit import log
from crm.audit.entry import Entry, new_code
from crm.crypto import keyring
from crm.crypto.sealed import RecordKey, Sealed
from crm.disclosure import openings, tickets
from crm.disclosure.acts import ASKS, COUNTED, NOTE_LIMIT, Act, Purpose
from crm.disclosure.masking import mask
from crm.disclosure.opened import Item, Opened, Pictured, Shown
from crm.disclosure.openings import Opening
from crm.disclosure.saying import say_glance, with_note
from crm.disclosure.tickets import WAYS, Ticket
from crm.errors import Denied, Invalid, OverQuota
from crm.marks import pictures
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crm.access.law import Subject
    from crm.accounts.people import Viewer
    from crm.db import Told


def listing(
    viewer: Viewer,
    rows: Iterable[tuple[Subject, RecordKey | None, Sequence[Item]]],
    term: str = "",
    **detail: object,
) -> dict[str, Opened | Sealed]:
    """The list act: one entry naming the ids shown; opens what own rows show in lists.

    `detail` says how the list came about (scene, search), never a value; a `term` that may be one
    – a number somebody searched for – is kept sealed.
    """
    _unsettled()
    shown: dict[str, Opened | Sealed] = {}
    ids, fields, kind = [], set(), "customer"
    for subject, key, items in rows:
        ids.append(subject.id)
        kind = subject.kind
        own = subject.standing(viewer) is Scope.OWN
        for item in items:
            if item.sealed is None:
                continue
            shown[item.name] = item.sealed
            if key and own and (item.field.listed or item.own):
                fields.add(item.field.code)
                shown[item.name] = Opened(key.unseal(item.where(), item.sealed))
    entry = Entry(
        Act.LIST.value,
        subject_type=kind,
        subject_ids=tuple(ids),
        fields=tuple(sorted(fields)),
        detail=detail,
    )
    unit.current().entries.append(with_note(entry, viewer.id, term))
    return shown


def glance(  # noqa: PLR0913, PLR0917 - the facts of one look
    viewer: Viewer,
    subject: Subject,
    items: Iterable[Item],
    opening: Told | None,
    view: str = "card",
    key: RecordKey | None = None,
) -> dict[str, Shown]:
    """A card as this person may see it now: opened, masked, dots or empty, value by value.

    One entry names the fields that were shown in full, under the opening that let them out. The
    record's `key` is looked up where it did not come with the record.
    """
    _unsettled()
    key = key or keyring.current().record_key(subject.id)
    own = subject.standing(viewer) is Scope.OWN
    masks = allowed(viewer, Act.REVEAL, subject)
    hand = _Hand(viewer, subject, key)
    cells = {item.name: _cell(item, hand, opening, own=own, masks=masks) for item in items}
    say_glance(subject, cells, opening, view)
    return cells


def _cell(item: Item, hand: _Hand, opening: Told | None, *, own: bool, masks: bool) -> Shown:
    if item.sealed is None:
        return Shown(item.name, item.field, "empty")
    level, code = item.field.level, opening.code if opening else None
    if level is Level.OPEN or (own and (item.field.listed or item.own)):
        return Shown(item.name, item.field, "shown", hand(item, item.sealed, Act.LIST, code))
    if opening and level is Level.CONFIDENTIAL:
        return Shown(item.name, item.field, "shown", hand(item, item.sealed, Act.OPEN, code))
    masked = mask(hand.key, item) if masks else None
    return Shown(item.name, item.field, "masked" if masked else "dots", item.sealed, masked)


class _Hand(NamedTuple):
    """What hands one record's values to one person: as a picture, or as text."""

    viewer: Viewer
    subject: Subject
    key: RecordKey

    def __call__(self, item: Item, sealed: Sealed, act: Act, code: str | None) -> Opened:
        """The value, opened; drawn later where it may be looked at but not copied (ADR 0081)."""
        text = self.key.unseal(item.where(), sealed)
        if code is None or act not in WAYS or item.field.shows is not Shows.PICTURE:
            return Opened(text, code)
        ticket = tickets.write(self.viewer, self.subject.id, item, act, code)
        line = pictures.signed(self.viewer.name, clock.local(clock.now()), code)
        return Pictured(ticket, code, item.field.label, partial(pictures.size, text, line))


def redrawn(
    viewer: Viewer, subject: Subject, item: Item, ticket: Ticket, key: RecordKey | None
) -> Opened:
    """What a picture shows, opened when it is fetched; the entry was the page's (ADR 0081).

    Raises Missing where the value or the right has gone since; the refusal is logged.
    """
    _unsettled()
    sealed = tickets.check(ticket, viewer, subject, item)
    key = key or keyring.current().record_key(subject.id)
    return Opened(key.unseal(item.where(), sealed), ticket.code)


def open_card(
    viewer: Viewer, subject: Subject, fields: Sequence[str], purpose: str, note: str = ""
) -> Opening:
    """Open the work card for 15 minutes: one entry, one customer of the daily quota.

    `fields` are the codes it opens. Raises Denied, OverQuota or Invalid; a refusal is logged.
    """
    code = new_code()
    meant = _ask(viewer, Act.OPEN, subject, fields, purpose, note, code)
    return openings.start(viewer, subject.id, meant.value, code)


def disclose(  # noqa: PLR0913, PLR0917 - the facts of one act
    viewer: Viewer,
    act: Act,
    subject: Subject,
    items: Sequence[Item],
    purpose: str,
    note: str = "",
    key: RecordKey | None = None,
) -> dict[str, Opened]:
    """Reveal, dial, navigate, edit or judge: open these values of one record for this person.

    Raises Denied, OverQuota or Invalid; a refusal is logged. Needs a writing unit.
    """
    names = [item.said for item in items]
    if wrong := _wrong(act, items):
        log.refuse(act.value, **_about(subject, names))
        raise Invalid(wrong)
    code = new_code()
    _ask(viewer, act, subject, names, purpose, note, code)
    key = key or keyring.current().record_key(subject.id)
    hand = _Hand(viewer, subject, key)
    return {
        item.name: hand(item, item.sealed, act, code) for item in items if item.sealed is not None
    }


def allowed(viewer: Viewer, act: Act, subject: Subject) -> bool:
    """Whether the law lets this person do this to this record."""
    asked = ASKS.get(act, ())
    return bool(asked) and all(law.may(viewer, permission, subject) for permission in asked)


def _wrong(act: Act, items: Sequence[Item]) -> str | None:
    if not items:
        return _("没有要查看的内容。")
    if act is Act.DIAL and not all(item.field.dial for item in items):
        return _("这一项不是电话号码。")
    if act is Act.NAVIGATE and not all(item.field.navigate for item in items):
        return _("这一项不是地址。")
    return None


def _ask(  # noqa: PLR0913, PLR0917 - the facts of one act
    viewer: Viewer,
    act: Act,
    subject: Subject,
    names: Sequence[str],
    purpose: str,
    note: str,
    code: str,
) -> Purpose:
    """The law, the purpose and the quota; then the entry. Everything that refuses is logged."""
    _unsettled()
    if not unit.current().writing:
        raise RuntimeError("the door opens in a writing unit: call unit.current().write() first")
    about = _about(subject, names)
    if not allowed(viewer, act, subject):
        log.refuse(act.value, **about)
        raise Denied(
            _("您没有这项权限：%(act)s。如因工作需要，请向总经理申请授权。", act=act.label)
        )
    try:
        meant = _purpose(purpose, note)
        if act in COUNTED:
            openings.count(viewer, subject)
    except (Invalid, OverQuota) as trouble:
        log.refuse(act.value, **about, detail={"why": type(trouble).__name__})
        raise
    entry = Entry(act.value, **about, purpose=meant.value, code=code, indexed=True)
    unit.current().entries.append(with_note(entry, viewer.id, note))
    return meant


def _purpose(purpose: str, note: str) -> Purpose:
    if purpose not in set(Purpose):
        raise Invalid(_("请选择查看用途。"))
    if purpose == Purpose.OTHER and not note.strip():
        raise Invalid(_("选了“其他”，请写一句用途。"))
    if len(note) > NOTE_LIMIT:
        raise Invalid(_("用途说明最多 %(n)s 字。", n=NOTE_LIMIT))
    return Purpose(purpose)


def _about(subject: Subject, names: Sequence[str]) -> dict[str, Any]:
    return {"subject_type": subject.kind, "subject_ids": (subject.id,), "fields": tuple(names)}


def _unsettled() -> None:
    """Nothing is opened once the unit is settled: a stream must open before it starts."""
    if unit.current().settled:
        raise RuntimeError("the door does not open after the unit is settled")
