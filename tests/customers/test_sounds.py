"""Sounds: the short list of readings gives what the long one gives, in far less room."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from crm.customers import names
from crm.customers.sounds import READINGS
from tests.architecture.sources import modules
from tests.customers.readings import derived


def test_the_list_holds_what_the_installed_pypinyin_says():
    assert READINGS.read_text("utf-8") == derived()


@pytest.mark.parametrize(
    ("name", "sounded"),
    [
        ("重庆银行", "chong2 qing4 yin2 hang2"),
        ("厦门重工", "xia4 men2 zhong4 gong1"),
        ("长春音乐厅", "chang2 chun1 yin1 yue4 ting1"),
        ("六安都市传媒", "lu4 an1 du1 shi4 chuan2 mei2"),
        ("成长教育", "cheng2 zhang3 jiao4 yu4"),
    ],
)
def test_a_word_is_read_as_a_word(name, sounded):
    assert names.sounded(name) == sounded


def test_the_program_never_loads_the_long_list():
    asked = "import sys, crm.cli, crm.home.first; print('pypinyin.phrases_dict' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_pypinyin_is_asked_through_this_room_alone():
    asking = {
        module.name
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pypinyin")
    }
    assert asking == {"crm.customers.sounds"}
