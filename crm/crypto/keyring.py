"""The keyring: master key → key-encryption keys → one data key per record.

The master key lies in a file outside the instance. It wraps the keys in the table `keys`; the
primary record key wraps each record's random data key in the table `data_keys`. Losing the master
key loses every sealed value. The life of a key – pending, primary, decrypt-only, retired – is led
by crypto.rotation; docs/keys.md tells it.
"""

from __future__ import annotations

import base64
import binascii
import os
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app
from sqlalchemy import LargeBinary, SmallInteger, String, Uuid, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from crm import clock
from crm.crypto.sealed import RecordKey
from crm.crypto.suites import AES, NONCE, SUITES, Suite
from crm.db import Base, Moment, run
from crm.errors import CannotOpen, KeyMissing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

RECORD, BLIND = "record", "blind"
"""What a key in `keys` is for: wrapping data keys, or keyed hashes of exact look-ups."""
PENDING, PRIMARY, DECRYPT_ONLY, RETIRED = "pending", "primary", "decrypt-only", "retired"
"""The states of a key, in the order it passes through them."""
KEY_BYTES = 32
"""Length of the master key, of the keys it wraps and of the data keys, in either suite."""
WRONG_MASTER = "the master key is not the one this archive was made with; nothing was changed"


class Key(Base):
    """A key of the house, wrapped by the master key; of a retired one nothing is left."""

    __tablename__ = "keys"

    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    suite: Mapped[int] = mapped_column(SmallInteger)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)


class DataKey(Base):
    """The wrapped data key of a record (a customer, a person …). Deleting it shreds the record."""

    __tablename__ = "data_keys"

    owner_id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    key_version: Mapped[int] = mapped_column(SmallInteger, index=True)
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)


_WRAPPED = select(DataKey.owner_id, DataKey.version, DataKey.key_version, DataKey.wrapped)
DATA_KEY = _WRAPPED.where(DataKey.owner_id == bindparam("owner"))
DATA_KEYS = _WRAPPED.where(DataKey.owner_id.in_(bindparam("owners", expanding=True)))
KEPT = select(Key.purpose, Key.version, Key.state, Key.suite, Key.wrapped).where(
    Key.state != RETIRED
)
NEWEST = select(Key.version).where(Key.purpose == RECORD, Key.state == PRIMARY)


def newest() -> int | None:
    """The version that is primary in the database now."""
    return run(NEWEST).scalar()


