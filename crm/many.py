"""Many rows at once: what an import and a renamed card leave to be found by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ARRAY, bindparam, func, insert, select

from crm.db import connection, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crm.db import Base


def store(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert many small rows of plain columns, all with the same names.

    PostgreSQL takes each column as one array: it would else be asked once a row. Raises
    RuntimeError outside a writing unit.
    """
    table = model.__table__
    if connection().dialect.name != "postgresql":
        run(insert(table), rows)  # type: ignore[arg-type] # a mapped table is one
        return
    names = list(rows[0])
    arrays = (func.unnest(bindparam(name, type_=ARRAY(table.c[name].type))) for name in names)
    columns = {name: [row[name] for row in rows] for name in names}
    run(insert(table).from_select(names, select(*arrays)), columns)  # type: ignore[arg-type] # the same
