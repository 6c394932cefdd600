"""Translations: English is complete, its compiled file is fresh, and no Chinese escapes gettext."""

from __future__ import annotations

import ast
import io
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po
from jinja2 import nodes

from crm import config
from tests.architecture.sources import ROOT, called, modules, spelt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog
    from flask import Flask

CATALOG = ROOT / "crm" / "translations" / "en" / "LC_MESSAGES"
KEYWORDS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None}
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
HOLDER = re.compile(r"%\(\w+\)[sd]|%%")
CHINESE = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff01-\uff60]")
"""Han characters, and the punctuation that stands between them."""

KEPT_IN_ENGLISH = {
    "主要股东写成「名称:比例%%;名称:比例%%」；负责人写登录名。": "主要股东 负责人",
    "只有「客户名称」必填；一位联系人一行，同名的行是同一家客户。": "客户名称",
}
"""Chinese that an English sentence quotes: titles of a sheet's columns."""

IN_TEMPLATES = {
    "base.html": {"档", "中文"},
    "outside.html": {"档"},
    "accounts/_language.html": {"中文"},
    "accounts/sign_in.html": {"中文"},
    "intake/correct.html": {"中文"},
    "intake/form.html": {"中文"},
    "ui/around.html": {"档"},
}
"""The seal, and the switch that says its language in that language."""

IN_PYTHON = {
    # Text is recognised and cut by these, or kept as these.
    "crm.access.masks": (
        "欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 "
        "长孙 宇文 司徒 夏侯 端木 南宫 独孤 百里 呼延 轩辕"
    ),
    "crm.customers.duplicates.likeness": (
        "一二三四五六七八九十甲乙丙丁0123456789东西南北中上下前后新老大小abcdefg"
    ),
    "crm.customers.duplicates.places": "市 辖",
    "crm.customers.duplicates.shape": "*",
    "crm.customers.imports.values": "市场调查 客户拜访 客户自填 决策人 影响人 经办人 男 女 转 分机",
    "crm.customers.editing.slots": "；",
    "crm.customers.editing.typed": "； 简称 偏好 开户行及账号",
    "crm.customers.standing": "、 ，",
    "crm.customers.views.fields": "，",
    # Words that rows of the archive hold; TITLES beside them are what people read.
    "crm.accounts.agents": "微信",
    "crm.customers.status": "市场调查 客户拜访 客户自填",
    "crm.customers.contacts": "决策人 影响人 经办人 男 女 初中 高中 中专 大专 本科 硕士 博士",
    # The sheet's own first row and its invented examples: a format, not wording.
    "crm.customers.imports.columns": (
        "行号 原因 填写说明 客户名称 行业 地区 等级 标签 来源 负责人 公司电话 公司地址 "
        "客户特征 业务状况 主要股东 联系人 角色 职务 性别 出生日期 学历 手机 住址 "
        "性格爱好 家庭状况 备注 统一社会信用代码 开票抬头 微信 邮箱"
    ),
    "crm.customers.imports.workbooks": "*",
    "crm.customers.purchases.bringing": "客户名称 日期 品类 产品 数量 金额 备注",
    # The clause's source; Right.cited tells it.
    "crm.access.policy": "细则第二章·客户档案管理 细则第二章·7",
    # An invented company, and the command line, which speaks English and quotes posts.
    "crm.home.demo_people": "*",
    "crm.cli": "*",
}
"""Chinese outside gettext, module by module ("*": all of it); a parent speaks for its package."""


@pytest.fixture
def database() -> str:
    """Wording is the same on either."""
    return "sqlite"


def catalog(name: str) -> Catalog:
    with (CATALOG / name).open("rb") as file:
        return read_po(file, locale="en") if name.endswith(".po") else read_mo(file)


def said(wording: Catalog) -> dict[str, str]:
    return {message.id: message.string for message in wording if message.id}


@cache
def extracted() -> frozenset[str]:
    """Every msgid of the program and its pages."""
    return frozenset(
        found[2]
        for folder in ("crm", "templates")
        for found in extract_from_dir(ROOT / folder, METHODS, {}, KEYWORDS)
    )


