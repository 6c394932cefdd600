"""Tickets: the address of a picture – which value, for which session, until when; never a value.

A ticket is sealed under a key derived for pictures, so that an address tells nothing. It names the
disclosure whose entry was committed with the page; fetching the picture adds none (ADR 0081).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from flask import current_app

from crm import clock
from crm.access import law
from crm.access.policy import REVEALED_FOR
from crm.audit import log
from crm.crypto import keyring
from crm.crypto.suites import AES
from crm.disclosure import openings
from crm.disclosure.acts import ASKS, Act
from crm.disclosure.reaching import opened_by
from crm.errors import CannotOpen, Missing

if TYPE_CHECKING:
    from crm.access.law import Subject
    from crm.accounts.people import Viewer
    from crm.crypto.sealed import Sealed
    from crm.disclosure.opened import Item

ACTION = "picture"
"""What the log calls a picture that was asked for and refused."""
BOUND = b"picture"
NOBODY = UUID(int=0)
WAYS = {Act.OPEN: b"o", Act.REVEAL: b"r", Act.EDIT: b"e"}
"""The acts whose values are drawn: an open work card, one value revealed, one in a form's way –
short values are replaced there, never prefilled."""
_BY = {code: act for act, code in WAYS.items()}
_FACTS = struct.Struct(">c16s16sI8s10s")


class Ticket(NamedTuple):
    """What an address of a picture says, once it has been opened."""

    act: Act
    customer_id: UUID
    session_id: UUID
    until: int
    box: bytes
    """Of the box as it was then: a value that was edited since is another one."""
    code: str
    item: str


def write(viewer: Viewer, customer_id: UUID, item: Item, act: Act, code: str) -> str:
    """The address of a value that this session may see drawn for a minute."""
    until = int((clock.now() + REVEALED_FOR).timestamp())
    session = viewer.session_id or NOBODY
    facts = _FACTS.pack(
        WAYS[act], customer_id.bytes, session.bytes, until, _told(item), code.encode()
    )
    whole = keyring.wrap(AES, _key(), facts + item.name.encode(), BOUND)
    return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()


def read(token: str, viewer: Viewer) -> Ticket:
    """What an address says, to who may still use it. Raises Missing; the refusal is logged."""
    ticket = _opened(token)
    if ticket is None:
        log.refuse(ACTION, detail={"why": "forged"})
        raise Missing
    if ticket.session_id != viewer.session_id:
        raise refused(ticket, "another session")
    if clock.now().timestamp() >= ticket.until:
        raise refused(ticket, "expired")
    return ticket


def check(ticket: Ticket, viewer: Viewer, subject: Subject, item: Item) -> Sealed:
    """The box, if it is still the one that was let out and its right still stands."""
    if item.sealed is None or _told(item) != ticket.box:
        raise refused(ticket, "changed")
    if ticket.act is Act.OPEN:
        opening = openings.running(viewer, subject.id)
        reaches = opened_by(viewer, subject, opening)
        stands = opening is not None and opening.code == ticket.code and reaches(item.field)
    else:
        stands = law.stands(viewer, ASKS[ticket.act], subject, item.field)
    if not stands:
        raise refused(ticket, "ended")
    return item.sealed


def refused(ticket: Ticket, why: str) -> Missing:
    """The answer to a ticket that no longer counts, after saying so in the log."""
    log.refuse(
        ACTION,
        subject_type="customer",
        subject_ids=(ticket.customer_id,),
        fields=(ticket.item,),
        detail={"why": why},
    )
    return Missing()


def _opened(token: str) -> Ticket | None:
    try:
        whole = base64.b64decode(token + "=" * (-len(token) % 4), b"-_", validate=True)
        plain = keyring.unwrap(AES, _key(), whole, BOUND)
    except (binascii.Error, ValueError, CannotOpen):
        return None
    way, customer, session, until, box, code = _FACTS.unpack_from(plain)
    name = plain[_FACTS.size :].decode()
    return Ticket(
        _BY[way], UUID(bytes=customer), UUID(bytes=session), until, box, code.decode(), name
    )


def _told(item: Item) -> bytes:
    """A few bytes that tell one box from another."""
    return hashlib.sha256(item.sealed.box if item.sealed else b"").digest()[:8]


def _key() -> bytes:
    """Derived once an application."""
    kept: dict[str, bytes] = current_app.extensions
    if "kedang.pictures" not in kept:
        kept["kedang.pictures"] = keyring.current().derive("pictures")
    return kept["kedang.pictures"]
