"""The main job on real input: the file of 1,200 companies, when it lies beside the checkout."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from crm.customers.imports import rows, sheet, workbooks

FILE = Path(__file__).parents[3].parent / "shared" / "data" / "customers.xlsx"
LOGINS = {"zhangwei", "lina", "wangfang"}

pytestmark = pytest.mark.skipif(not FILE.exists(), reason="shared/data/customers.xlsx is not here")


@pytest.fixture
def file():
    return io.BytesIO(FILE.read_bytes())


def test_the_real_file_is_read_without_a_problem_and_fast(file, capsys):
    before = time.perf_counter()
    outcome = rows.drafts(sheet.read(file, FILE.name), LOGINS.__contains__)
    seconds = time.perf_counter() - before
    assert (outcome.total_rows, len(outcome.drafts)) == (2_120, 1_200)
    assert (outcome.problems, outcome.notes) == ([], [])
    assert sum(len(draft.contacts) for draft in outcome.drafts) == 2_120
    assert all(contact.mobile for draft in outcome.drafts for contact in draft.contacts)
    with capsys.disabled():
        print(f"\nread and validated {outcome.total_rows / seconds:,.0f} rows/s")  # noqa: T201 - its result is a number


def test_with_an_unknown_owner_only_the_rows_that_name_them_are_refused(file):
    found = sheet.read(file, FILE.name)
    outcome = rows.drafts(found, (LOGINS - {"lina"}).__contains__)
    assert {problem.column for problem in outcome.problems} == {"负责人"}
    assert len(outcome.problems) == outcome.refused_rows == 418
    mended = io.BytesIO(workbooks.errors(found, outcome.problems))
    again = rows.drafts(sheet.read(mended, "errors.xlsx"), LOGINS.__contains__)
    assert (again.total_rows, again.problems) == (418, [])
