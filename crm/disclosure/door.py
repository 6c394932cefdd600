"""The door: asks the law, writes the entry, opens. Nothing else opens a value for a person.

The entry is put into the running unit before the box is opened, and the response leaves only after
the unit has committed it. A door that refuses puts a refusal there instead and raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext as _

from crm.access import law
from crm.access.fields import FIELDS, Level
from crm.access.policy import Scope
from crm.audit import log
from crm.audit.entry import Entry, new_code
from crm.crypto import keyring
from crm.crypto.sealed import RecordKey, Sealed
from crm.disclosure import openings
from crm.disclosure.acts import ASKS, Act
from crm.disclosure.asking import Asked, about, ask, unsettled, with_note
from crm.disclosure.masking import mask
from crm.disclosure.opened import Item, Opened, Shown
from crm.disclosure.openings import Opening
from crm.errors import Invalid
from crm.web import unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from crm.access.fields import Field
    from crm.access.law import Subject
    from crm.accounts.people import Viewer
    from crm.db import Told

    Reaches = Callable[[Field], bool]

SECRETS = (FIELDS["contact.mobile"],)
"""A secret field that stands for all of them."""


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
    opens, masks = _opened_by(viewer, subject, opening), revealable(viewer, subject)
    cells = {item.name: _cell(item, key, opening, own=own, at=(opens, masks)) for item in items}
    _say_glance(subject, cells, opening, view)
    return cells


def revealable(viewer: Viewer, subject: Subject) -> Reaches:
    """Which fields of a record this person may look at one by one."""
    asked = ASKS[Act.REVEAL]
    lacks = law.lacking(viewer, asked, subject)
    if not lacks:
        return lambda field: not law.closed(viewer, asked, field)
    return lambda field: law.granted(viewer, lacks, subject, (field,)) is not None


def _opened_by(viewer: Viewer, subject: Subject, opening: Told | None) -> Reaches:
    """Which fields a running opening shows: what post or grant let it, as long as they stand."""
    if opening is None:
        return _none
    if opening.grant_id is None:
        return _all if law.by_post(viewer, ASKS[Act.OPEN][0], subject) else _none
    return next((one.reaches for one in subject.grants if one.id == opening.grant_id), _none)


def _all(_field: Field) -> bool:
    return True


def _none(_field: Field) -> bool:
    return False


def _cell(
    item: Item, key: RecordKey, opening: Told | None, *, own: bool, at: tuple[Reaches, Reaches]
) -> Shown:
    if item.sealed is None:
        return Shown(item.name, item.field, "empty")
    opens, masks = at
    level = item.field.level
    free = level is Level.OPEN or (own and (item.field.listed or item.own))
    if free or (opening and level is Level.CONFIDENTIAL and opens(item.field)):
        opened = Opened(key.unseal(item.where(), item.sealed), opening.code if opening else None)
        return Shown(item.name, item.field, "shown", opened)
    masked = mask(key, item) if item.field.mask and masks(item.field) else None
    return Shown(item.name, item.field, "masked" if masked else "dots", item.sealed, masked)


def _say_glance(
    subject: Subject, cells: Mapping[str, Shown], opening: Told | None, view: str
) -> None:
    shown = tuple(sorted({cell.field.code for cell in cells.values() if cell.state == "shown"}))
    masked = sorted({cell.field.code for cell in cells.values() if cell.state == "masked"})
    log.say(
        Act.LIST.value,
        subject_type=subject.kind,
        subject_ids=(subject.id,),
        fields=shown,
        purpose=opening.purpose if opening else None,
        code=opening.code if opening else None,
        grant_id=opening.grant_id if opening else None,
        detail={"view": view, "masked": masked},
        indexed=True,
    )


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
    ask(viewer, asked, purpose, note)
    key = key or keyring.current().record_key(subject.id)
    return {
        item.name: Opened(key.unseal(item.where(), item.sealed), asked.code)
        for item in items
        if item.sealed is not None
    }


def allowed(viewer: Viewer, act: Act, subject: Subject) -> bool:
    """Whether the law lets this person do this to this record, whatever the field."""
    lacks = law.lacking(viewer, ASKS[act], subject, SECRETS)
    return not lacks or law.granted(viewer, lacks, subject, ()) is not None


def _wrong(act: Act, items: Sequence[Item]) -> str | None:
    if not items:
        return _("没有要查看的内容。")
    if act is Act.DIAL and not all(item.field.dial for item in items):
        return _("这一项不是电话号码。")
    if act is Act.NAVIGATE and not all(item.field.navigate for item in items):
        return _("这一项不是地址。")
    return None
