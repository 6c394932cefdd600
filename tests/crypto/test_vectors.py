"""The published vectors: the file, this program and the written formats agree byte for byte."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update

from crm.audit.entry import Actor, Entry, canonical, leaf_hash
from crm.crypto import blind, keyring
from crm.crypto.keyring import Key, Keyring
from crm.crypto.sealed import Place, RecordKey, Sealed
from tests.crypto import vectors
from tests.crypto.meddling import run

PUBLISHED = vectors.vectors()
OF_SUITE = {vectors.AES_GCM: PUBLISHED, vectors.SM4_GCM: PUBLISHED["suite_2"]}
OWNER = str(vectors.OWNER)
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def bytes_of(vector: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(vector[name])


def each(name: str) -> list[Any]:
    """The published vectors of a kind, those of either suite."""
    return [
        pytest.param(suite, one, id=f"{suite}-{number}")
        for suite, published in OF_SUITE.items()
        for number, one in enumerate(published[name])
    ]


@pytest.fixture
def ring(app, suite):
    """The keyring of an archive that was made with the published keys of a suite."""
    for one in OF_SUITE[suite]["keys"]:
        kept = {"suite": suite, "wrapped": bytes_of(one, "wrapped")}
        run(app, update(Key).where(Key.purpose == one["purpose"]).values(kept))
    app.extensions["kedang.keyring"] = Keyring(vectors.MASTER)
    with app.app_context():
        yield keyring.current()


def test_the_published_file_is_what_the_formats_say():
    assert vectors.FILE.read_text("utf-8") == vectors.published()


@pytest.mark.parametrize(("suite", "one"), each("boxes"))
def test_a_box_is_sealed_and_opened_byte_for_byte(suite, one):
    key = RecordKey(UUID(OWNER), one["version"], suite, vectors.DATA_SECRET)
    place = Place(one["table"], one["column"], UUID(one["row_id"]))
    sealed = key.seal(place, one["text"], nonce=bytes_of(one, "nonce"))
    assert sealed.box == bytes_of(one, "box")
    assert place.bound(suite, one["version"]) == bytes_of(one, "bound")
    assert key.unseal(place, Sealed(bytes_of(one, "box"))) == one["text"]


@pytest.mark.parametrize("one", PUBLISHED["derived"], ids=lambda one: one["purpose"])
def test_a_derived_key_is_hkdf_over_the_master_key(one):
    assert Keyring(vectors.MASTER).derive(one["purpose"]) == bytes_of(one, "key")


@on_sqlite
@pytest.mark.parametrize(("suite", "one"), each("keys"))
def test_a_wrapped_key_of_the_house_opens(ring, suite, one):
    assert ring.key(one["purpose"]) == (bytes_of(one, "secret"), suite, 1)


@on_sqlite
@pytest.mark.parametrize(("suite", "one"), each("data_keys"))
def test_a_wrapped_data_key_opens(ring, suite, one):
    owner, version = UUID(one["owner_id"]), one["version"]
    opened = ring.open_data_key(owner, version, one["key_version"], bytes_of(one, "wrapped"))
    assert opened == RecordKey(owner, version, suite, bytes_of(one, "secret"))


@on_sqlite
@pytest.mark.parametrize(("suite", "one"), each("blind_terms"))
@pytest.mark.usefixtures("ring")
def test_a_blind_term_is_the_leading_bits_of_a_keyed_hash(suite, one):  # noqa: ARG001 - the ring's
    assert blind.hashed(one["index"], one["text"], one["bits"]) == one["value"]


def test_a_log_entry_has_its_canonical_text_and_leaf():
    (one,) = PUBLISHED["log"]
    said = one["entry"]
    entry = Entry(
        said["action"],
        said["result"],
        said["subject_type"],
        tuple(map(UUID, said["subject_ids"])),
        tuple(said["fields"]),
        purpose=said["purpose"],
        code=said["code"],
        note=Sealed(base64.b64decode(said["note"])),
        detail=said["detail"],
        id=UUID(said["id"]),
    )
    actor = Actor(UUID(OWNER), said["actor"], said["role"])
    at = datetime.fromisoformat(said["at"])
    text = canonical(said["seq"], at, actor, "", said["address"], entry)
    assert text == one["text"]
    assert leaf_hash(text).hex() == one["leaf"]
