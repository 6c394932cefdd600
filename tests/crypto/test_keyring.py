"""The keyring: the file of the master key, the wrapped keys, and what happens when one is wrong."""

from __future__ import annotations

import base64
import os
import stat
from itertools import product
from uuid import UUID

import pytest
from sqlalchemy import delete, insert, select, update

from crm import create_app
from crm.crypto import keyring
from crm.crypto.keyring import DataKey, Key, Keyring
from crm.crypto.sealed import Place
from crm.crypto.suites import AES, NAMED
from crm.db import db, uuid7
from crm.errors import CannotOpen, KeyMissing
from crm.web import unit
from tests.crypto.meddling import flipped, run

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(params=list(NAMED))
def ring(app, request):
    """The keyring of an archive of either suite."""
    of_suite(app, request.param)
    with app.app_context():
        yield keyring.current()


def of_suite(app, name: str) -> None:
    """Give an empty archive keys of this suite; its people's own keys go with the old ones."""
    with app.app_context(), unit.work():
        fresh = [
            app.extensions["kedang.keyring"].make(purpose, suite=NAMED[name].code)
            for purpose in (keyring.RECORD, keyring.BLIND)
        ]
        for key in fresh:
            here = update(Key).where(Key.purpose == key.purpose)
            db.session.execute(here.values(suite=key.suite, wrapped=key.wrapped))
        app.extensions["kedang.keyring"]._keys.clear()
        app.extensions["kedang.keyring"]._primary.clear()


def forgetful(app) -> Keyring:
    """A keyring with the same master key that has loaded nothing yet."""
    return Keyring(app.extensions["kedang.keyring"]._master)


def test_a_new_master_key_is_its_owners_alone(tmp_path):
    path = tmp_path / "deep" / "master.key"
    keyring.make_master_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(keyring.read_master_key(path)) == 32


def test_a_master_key_is_never_written_over(tmp_path):
    path = tmp_path / "master.key"
    keyring.make_master_key(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        keyring.make_master_key(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [None, b"", b"not base64 at all!", b"\xff\xfe", base64.b64encode(bytes(31)), bytes(32)],
)
def test_a_file_that_holds_no_master_key_is_named_and_not_quoted(tmp_path, content):
    path = tmp_path / "master.key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KeyMissing, match=r"master\.key") as refused:
        keyring.read_master_key(path)
    assert not content or content.decode("latin1") not in str(refused.value)


def test_the_program_does_not_start_without_its_master_key(tmp_path):
    with pytest.raises(KeyMissing):
        create_app({"CRM_INSTANCE": str(tmp_path), "CRM_MASTER_KEY_FILE": "/nowhere/master.key"})


def test_the_program_does_not_start_with_the_master_key_inside_its_instance(tmp_path):
    inside = str(tmp_path / "deep" / "master.key")
    with pytest.raises(ValueError, match="must not lie inside"):
        create_app({"CRM_INSTANCE": str(tmp_path), "CRM_MASTER_KEY_FILE": inside})


@on_sqlite
def test_with_another_master_key_nothing_opens(app):
    with app.app_context(), pytest.raises(KeyMissing, match="not the one"):
        Keyring(os.urandom(32)).key(keyring.RECORD)


@on_sqlite
def test_a_key_that_is_not_there_is_missing(ring):
    with pytest.raises(KeyMissing, match="no coffee key"):
        ring.key("coffee")
    with pytest.raises(KeyMissing, match="version 9"):
        ring.key(keyring.RECORD, 9)


@on_sqlite
def test_a_retired_key_is_not_loaded(app):
    run(app, update(Key).where(Key.purpose == keyring.RECORD).values(state="retired"))
    with app.app_context(), pytest.raises(KeyMissing):
        forgetful(app).key(keyring.RECORD)


@on_sqlite
def test_an_older_key_still_opens_what_it_wrapped(app):
    """A second version becomes primary; the first, decrypt-only, opens the old data keys."""
    old = app.extensions["kedang.keyring"]
    with app.app_context():
        row, key = old.new_data_key(uuid7())
        bound = keyring.key_bound(keyring.RECORD, 2)
        wrapped = keyring.wrap(AES, old._master, bytes(32), bound)
        second = {"purpose": "record", "version": 2, "suite": 1, "wrapped": wrapped}
        first = update(Key).where(Key.purpose == "record").values(state="decrypt-only")
        moment = db.session.scalar(select(Key.made_at).limit(1))
        db.session.rollback()
        run(app, first, insert(Key).values(second | {"state": "primary", "made_at": moment}))
        assert old.key("record", 2) == (bytes(32), 1, 2), "a version not yet known is looked for"
        again = forgetful(app)
        assert again.key("record")[2] == 2
        assert again.open_data_key(key.owner_id, 1, row.key_version, row.wrapped) == key
        assert again.new_data_key(uuid7())[0].key_version == 2


@on_sqlite
def test_every_record_has_a_random_key_of_its_own(ring):
    keys = [ring.new_data_key(uuid7()) for _ in range(50)]
    assert len({key.secret for _row, key in keys}) == len({row.wrapped for row, _key in keys}) == 50
    assert not any(key.secret in row.wrapped for row, key in keys)


@on_sqlite
def test_a_wrapped_data_key_with_any_bit_flipped_does_not_open(ring):
    row, _key = ring.new_data_key(uuid7())
    for at, bit in product(range(len(row.wrapped)), range(8)):
        with pytest.raises(CannotOpen):
            ring.open_data_key(row.owner_id, 1, 1, flipped(row.wrapped, at, bit))


@on_sqlite
def test_a_data_key_of_another_record_or_version_does_not_open(ring):
    row, _key = ring.new_data_key(uuid7())
    for owner, version in [(uuid7(), 1), (row.owner_id, 2)]:
        with pytest.raises(CannotOpen):
            ring.open_data_key(owner, version, 1, row.wrapped)
    with pytest.raises(KeyMissing):
        ring.open_data_key(row.owner_id, 1, 7, row.wrapped)


@on_sqlite
def test_a_key_of_the_house_serves_no_other_purpose(app):
    taken = select(Key.wrapped).where(Key.purpose == "blind").scalar_subquery()
    run(app, update(Key).where(Key.purpose == "record").values(wrapped=taken))
    with app.app_context(), pytest.raises(KeyMissing):
        forgetful(app).key(keyring.RECORD)


def test_data_keys_are_loaded_together_and_a_shredded_record_has_none(app, ring, planted):
    other = uuid7()
    assert set(ring.record_keys([planted.customer_id, other])) == {planted.customer_id}
    assert ring.record_key(planted.customer_id).owner_id == planted.customer_id
    db.session.rollback()
    run(app, delete(DataKey).where(DataKey.owner_id == planted.customer_id))
    with pytest.raises(CannotOpen, match="gone"):
        ring.record_key(planted.customer_id)


@on_sqlite
def test_derived_keys_differ_by_purpose_and_master_key(ring):
    other = Keyring(bytes(32))
    given = [ring.derive("cookies"), ring.derive("tokens"), other.derive("cookies")]
    assert len(set(given)) == 3
    assert {len(one) for one in given} == {32}


@on_sqlite
def test_what_one_record_sealed_another_cannot_open(ring):
    place = Place("customers", "phone", UUID(int=1))
    (_one, key), (_two, other) = (ring.new_data_key(uuid7()) for _ in range(2))
    with pytest.raises(CannotOpen):
        other.unseal(place, key.seal(place, "0311-88887777"))