class Keyring:
    """The keys in memory. Knows the master key; loads the wrapped ones when first asked."""

    def __init__(self, master: bytes) -> None:
        """Hold the master key."""
        self._master = master
        self._keys: dict[tuple[str, int], tuple[bytes, int]] = {}
        self._primary: dict[str, int] = {}

    def derive(self, purpose: str) -> bytes:
        """A key that needs no storing: 32 bytes from the master key, for cookies and the like."""
        info = f"kedang {purpose}".encode()
        return HKDF(hashes.SHA256(), KEY_BYTES, None, info).derive(self._master)

    def make(
        self, purpose: str, *, suite: int = AES.code, version: int = 1, state: str = PRIMARY
    ) -> Key:
        """A new key for a purpose, wrapped, to be added to the session."""
        secret = os.urandom(KEY_BYTES)
        return Key(
            purpose=purpose,
            version=version,
            state=state,
            suite=suite,
            wrapped=wrap(SUITES[suite], self._master, secret, key_bound(purpose, version)),
            made_at=clock.now(),
        )

    def key(self, purpose: str, version: int | None = None) -> tuple[bytes, int, int]:
        """(secret, suite, version) of a key, the primary one unless a version is named.

        Raises KeyMissing when there is none or the master key is the wrong one.
        """
        if purpose not in self._primary or (version and (purpose, version) not in self._keys):
            self._load()
        version = version or self._primary.get(purpose, 0)
        if (purpose, version) not in self._keys:
            raise KeyMissing(f"no {purpose} key of version {version}")
        secret, suite = self._keys[purpose, version]
        return secret, suite, version

    def _load(self) -> None:
        for purpose, version, state, suite, wrapped in run(KEPT):
            bound = key_bound(purpose, version)
            try:
                secret = unwrap(SUITES[suite], self._master, wrapped, bound)
            except (CannotOpen, KeyError):
                raise KeyMissing(WRONG_MASTER) from None
            self._keys[purpose, version] = secret, suite
            if state == PRIMARY:
                self._primary[purpose] = version

    def new_data_key(self, owner_id: UUID, version: int | None = None) -> tuple[DataKey, RecordKey]:
        """A random data key for a new record: the row to store, and the key to seal with.

        It is wrapped by the key that is primary now, not by the one this process once loaded: a
        writer cannot bring in a row of a version that is about to be retired. Who makes many in
        one unit asks for `newest` once, under the writer's lock, and gives it here.
        """
        wrapping, suite, version = self.key(RECORD, version or newest())
        secret = os.urandom(KEY_BYTES)
        wrapped = wrap(SUITES[suite], wrapping, secret, data_key_bound(owner_id, 1))
        row = DataKey(owner_id=owner_id, version=1, key_version=version, wrapped=wrapped)
        return row, RecordKey(owner_id, 1, suite, secret)

    def open_data_key(
        self, owner_id: UUID, version: int, key_version: int, wrapped: bytes
    ) -> RecordKey:
        """A stored data key, ready to use. Raises CannotOpen or KeyMissing."""
        wrapping, suite, _ = self.key(RECORD, key_version)
        secret = unwrap(SUITES[suite], wrapping, wrapped, data_key_bound(owner_id, version))
        return RecordKey(owner_id, version, suite, secret)

    def record_keys(self, owner_ids: Iterable[UUID]) -> dict[UUID, RecordKey]:
        """The data keys of several records, in one query. A shredded record has none."""
        rows = run(DATA_KEYS, {"owners": list(owner_ids)})
        return {row[0]: self.open_data_key(*row) for row in rows}

    def has_key(self, owner_id: UUID) -> bool:
        """Whether a record of this id has a data key: its id can be given to no other."""
        return run(DATA_KEY, {"owner": owner_id}).first() is not None

    def record_key(self, owner_id: UUID) -> RecordKey:
        """One record's data key. Raises CannotOpen when it is gone."""
        row = run(DATA_KEY, {"owner": owner_id}).first()
        if row is None:
            raise CannotOpen("the record's data key is gone")
        return self.open_data_key(*row)


def current() -> Keyring:
    """The keyring of the running application."""
    ring: Keyring = current_app.extensions["kedang.keyring"]
    return ring


def read_master_key(path: Path) -> bytes:
    """The master key from its file. Raises KeyMissing when it is not there or not a key."""
    try:
        key = base64.b64decode(path.read_text("ascii").strip(), validate=True)
    except (OSError, UnicodeError, binascii.Error):
        raise KeyMissing(f"no readable master key at {path}") from None
    if len(key) != KEY_BYTES:
        raise KeyMissing(f"the file {path} does not hold a master key")
    return key


def make_master_key(path: Path) -> None:
    """Write a new master key, mode 0600, never over an old one. Raises FileExistsError."""
    keep_master_key(path, os.urandom(KEY_BYTES))


def keep_master_key(path: Path, key: bytes) -> None:
    """Write this master key, as `make_master_key` does. Raises FileExistsError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def wrap(suite: Suite, key: bytes, secret: bytes, bound: bytes) -> bytes:
    """A key sealed with another one, bound to what it is for."""
    nonce = os.urandom(NONCE)
    return nonce + suite.encrypt(suite.wrapping(key), nonce, secret, bound)


def unwrap(suite: Suite, key: bytes, wrapped: bytes, bound: bytes) -> bytes:
    """The key that was wrapped. Raises CannotOpen."""
    return suite.decrypt(suite.wrapping(key), wrapped[:NONCE], wrapped[NONCE:], bound)


def key_bound(purpose: str, version: int) -> bytes:
    """What a key of the house is bound to."""
    return f"keys\0{purpose}\0{version}".encode()


def data_key_bound(owner_id: UUID, version: int) -> bytes:
    """What a record's data key is bound to."""
    return b"data_keys\0" + owner_id.bytes + version.to_bytes(2, "big")
