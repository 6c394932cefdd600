"""The catalogue of fields: every sealed column of every table stands in it, and no other."""

from __future__ import annotations

import pytest

from crm.access import fields
from crm.access.fields import FIELDS, Level, Shows
from crm.crypto.sealed import SealedText
from crm.db import Base
from tests.crypto.meddling import PLACES

INTERFACE = {
    "open": "name short_name credit_code industry region level tags source owner status",
    "confidential": "phone address traits business shareholders preferences purchases "
    "invoice_title bank "
    "contact.name contact.title contact.role contact.gender contact.wechat contact.email "
    "follow_up.text contribution.name complaint.named complaint.text complaint.outcome "
    "grant.reason grant.named grant.answer log.note "
    "departure.reason",
    "secret": "contact.birth_date contact.education contact.mobile contact.home_address "
    "contact.hobbies contact.family contact.other contribution.value extra change.old change.new "
    "totp.secret",
}
"""Level → codes, as the interface promises them."""


@pytest.mark.parametrize("level", Level)
def test_a_level_holds_the_codes_that_were_promised(level):
    held = {code for code, field in FIELDS.items() if field.level is level}
    assert held == set(INTERFACE[level.value].split())


def test_what_is_sealed_stands_in_the_catalogue_above_open():
    kept = {
        (field.table, field.column) for field in FIELDS.values() if field.level is not Level.OPEN
    }
    assert kept == set(PLACES)


@pytest.mark.parametrize("code", INTERFACE["open"].split())
def test_an_open_field_is_a_column_that_is_not_sealed(code):
    field = FIELDS[code]
    assert not isinstance(Base.metadata.tables[field.table].c[field.column].type, SealedText)


def test_a_card_shows_the_sealed_fields_of_company_and_contact():
    shown = {field.code for field in (*fields.COMPANY, *fields.CONTACT)}
    assert shown == {
        code for code, field in FIELDS.items() if field.table in {"customers", "contacts"}
    } - set(INTERFACE["open"].split())


def test_only_numbers_are_dialled_and_only_addresses_are_driven_to():
    assert {code for code, field in FIELDS.items() if field.dial} == {"phone", "contact.mobile"}
    assert {code for code, field in FIELDS.items() if field.navigate} == {
        "address",
        "contact.home_address",
    }


def test_lists_show_a_contacts_name_and_nothing_else_that_is_sealed():
    assert [code for code, field in FIELDS.items() if field.listed] == ["contact.name"]


def test_a_secret_has_a_mask_only_where_a_mask_says_little():
    masked = {code for code, field in FIELDS.items() if field.mask}
    assert masked == {
        *("phone", "address", "contact.name", "contact.mobile"),
        *("contact.birth_date", "contact.home_address"),
    }
    assert not [code for code in masked if FIELDS[code].shows is Shows.PROSE]


def test_levels_are_named_as_the_company_names_them():
    assert [level.label for level in Level] == ["公开", "内部", "商密"]
