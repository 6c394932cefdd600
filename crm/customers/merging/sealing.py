"""Sealing anew: the machine compares values and seals them for another card; nobody sees one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from crm.access.fields import FIELDS, Level
from crm.crypto import blind
from crm.crypto.sealed import Place
from crm.crypto.uses import use
from crm.customers import names
from crm.customers.indexed import INDEXED
from crm.customers.saving import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crm.crypto.sealed import RecordKey, Sealed
    from crm.customers.contacts import Contact

_open = use("merge")


class Held(NamedTuple):
    """A box, where it was sealed for, and the key that opens it."""

    key: RecordKey
    place: Place
    box: Sealed | None


def held(key: RecordKey, record: Any, code: str) -> Held:
    """A sealed field of a card or contact."""
    return Held(key, place_of(record, code), getattr(record, FIELDS[code].column))


def anew(one: Held, key: RecordKey, place: Place) -> Sealed | None:
    """The same value for another key and place. Raises CannotOpen."""
    return None if one.box is None else key.seal(place, _open(one.key, one.place, one.box))


def same(one: Held, other: Held) -> bool:
    """Whether two boxes hold the same value: all that anybody learns."""
    if one.box is None or other.box is None:
        return one.box is other.box
    return _open(one.key, one.place, one.box).strip() == _open(
        other.key, other.place, other.box
    ).strip()  # fmt: skip


def matched(
    left: Sequence[Contact], right: Sequence[Contact], left_key: RecordKey, right_key: RecordKey
) -> list[tuple[Contact, Contact]]:
    """The contacts that are one person on both cards: same mobile, else same name without two."""
    pairs, free = [], [(one, _told(one, left_key)) for one in left]
    for one in right:
        told = _told(one, right_key)
        meant = next((each for each in free if _is(each[1], told)), None)
        if meant is not None:
            free.remove(meant)
            pairs.append((meant[0], one))
    return pairs


def _told(contact: Contact, key: RecordKey) -> tuple[str, str]:
    def text(code: str) -> str:
        one = held(key, contact, code)
        return _open(key, one.place, one.box) if one.box else ""

    return text("contact.mobile"), names.fold(text("contact.name"))


def _is(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (mobile, name), (their_mobile, their_name) = one, other
    if mobile and their_mobile:
        return mobile == their_mobile and (not name or not their_name or name == their_name)
    return bool(name) and name == their_name


def find_again(key: RecordKey, card_id: Any, record: Any) -> None:
    """Let a card's or contact's values be found under what they are now."""
    kind = "contacts" if record.__tablename__ == "contacts" else "customers"
    for code, terms in INDEXED.items():
        if FIELDS[code].table != kind or FIELDS[code].level is Level.OPEN:
            continue
        one = held(key, record, code)
        found = terms(_open(key, one.place, one.box)) if one.box else {}
        empty: dict[str, list[str]] = {index: [] for index in terms("0000")}
        blind.replace(card_id, record.id, empty | found)
