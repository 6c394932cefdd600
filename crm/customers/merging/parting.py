"""Parting: a merge undone – both cards as they were, later changes where they were made.

What is still as the merge left it goes back. What was changed since stays on the survivor: a fact
keeps its later value there; a person or follow-up that was changed goes back as it was and stays on
the survivor as it is now, as a row of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import delete, insert, select, update

from crm import clock
from crm.access.fields import FIELDS
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.sealed import Place
from crm.customers import duplicates, names, owners, placing
from crm.customers.binned import Binned
from crm.customers.cards import Customer
from crm.customers.contacts import Contact, ExtraValue
from crm.customers.followups import FollowUp
from crm.customers.merging import Merge, finding, moves, sealing, snapshot
from crm.customers.merging.moves import PARTS, Way
from crm.db import db, uuid7
from crm.errors import Invalid

if TYPE_CHECKING:
    from crm.accounts.people import Viewer
    from crm.customers.merging.moves import Row
    from crm.customers.merging.snapshot import Touched

ALWAYS = frozenset({"version", "name_key", "sort_name", "search_text"})
"""Columns of the survivor that are worked out anew."""
WHOSE = frozenset({"owner_id", "team_id", "owned_since"})
"""Columns that say whose it is: they go back together, or stay together."""
CARD = "customers"
WRITTEN = frozenset({"changes", "owner_changes"})
"""What was written of the merge stays written."""


def part(viewer: Viewer, merge: Merge) -> list[str]:
    """Undo a merge; says in words what was changed since and stays where it is.

    Raises Invalid when it is too late, when a later merge must be undone first, when the survivor
    is in the bin, or when somebody has taken the name. Needs a writing unit: all or nothing.
    """
    _check(merge)
    work = _Parting(viewer, merge, snapshot.read(merge))
    work.run()
    merge.undone_at, merge.undone_by_id, merge.box = clock.now(), viewer.id, None
    db.session.execute(delete(keyring.DataKey).where(keyring.DataKey.owner_id == merge.id))
    for one in (merge.kept_id, merge.gone_id):
        placing.settle(viewer, one)
        duplicates.again(one)
    log.say(
        "unmerge", subject_type="customer", subject_ids=(merge.kept_id, merge.gone_id),
        detail={"merge": str(merge.id), "stayed": len(work.stayed)}, indexed=True,
    )  # fmt: skip
    db.session.flush()
    return list(dict.fromkeys(work.stayed))


def _check(merge: Merge) -> None:
    if merge.undone_at is not None:
        raise Invalid(_("这次合并已经撤销过了。"))
    if not merge.may_be_undone:
        raise Invalid(_("合并超过 30 天，不能再撤销。"))
    later = select(Merge.gone_name).where(
        Merge.undone_at.is_(None), Merge.at > merge.at,
        (Merge.kept_id == merge.kept_id) | (Merge.gone_id == merge.kept_id),
    )  # fmt: skip
    if name := db.session.scalar(later.order_by(Merge.at.desc()).limit(1)):
        raise Invalid(_("之后又合并过一次，请先撤销那一次：%(name)s。", name=name))
    if db.session.scalar(select(Customer.id).where(Customer.id == merge.kept_id)) is None:
        raise Invalid(_("合并后的那张卡已不在，不能撤销。"))
    if db.session.get(Binned, merge.kept_id):
        raise Invalid(_("合并后的那张卡在回收站里，请先恢复它，再撤销合并。"))


class _Parting:
    """One undoing under way."""

    def __init__(self, viewer: Viewer, merge: Merge, touched: list[Touched]) -> None:
        self.viewer, self.kept_id, self.gone_id = viewer, merge.kept_id, merge.gone_id
        self.by_table = {
            name: [one for one in touched if one.table == name] for name in (CARD, *PARTS)
        }
        ring = keyring.current()
        self.key = ring.record_key(merge.kept_id)
        self.gone_key = ring.record_key(merge.gone_id)
        self.stayed: list[str] = []
        self.copies: dict[UUID, UUID] = {}
        """A contact that goes back → the copy of it that stays, where it was changed since."""

    def run(self) -> None:
        """The card comes back first, then its rows, then what is worked out from both."""
        self._cards()
        for name, part_ in PARTS.items():
            if part_.way in {Way.MOVES, Way.JOINS, Way.LIES}:
                for one in self.by_table[name]:
                    self._row(one)
        self._loose_ends()
        db.session.expire_all()
        for card_id, key in ((self.kept_id, self.key), (self.gone_id, self.gone_key)):
            finding.renew(card_id, key)

    def _now(self, name: str, key: tuple[Any, ...]) -> Row | None:
        found = db.session.execute(select(moves.table(name)).where(moves.only(name, key)))
        row = found.mappings().first()
        return dict(row) if row else None

    def _cards(self) -> None:
        card = moves.table(CARD)
        kept, gone = (
            next(one for one in self.by_table[CARD] if one.key == (each,))
            for each in (self.kept_id, self.gone_id)
        )
        assert gone.before and kept.before and kept.after  # noqa: S101, PT018 - join wrote all three
        held_by = (self._now(CARD, kept.key) or {})["owner_id"]
        whose = snapshot.same(held_by, kept.after["owner_id"])
        self._columns(kept, ALWAYS if whose else ALWAYS | WHOSE)
        now = self._now(CARD, kept.key) or {}
        taken = select(card.c.id).where(
            card.c.name_key == gone.before["name_key"], card.c.id != self.kept_id
        )
        same = now["name"] == gone.before["name"]
        if same or db.session.scalar(taken):
            raise Invalid(
                _("“%(name)s”这个名称已被另一张卡使用，请先改名再撤销。", name=gone.before["name"])
            )
        key = names.fold(now["name"])
        db.session.execute(update(card).where(card.c.id == self.kept_id).values(
            version=now["version"] + 1, name_key=key,
            sort_name=names.sounded(now["name"]),
        ))  # fmt: skip
        db.session.execute(insert(card).values(gone.before))
        owners.keep(self.viewer, self.kept_id, held_by, now["owner_id"], "unmerge")

    def _columns(self, one: Touched, but: frozenset[str] = frozenset()) -> None:
        """Put back every column that is still as the merge left it; the others stay."""
        now = self._now(one.table, one.key)
        if now is None or one.before is None or one.after is None:
            return
        values = {}
        for name, before in one.before.items():
            if name in but or snapshot.same(before, one.after[name]):
                continue
            if snapshot.same(now[name], one.after[name]):
                values[name] = before
            else:
                self._stays(one.table, name)
        if values:
            table = moves.table(one.table)
            db.session.execute(update(table).where(moves.only(one.table, one.key)).values(values))

    def _stays(self, table: str, column: str) -> None:
        told = next(
            (str(f.label) for f in FIELDS.values() if (f.table, f.column) == (table, column)), ""
        )
        if told:
            self.stayed.append(told)

    def _row(self, one: Touched) -> None:
        """Made by the merge, a row goes; moved or changed by it, it goes back."""
        now, table, before = self._now(one.table, one.key), moves.table(one.table), one.before
        this = moves.only(one.table, one.key)
        if before is None:  # the merge made it
            if now is not None and one.table not in WRITTEN:
                db.session.execute(delete(table).where(this))
        elif before["customer_id"] == self.kept_id or (now is None and PARTS[one.table].once):
            self._restore_kept(one, now)
        elif now is None:
            db.session.execute(insert(table).values(before))
        elif PARTS[one.table].once:
            self._columns(one)
        else:
            if not snapshot.alike(now, one.after):
                self._copy(one, now)
            db.session.execute(update(table).where(this).values(before))

    def _restore_kept(self, one: Touched, now: Row | None) -> None:
        if now is not None:
            self._columns(one)
        elif one.after is None and one.before:  # the merge took it from the survivor itself
            db.session.execute(insert(moves.table(one.table)).values(one.before))

    def _copy(self, one: Touched, now: Row) -> None:
        """What was changed since goes on on the survivor, under an id of its own."""
        part_, fresh = PARTS[one.table], uuid7()
        row = now | {"id": fresh}
        for column in part_.boxes if one.table != "changes" else ():
            held = sealing.Held(self.key, Place(one.table, column, now["id"]), now[column])
            row[column] = sealing.anew(held, self.key, Place(one.table, column, fresh))
        db.session.execute(insert(moves.table(one.table)).values(row))
        if one.table == "contacts":
            self.copies[now["id"]] = fresh
            self.stayed.append(_("改过的联系人"))
        else:
            self.stayed.append(_("改过的跟进或扩展信息"))

    def _loose_ends(self) -> None:
        """Rows written since that mean a contact who went back now mean the copy, or nobody."""
        back = [
            one.key[0]
            for one in self.by_table["contacts"]
            if one.before and one.before["customer_id"] == self.gone_id
        ]
        if not back:
            return
        calls = FollowUp.customer_id == self.kept_id
        for contact in back:
            copy = self.copies.get(contact)
            db.session.execute(
                update(FollowUp)
                .where(calls, FollowUp.contact_id == contact)
                .values(contact_id=copy)
            )
            extra = (ExtraValue.customer_id == self.kept_id, ExtraValue.contact_id == contact)
            if copy is None and db.session.scalar(select(ExtraValue.id).where(*extra).limit(1)):
                copy = self._bare_copy(contact)
            if copy is not None:
                db.session.execute(update(ExtraValue).where(*extra).values(contact_id=copy))
        main = (Customer.id == self.kept_id, Customer.main_contact_id.in_(back))
        table = moves.table(CARD)
        if db.session.scalar(select(Customer.id).where(*main)):
            other = (
                select(Contact.id)
                .where(Contact.customer_id == self.kept_id)
                .order_by(Contact.position)
            )
            first = db.session.scalar(other.limit(1))
            db.session.execute(
                update(table).where(table.c.id == self.kept_id).values(main_contact_id=first)
            )

    def _bare_copy(self, contact: UUID) -> UUID:
        """A person who got an extra fact since: the fact needs somebody to belong to."""
        now = self._now("contacts", (contact,)) or {}
        fresh, row = uuid7(), dict(now)
        for column in PARTS["contacts"].boxes:
            held = sealing.Held(self.gone_key, Place("contacts", column, contact), now[column])
            row[column] = sealing.anew(held, self.key, Place("contacts", column, fresh))
        row |= {"id": fresh, "customer_id": self.kept_id}
        db.session.execute(insert(moves.table("contacts")).values(row))
        self.stayed.append(_("改过的联系人"))
        return fresh
