"""Words: what a template asks for must have been said, and stands in the page's language."""

from __future__ import annotations

import pytest
from flask import render_template_string
from jinja2 import UndefinedError
from markupsafe import Markup, escape

from crm.customers.status import Status

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    "template",
    ["{{ nobody }}", "{% if nobody %}{% endif %}", "{% for one in nobody %}{% endfor %}"],
)
def test_a_name_that_no_view_has_said_is_a_mistake(app, template):
    with app.test_request_context(), pytest.raises(UndefinedError):
        render_template_string(template)


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        ("{{ typed.text }}|", "|"),
        ("{% if typed.text %}yes{% else %}no{% endif %}", "no"),
        ("{% for one in typed.rows %}x{% endfor %}|", "|"),
        ("{{ 'yes' if [0][1:]|first else 'no' }}", "no"),
        ("{{ nobody|default('else') }}", "else"),
        ("{{ nobody is defined }}", "False"),
    ],
)
def test_a_key_that_a_dictionary_lacks_is_nothing(app, template, printed):
    with app.test_request_context():
        assert render_template_string(template, typed={}) == printed


class _Tagged:
    """A value that says itself how it stands in a page."""

    def __html__(self):
        return "<i>&amp;</i>"


class _Rude(str):
    """A string that is more than one: nobody may take it for harmless by its kind."""

    __slots__ = ()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "客户名称",
        "𬘭镕 & Söhne",
        "<script>alert(1)</script>",
        "\"' onload=x",
        "a'b",
        "a>b",
        Markup("<b>&amp;</b>"),
        _Rude("<b>"),
        _Tagged(),
        Status.WON,
        0,
        None,
        ["<b>"],
    ],
)
def test_a_value_is_escaped_as_markupsafe_escapes_it(app, value):
    printed = (
        "{{ value }}|{% set kept %}{{ value }}{% endset %}{{ kept }}|"
        "{% autoescape false %}{{ value }}{% endautoescape %}"
    )
    with app.test_request_context():
        said = render_template_string(printed, value=value)
    assert said == f"{escape(value)}|{escape(value)}|{value}"
