"""Joining: one card goes into another in one transaction, and everything it had goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from sqlalchemy import delete, select, update

from crm import clock
from crm.access.fields import COMPANY, CONTACT, FIELDS
from crm.audit import log
from crm.crypto.blind import BlindTerm
from crm.crypto.sealed import Place
from crm.customers import duplicates, owners, saving
from crm.customers.changes import Change
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.contributing.consents import Consent
from crm.customers.followups import FollowUp
from crm.customers.merging import Merge, carrying, comparing, moves, sealing, snapshot
from crm.customers.merging.comparing import OPEN, RIGHT
from crm.db import db, uuid7
from crm.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crm.accounts.people import Viewer
    from crm.customers.cards import Customer
    from crm.customers.merging.comparing import Comparison


def join(viewer: Viewer, kept: Customer, gone: Customer, picks: Mapping[str, str]) -> Merge:
    """Merge `gone` into `kept`; `picks` name the facts taken from the right, `gone`.

    Raises Invalid for a card with itself. Needs a writing unit, which commits all or nothing.
    """
    if kept.id == gone.id:
        raise Invalid(_("一张卡不能和自己合并。"))
    before = moves.all_of((kept.id, gone.id))
    both = comparing.of(kept, gone)
    merge = Merge(
        id=uuid7(), kept_id=kept.id, gone_id=gone.id, gone_name=gone.name,
        gone_key=gone.name_key, by_id=viewer.id, at=clock.now(),
    )  # fmt: skip
    taken = {name for name, side in picks.items() if side == RIGHT}
    if "name" in taken:
        merge.gone_key = kept.name_key  # the name that is given up stays taken
    _Joining(viewer, both, taken).run()
    db.session.add(merge)
    db.session.flush()
    snapshot.keep(merge, before, moves.all_of((kept.id, gone.id)))
    duplicates.gone(gone.id)
    duplicates.again(kept.id)
    log.say(
        "merge", subject_type="customer", subject_ids=(kept.id, gone.id), indexed=True,
        fields=tuple(sorted(taken)), detail={"merge": str(merge.id)},
    )  # fmt: skip
    db.session.flush()
    return merge


class _Joining:
    """One merge under way: what is read of both cards, and each step of it."""

    def __init__(self, viewer: Viewer, both: Comparison, taken: set[str]) -> None:
        self.viewer, self.both, self.taken = viewer, both, taken
        self.kept, self.gone = both.kept, both.gone
        self.before = both.kept.owner_id

    def run(self) -> None:
        """Facts, people, what both have, then the rows; the card itself goes last."""
        self._company()
        self._dates()
        for left, right in self.both.pairs:
            self._person(left, right)
        self._extras()
        db.session.flush()
        carrying.rows(self.both)
        carrying.sets(self.both, self.before)
        carrying.lie(self.both, self.before)
        self.kept.version += 1
        saving.rename(self.kept)
        db.session.flush()
        carrying.leave(self.both)
        saving.store_grams(self.kept)
        saving.store_tags(self.kept, self.kept.tags.split())
        sealing.find_again(self.both.kept_key, self.kept.id, self.kept)
        for one in self.both.kept_people:
            sealing.find_again(self.both.kept_key, self.kept.id, one)

    def _company(self) -> None:
        kept, gone = self.kept, self.gone
        names = [gone.name, gone.short_name, *gone.also_named.split("\n"), kept.name]
        for code in OPEN:
            if code in {"owner", "name"}:
                continue
            self._open_fact(code)
        for spec in COMPANY:
            self._sealed_fact(spec.code, kept, gone, spec.code)
        if "owner" in self.taken and gone.owner_id != kept.owner_id:
            owners.keep(self.viewer, kept.id, kept.owner_id, gone.owner_id, "merge")
            kept.owner_id, kept.team_id = gone.owner_id, gone.team_id
            kept.owned_since = gone.owned_since
        if "name" in self.taken:
            self._rename()
        former = dict.fromkeys([*kept.also_named.split("\n"), *names])
        kept.also_named = "\n".join(one for one in former if one and one != kept.name)
        kept.tags = " ".join(dict.fromkeys([*kept.tags.split(), *gone.tags.split()]))[:200]

    def _rename(self) -> None:
        """The card that goes gives its name up first: no two cards share one at any moment."""
        name, key = self.gone.name, self.gone.name_key
        self._remember("name", self.kept, self.kept.name, name)
        self.gone.name_key = f"~{self.gone.id}"
        db.session.flush()
        self.kept.name, self.kept.name_key = name, key

    def _open_fact(self, code: str) -> None:
        column = FIELDS[code].column
        mine, theirs = getattr(self.kept, column) or "", getattr(self.gone, column) or ""
        if mine == theirs or not theirs:
            return
        if code in self.taken:
            self._remember(code, self.kept, mine, theirs)
            setattr(self.kept, column, theirs)
            self._fact(code, self.kept, self.gone)
        else:
            self._remember(code, self.kept, theirs, mine)

    def _remember(self, code: str, record: Any, old: str, new: str) -> None:
        place, key = saving.place_of(record, code), self.both.kept_key
        self._change(
            code,
            place,
            key.seal(place, old) if old else None,
            key.seal(place, new) if new else None,
        )

    def _sealed_fact(self, code: str, left: Any, right: Any, name: str) -> None:
        mine = sealing.held(self.both.kept_key, left, code)
        theirs = sealing.held(self.both.gone_key, right, code)
        if theirs.box is None or (mine.box is not None and sealing.same(mine, theirs)):
            return
        box = sealing.anew(theirs, self.both.kept_key, mine.place)
        if name in self.taken:
            self._change(code, mine.place, mine.box, box)
            setattr(left, FIELDS[code].column, box)
            self._fact(code, left, right)
        elif mine.box is not None:  # what was not chosen is kept in the history
            self._change(code, mine.place, box, mine.box)

    def _fact(self, code: str, left: Any, right: Any) -> None:
        left.facts = {**(left.facts or {}), code: (right.facts or {}).get(code, ["", "", ""])}

    def _change(self, code: str, place: Place, old: Any, new: Any) -> None:
        db.session.add(Change(
            customer_id=self.kept.id, code=code, kept_in=place.table, kept_as=place.column,
            row_id=place.row_id, old=old, new=new, at=clock.now(), by_id=self.viewer.id,
            version=self.kept.version + 1,
        ))  # fmt: skip

    def _dates(self) -> None:
        kept, gone = self.kept, self.gone
        if gone.last_at > kept.last_at or not kept.last_follow_up_id:
            kept.last_at = max(kept.last_at, gone.last_at)
            kept.last_follow_up_id = gone.last_follow_up_id or kept.last_follow_up_id
        days = [one for one in (kept.next_contact, gone.next_contact) if one]
        kept.next_contact = min(days, default=None)
        checked = [one for one in (kept.verified_on, gone.verified_on) if one]
        kept.verified_on = max(checked, default=None)
        meant = {right.id: left.id for left, right in self.both.pairs}
        theirs = (
            meant.get(gone.main_contact_id, gone.main_contact_id) if gone.main_contact_id else None
        )
        kept.main_contact_id = kept.main_contact_id or theirs

    def _person(self, left: Contact, right: Contact) -> None:
        for spec in CONTACT:
            self._sealed_fact(spec.code, left, right, f"contact.{left.id}.{spec.column}")
        calls = update(FollowUp).where(FollowUp.contact_id == right.id)
        db.session.execute(calls.values(contact_id=left.id))
        db.session.execute(
            update(Consent).where(Consent.contact_id == right.id).values(contact_id=left.id)
        )
        db.session.execute(
            update(ExtraValue).where(ExtraValue.contact_id == right.id).values(contact_id=left.id)
        )
        db.session.flush()
        db.session.execute(delete(BlindTerm).where(BlindTerm.row_id == right.id))
        db.session.execute(delete(Contact).where(Contact.id == right.id))

    def _extras(self) -> None:
        """Both cards answer one extra field: the survivor's answer stands, the other is kept."""
        wanted = select(ExtraValue).execution_options(populate_existing=True)
        mine = {
            (row.field_id, row.contact_id): row
            for row in db.session.scalars(wanted.where(ExtraValue.customer_id == self.kept.id))
        }
        for row in db.session.scalars(wanted.where(ExtraValue.customer_id == self.gone.id)).all():
            other = mine.get((row.field_id, row.contact_id))
            if other is None:
                continue
            place = Place("extra_values", "value", other.id)
            one = sealing.Held(
                self.both.gone_key, Place("extra_values", "value", row.id), row.value
            )
            box = sealing.anew(one, self.both.kept_key, place)
            if other.value is None:
                other.value = box
            elif box is not None and not sealing.same(
                sealing.Held(self.both.kept_key, place, other.value), one
            ):
                self._change("extra", place, box, other.value)
            db.session.delete(row)