def test_the_catalogue_holds_exactly_what_the_program_says():
    assert set(said(catalog("messages.po"))) == extracted()


def test_every_sentence_has_an_english_one():
    wording = catalog("messages.po")
    assert [message.id for message in wording if message.id and not message.string] == []
    assert [message.id for message in wording if message.fuzzy] == []
    assert wording.obsolete == {}


def test_an_english_sentence_has_the_places_of_the_chinese_one():
    wrong = {
        source: english
        for source, english in said(catalog("messages.po")).items()
        if Counter(HOLDER.findall(source)) != Counter(HOLDER.findall(english))
    }
    assert wrong == {}


def test_an_english_sentence_is_in_english():
    quoted = {source: text.split() for source, text in KEPT_IN_ENGLISH.items()}
    for source, english in said(catalog("messages.po")).items():
        for text in quoted.get(source, ()):
            assert text in english
            english = english.replace(text, "")  # noqa: PLW2901 - what is left of it
        assert not CHINESE.search(english), source


def test_the_compiled_catalogue_is_up_to_date():
    fresh = io.BytesIO()
    write_mo(fresh, catalog("messages.po"))
    fresh.seek(0)
    assert said(read_mo(fresh)) == said(catalog("messages.mo"))


def test_babel_reads_what_the_build_reads():
    mapping = (ROOT / "pyproject.toml").read_text().split("[tool.babel]")[1].split("[tool.ruff]")[0]
    for pattern, method in METHODS:
        assert f'method = "{method}"\npattern = "{pattern}"' in mapping
    suffixes = {path.suffix for path in (config.ROOT / "templates").rglob("*") if path.is_file()}
    assert suffixes == {".html"}


def literals(app: Flask, name: str) -> Iterator[str]:
    """What a template prints or compares outside `_()`; comments are gone by then."""
    tree = app.jinja_env.parse((ROOT / "templates" / name).read_text())
    wrapped = {
        id(argument)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == "_"
        for argument in call.args[:1]
    }
    yield from (one.data for one in tree.find_all(nodes.TemplateData))
    for one in tree.find_all(nodes.Const):
        if isinstance(one.value, str) and id(one) not in wrapped:
            yield one.value


def test_no_chinese_stands_bare_in_a_template(app: Flask):
    found = {}
    for path in sorted((ROOT / "templates").rglob("*.html")):
        name = str(path.relative_to(ROOT / "templates"))
        texts = " ".join(literals(app, name))
        for allowed in IN_TEMPLATES.get(name, ()):
            texts = texts.replace(f">{allowed}<", "")
        if left := CHINESE.findall(texts):
            found[name] = "".join(left)
    assert found == {}


def bare(tree: ast.Module) -> Iterator[str]:
    """The string literals of a module: no docstrings, no patterns, nothing given to gettext."""
    out = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in KEYWORDS:
            out |= {id(argument) for argument in node.args}
        elif isinstance(node, ast.Call) and spelt(node) == "re.compile":
            out |= {id(part) for part in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in out:
            yield node.value


def allowed_in(name: str) -> str:
    parts = name.split(".")
    heads = [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
    return next((IN_PYTHON[head] for head in heads if head in IN_PYTHON), "")


def test_no_chinese_stands_bare_in_the_program():
    found = {
        module.name: left
        for module in modules()
        if (allowed := allowed_in(module.name)) != "*"
        and (
            left := [
                text
                for text in bare(module.tree)
                if CHINESE.search(text) and text not in allowed.split()
            ]
        )
    }
    assert found == {}


def test_what_may_stand_bare_still_does():
    chinese = {
        module.name: [text for text in bare(module.tree) if CHINESE.search(text)]
        for module in modules()
    }
    for name, allowed in IN_PYTHON.items():
        here = [text for one, texts in chinese.items() if one.startswith(name) for text in texts]
        assert here, name
        assert allowed == "*" or set(allowed.split()) <= set(here), name
