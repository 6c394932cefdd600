"""Contributing to the planted customer: facts that wait, a link that is open, a consent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm.customers.contributing import consents, links, records, taking
from crm.customers.contributing.reading import Said, Told
from crm.customers.contributing.table import COMPANY, PERSON
from crm.web import unit
from tests import cast

if TYPE_CHECKING:
    from uuid import UUID

    from tests.walk.planting import Plant

UNKNOWN = "密未知名末示例商行"
WRITER = "yuan"
"""Has no archive, and gains none by writing."""


def contribute(made: Plant, name: str) -> None:
    """Two of yuan's contributions, to the planted customer and to nobody known; and zhao's link."""
    with unit.work(cast.viewer(WRITER).actor()):
        made.ids["contribution"] = _written(made, name, "contributed")
        other = made.ids["unknown contribution"] = _written(made, UNKNOWN, "contributed to nobody")
        item = f"contribution.{other}.name"
        made.mark(UNKNOWN, "contributed name", "contribution.name", item)
        made.names.remove(item)
    zhao = cast.viewer("zhao")
    with unit.work(zhao.actor()):
        link, made.token = links.make(zhao, made.customer_id, 7)
        made.ids["link"] = link.id
        consents.told(zhao, made.customer_id, made.contact_id, ["contact.mobile"])
        made.ids["consent"] = consents.of(made.customer_id)[made.contact_id][0]["id"]  # type: ignore[assignment] # a row's own id


def _written(made: Plant, name: str, kind: str) -> UUID:
    """A contribution whose every fact is a marker of its own."""
    company = [Said(0, code, f"密{kind[-6:]}{code}末") for code in COMPANY]
    person = [Said(1, code, f"密{kind[-6:]}{code[8:]}人末") for code in PERSON]
    told = Told(name, "客户拜访", [*company, *person])
    row = taking.from_person(cast.viewer(WRITER), told, None, None)
    for fact in records.facts([row.id])[row.id]:
        text = next(one.text for one in told.facts if one.code == fact.code)
        item = f"fact.{fact.id}.{fact.code}"
        made.mark(text, kind, "contribution.value", item)
        made.names.remove(item)  # not of the card: /reveal does not know it
    return row.id
