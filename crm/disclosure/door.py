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
from crm.disclosure.acts import ASKS, Act
from crm.disclosure.asking import Asked, about, ask, unsettled
from crm.disclosure.masking import mask
from crm.disclosure.opened import Item, Opened, Pictured, Shown
from crm.disclosure.openings import Opening
from crm.disclosure.reaching import Reaches, opened_by, reaches
from crm.disclosure.saying import say_glance, with_note
from crm.disclosure.tickets import WAYS, Ticket
from crm.errors import Invalid
from crm.marks import pictures
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crm.access.fields import Field
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
    unsettled()
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
    unsettled()
    key = key or keyring.current().record_key(subject.id)
    own = subject.standing(viewer) is Scope.OWN
    at = opened_by(viewer, subject, opening), reaches(viewer, Act.REVEAL, subject)
    hand = _Hand(viewer, subject, key)
    cells = {item.name: _cell(item, hand, opening, own=own, at=at) for item in items}
    say_glance(subject, cells, opening, view)
    return cells


def _cell(
    item: Item, hand: _Hand, opening: Told | None, *, own: bool, at: tuple[Reaches, Reaches]
) -> Shown:
    if item.sealed is None:
        return Shown(item.name, item.field, "empty")
    opens, masks = at
    level, code = item.field.level, opening.code if opening else None
    if level is Level.OPEN or (own and (item.field.listed or item.own)):
        return Shown(item.name, item.field, "shown", hand(item, item.sealed, Act.LIST, code))
    if level is Level.CONFIDENTIAL and opens(item.field):
        return Shown(item.name, item.field, "shown", hand(item, item.sealed, Act.OPEN, code))
    masked = mask(hand.key, item) if masks(item.field) else None
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
    unsettled()
    sealed = tickets.check(ticket, viewer, subject, item)
    key = key or keyring.current().record_key(subject.id)
    return Opened(key.unseal(item.where(), sealed), ticket.code)


def open_card(
    viewer: Viewer, subject: Subject, fields: Sequence[Field], purpose: str, note: str = ""
) -> Opening:
    """Open the work card for 15 minutes: one entry, one customer of the daily quota.

    Opens these fields, or those of them that a grant names. Raises Denied, OverQuota or Invalid; a
    refusal is logged.
    """
    lacks = law.lacking(viewer, ASKS[Act.OPEN], subject)
    grant = law.granted(viewer, lacks, subject, fields, all_=False) if lacks else None
    reached = [field.code for field in fields if grant is None or grant.reaches(field)]
    asked = Asked(Act.OPEN, subject, reached, new_code(), grant, refused=bool(lacks and not grant))
    meant = ask(viewer, asked, purpose, note)
    return openings.start(viewer, subject.id, meant.value, asked.code, asked.grant_id)


def disclose(  # noqa: PLR0913, PLR0917 - the facts of one act
    viewer: Viewer,
    act: Act,
    subject: Subject,
    items: Sequence[Item],
    purpose: str,
    note: str = "",
    key: RecordKey | None = None,
    detail: Mapping[str, Any] | None = None,
) -> dict[str, Opened]:
    """Every other act: open these values of one record for this person.

    What is printed is what the grant names; every other act asks for all of them or none. Raises
    Denied, OverQuota or Invalid; a refusal is logged. Needs a writing unit.
    """
    if wrong := _wrong(act, items):
        log.refuse(act.value, **about(subject, [item.said for item in items]))
        raise Invalid(wrong)
    whole = act is not Act.PRINT
    fields = [item.field for item in items]
    lacks = law.lacking(viewer, ASKS[act], subject, fields)
    grant = law.granted(viewer, lacks, subject, fields, all_=whole) if lacks else None
    if grant and not whole:
        items = [item for item in items if grant.reaches(item.field)]
    names = [item.said for item in items]
    asked = Asked(act, subject, names, new_code(), grant, refused=bool(lacks and not grant))
    ask(viewer, asked, purpose, note, detail)
    hand = _Hand(viewer, subject, key or keyring.current().record_key(subject.id))
    return _handed(hand, items, act, asked.code)


def carry_out(  # noqa: PLR0913, PLR0917 - the facts of one act
    viewer: Viewer,
    subject: Subject,
    items: Sequence[Item],
    key: RecordKey,
    code: str,
    serial: str,
) -> dict[str, Opened]:
    """Export one record by grant: one entry with the copy's serial and code, then its values.

    The opening of the grant was used when the copy was begun. Raises Denied (logged) without a
    grant that reaches all of it, OverQuota when it has ended meanwhile.
    """
    lacks = law.lacking(viewer, ASKS[Act.EXPORT], subject)
    grant = law.granted(viewer, lacks, subject, [item.field for item in items]) if lacks else None
    names = [item.said for item in items]
    asked = Asked(Act.EXPORT, subject, names, code, grant, refused=grant is None, paid=True)
    ask(viewer, asked, grant.purpose if grant else "", detail={"serial": serial})
    return _handed(_Hand(viewer, subject, key), items, Act.EXPORT, code)


def _handed(hand: _Hand, items: Sequence[Item], act: Act, code: str) -> dict[str, Opened]:
    return {
        item.name: hand(item, item.sealed, act, code) for item in items if item.sealed is not None
    }


def _wrong(act: Act, items: Sequence[Item]) -> str | None:
    if not items:
        return _("没有要查看的内容。")
    if act is Act.DIAL and not all(item.field.dial for item in items):
        return _("这一项不是电话号码。")
    if act is Act.NAVIGATE and not all(item.field.navigate for item in items):
        return _("这一项不是地址。")
    return None
