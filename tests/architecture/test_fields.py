"""Every column has declared itself: sealed and in the catalogue, or open by name."""

from __future__ import annotations

import importlib

from sqlalchemy import JSON, LargeBinary, String

from crm.access.fields import FIELDS, Level, Shows
from crm.crypto.sealed import Sealed, SealedText
from crm.db import Base
from tests.architecture.sources import names

for name in names() - {"crm.__main__"}:  # every table is mapped once its module is there
    importlib.import_module(name)

SEALED = {(field.table, field.column) for field in FIELDS.values() if field.level is not Level.OPEN}
OPEN = {(field.table, field.column) for field in FIELDS.values() if field.level is Level.OPEN}

OPEN_BESIDES = {
    "changes": {"code", "kept_in", "kept_as", "source"},  # which field changed, not what it says
    "consents": {"code", "wording", "way"},  # to which fact and words, never what the fact says
    "contacts": {"facts"},  # field code → source, day, login
    "contributed_facts": {"code", "state", "reason"},  # a table's codes; what was written is a box
    "contributions": {"source", "state"},
    "customer_tags": {"tag"},
    "customers": {  # all made of open names
        "also_named",
        "name_key",
        "sort_name",
        "search_text",
        "facts",
    },
    "departures": {"kind", "state"},
    "departure_ticks": {"item"},
    "complaints": {"number"},
    "grants": {  # its terms: what may be done with which fields, never what they say
        "number",
        "purpose",
        "acts",
        "fields",
        "level",
        "state",
    },
    "extra_fields": {"label", "kind", "about", "choices"},
    "extra_values": set(),
    "follow_ups": {"kind", "outcome"},
    "level_proposals": {"level", "why"},  # codes of rules, no figures
    "owner_changes": {"how", "why"},  # codes: whoever returns a card chooses a reason
    "jobs": {"kind", "state", "facts"},  # counts and the file's name
    "log_entries": {"action", "result", "text"},  # names of fields; free text is its own column
    "name_grams": {"gram"},
    "terms": {"kind", "word"},  # industries, regions, tags
}
"""Text that tables of the archive keep readable although the catalogue does not name it."""

BYTES = {
    "contributions.correction_hash",
    "data_keys.wrapped",
    "intake_links.token_hash",
    "job_files.box",
    "keys.wrapped",
    "log_entries.leaf",
    "merges.box",
    "passkeys.credential_id",
    "passkeys.public_key",
    "recovery_codes.code_hash",
    "sign_ins.challenge",
    "sign_ins.token_hash",
    "trusted_devices.token_hash",
}
"""Columns of bytes: wrapped keys, sealed files and hashes – nothing else is kept in that form."""


def columns(*kinds: type) -> set[tuple[str, str]]:
    """Table and column of every column whose type is one of these."""
    return {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, kinds)
    }


def test_every_sealed_column_stands_in_the_catalogue_and_nothing_else_does():
    assert columns(SealedText) == SEALED


def test_open_facts_of_the_catalogue_are_columns_too():
    there = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
    }
    assert there >= OPEN


def test_text_of_the_archive_is_sealed_or_declared_open():
    readable = columns(String, JSON)
    archive = {(table, column) for table, column in readable if table in OPEN_BESIDES}
    declared = {(table, column) for table, names in OPEN_BESIDES.items() for column in names}
    assert archive == declared | {(table, column) for table, column in OPEN if column != "owner_id"}


def test_tables_beside_the_archive_are_named_so_that_a_new_one_is_noticed():
    assert {table for table, _column in columns(String, JSON)} - set(OPEN_BESIDES) == {
        "backup_runs",
        "binned_customers",
        "blind_generations",
        "blind_terms",
        "duplicate_pairs",  # reasons' codes
        "house_settings",
        "keys",
        "law_proposals",
        "law_versions",
        "leases",
        "merges",  # the open name of the card that went
        "notices",
        "number_series",
        "openings",
        "passkeys",  # the name that its owner gave it
        "people",
        "shredded_customers",
        "sign_ins",
        "teams",
        "trusted_devices",
    }


def test_bytes_are_wrapped_keys_sealed_files_and_hashes():
    plain = columns(LargeBinary) - columns(SealedText)
    assert {f"{table}.{column}" for table, column in plain} == BYTES


def test_a_column_of_the_orm_says_that_it_is_sealed():
    """`Mapped[Sealed | None]`: whoever reads the model sees it, and mypy holds readers to it."""
    for mapper in Base.registry.mappers:
        for column in mapper.local_table.columns:
            if isinstance(column.type, SealedText):
                hint = str(mapper.class_.__annotations__[column.name])
                assert Sealed.__name__ in hint, f"{mapper.class_.__name__}.{column.name}"


def test_secret_values_that_can_be_dialled_or_driven_to_have_masks():
    for field in FIELDS.values():
        if field.dial or field.navigate:
            assert field.mask, field.code


def test_only_values_above_open_have_masks_and_prose_has_none():
    for field in FIELDS.values():
        if field.mask:
            assert field.level is not Level.OPEN, field.code
            assert field.shows is Shows.PICTURE, field.code
