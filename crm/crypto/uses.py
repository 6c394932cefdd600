"""The machine's own openings: what no person sees whole and no response carries.

Every module that opens a box for the machine stands in this table; an architecture test holds the
callers to it. What is opened here is masked, compared, counted or sealed again – never returned to
a page. A job's file is no value of the archive yet: it goes back to nobody but who uploaded it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crm.crypto.sealed import Place, RecordKey, Sealed

USES = {
    "mask": "crm.disclosure.masking",  # 138****5678 on a card
    "look-up": "crm.disclosure.lookup",  # is this the value that a blind index pointed at?
    "compare": "crm.customers.saving",  # has the value changed, and what must be found under it?
    "match": "crm.customers.drafts",  # which contact of a known card does an imported row mean?
    "weigh": "crm.customers.contributing.comparing",  # does the card say the same already?
    "reindex": "crm.customers.reindex",  # blind indexes with other bits
    "merge": "crm.customers.merging.sealing",  # two cards compared; a value sealed for another key
    "snapshot": "crm.customers.merging.snapshot",  # what a merge touched, for undoing it
    "duplicates": "crm.customers.duplicates.equal",  # two cards with one number
    "classify": "crm.customers.purchases.classify",  # which level do its purchases make?
    "purchases": "crm.customers.purchases.bringing",  # is this imported purchase there already?
    "erase": "crm.customers.subjects",  # earlier copies of a contact who is to be erased
    "job": "crm.jobs",  # an uploaded file, for the work it was uploaded for
    "second factor": "crm.accounts.factors.totp",  # is this the code that the secret makes now?
    "drill": "crm.backups.drills",  # does a restored backup open?
}
"""Purpose → the one module that may ask for it."""


def use(purpose: str) -> Callable[[RecordKey, Place, Sealed], str]:
    """An opener for one of the machine's own uses. Raises KeyError for any other purpose."""
    USES[purpose]

    def unseal(key: RecordKey, place: Place, sealed: Sealed) -> str:
        return key.unseal(place, sealed)

    return unseal


def use_file(purpose: str) -> Callable[[RecordKey, Place, bytes], bytes]:
    """As `use`, for whole files. Raises KeyError for a purpose that is not in the table."""
    USES[purpose]

    def unseal(key: RecordKey, place: Place, box: bytes) -> bytes:
        return key.unseal_bytes(place, box)

    return unseal
