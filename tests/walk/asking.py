"""Asking: every request that the walk makes of a route – ids, methods, formats and forms."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from io import BytesIO
from itertools import cycle, product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from crm import clock
from crm.access.fields import COMPANY
from crm.customers.purchases import classify
from crm.disclosure.acts import Act, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from uuid import UUID

    from flask import Flask
    from werkzeug.routing import Rule

    from tests.walk.planting import Plant

PAGE, PART, JSON = {}, {"HX-Request": "true"}, {"Accept": "application/json"}
FORMATS = (PAGE, PART, JSON)
"""As a browser asks for a page, as htmx asks for a part, as a program asks for JSON."""
CALLED = (".mobile", "address", "phone")
"""Fields that are dialled or driven to, whatever else they are."""
AT_ONCE = 20
"""Fields in one form: /reveal takes no more."""

QUERIES = {
    "customers.index": (
        "scene=mine", "scene=shared", "scene=starred", "scene=all", "scene=team", "scene=nowhere",
        "scene=pool",
        "q={tail}", "q={mobile}", "q={phone}", "q={name}", "q=zt", "q={part}&in=contacts",
        "sort=name&direction=desc", "sort=phone", "sort=next&page=2", "next=today", "page=999999",
    ),
    "authority.new": ("customer={customer}", "customer={random}&level=A", "customer=x"),
    "customers.bin_page": ("before=2020-01-01T00:00:00%2B00:00", "before=x"),
    "customers.board": (
        "kind=gaps", "kind=nobody", "kind=quiet-a", "kind=year&owner={random}", "kind=phone",
        "kind=gaps&after=x~{random}",
    ),
    "customers.handover": (
        "from={random}", "from={random}&why=leaving", "from=nobody", "id={customer}",
        "from={mobile}",
    ),
    "customers.name_check": ("name={name}", "name="),
    "customers.pairs": ("page=2", "page=x"),
    "customers.history": ("page=2", "page=x"),
    "customers.pool": ("q={name}", "q={mobile}", "q=zt", "after=x~y", "after={random}"),
    "customers.seen_by": ("before=5", "before=99999999"),
    "customers.today": ("card={customer}",),
    "customers.contribute": ("customer={customer}", "customer={random}", "customer=x"),
    "customers.intake_links": ("customer={customer}", "customer={random}"),
    "customers.terms": ("q=",),
    "desk.entries": (
        "customer={customer}", "action=reveal", "result=refused", "since=today", "before=9999999",
        "person={random}", "action={mobile}",
    ),
    "work.enter": ("person={random}", "person={mobile}"),
    "home.sign_in": ("next=/customers/{customer}",),
}  # fmt: skip
"""Addresses that carry more than ids: searches, filters, pages."""

REVEAL = "customers.reveal"
METHODS = {"HEAD", "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
BESIDE = {
    "authority.confirm": "second grant",
    "authority.decide": "spare grant",
    "authority.revoke": "third spare grant",
    "authority.withdraw": "another spare grant",
    "customers.erase": "spare card",
    "customers.shred": "binned card",
    "customers.take_out": "another binned card",
    "work.sign": "complete departure",
    "work.withdraw": "spare departure",
    "customers.throw_in": "spare card",
    "home.approve": "proposal",
    "home.refuse": "another proposal",
    "home.withdraw": "third proposal",
}
"""What would take the planted card or request away is tried on others beside it."""
SPARED = {"customer_id", "departure_id", "grant_id", "proposal_id"}
"""Parameters for which something beside is tried."""
FITTING: dict[str, dict[str, Any]] = {
    "authority.ask": {
        "names": "查无此名示例商行",
        "what": "confidential",
        "act": "open",
        "reason": "要用",
        "days": "1",
    },
    "authority.confirm": {"answer": "no"},
    "authority.decide": {"decide": "refuse", "answer": "不必"},
    "authority.delegate": {"first": "2199-01-01", "last": "2199-01-02"},
    "authority.give_standing": {"until": str(clock.today() + timedelta(days=30))},
    "customers.attempt": {"kind": "copy"},
    "customers.add_field": {"kind": "text"},
    "customers.contribute": {"source": "市场调查", "business": "没有秘密的一句话"},
    "customers.intake": {"business": "没有秘密的一句话"},
    "customers.assign": {"to": "sun"},
    "home.change_settings": {"group": "level"}
    | {one.name: str(one.default) for one in classify.TABLE},
    "home.freeze": {"frozen": "0"},
    "home.propose": {"knob": "executives.dial", "value": "3"},
    "work.close_complaint": {"outcome": "没有秘密的一句话"},
    "work.take_complaint": {"name": "查无此名示例商行"},
    "work.tick": {"item": "tasks"},
}
"""Where the form for everybody means something else to two of them."""


@dataclass(slots=True)
class Ask:
    """One request, ready to be sent."""

    endpoint: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The endpoint, and where one has several acts, which: each has its own expectations."""
        act = self.form.get("act", "reveal")
        return self.endpoint if self.endpoint != REVEAL or act == "reveal" else f"{REVEAL}: {act}"

    def __str__(self) -> str:
        return f"{self.method} {self.path} {dict(self.headers)} {self.form}"


class Asking:
    """Makes the requests of one person: `ids` says what could stand for which parameter."""

    def __init__(self, app: Flask, plant: Plant, ids: Mapping[str, list[UUID]]) -> None:
        rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
        self.rules = sorted(rules, key=lambda rule: rule.rule, reverse=True)
        self.plant, self.ids = plant, ids
        self.words = {
            "tail": plant.text("contact.mobile")[-4:],
            "mobile": plant.text("contact.mobile"),
            "phone": plant.text("phone"),
            "name": plant.text("contact.name"),
            "part": plant.text("contact.name")[:2],
            "customer": plant.customer_id,
            "random": uuid4(),
        }

    def paths(self, rule: Rule) -> list[str]:
        """A route's addresses with every id that it could be given, the fitting one first."""
        names = sorted(rule.arguments)
        made = []
        for values in product(*(self._choices(name, rule.endpoint) for name in names)):
            built = rule.build(dict(zip(names, values, strict=True)))
            assert built, rule.rule
            made.append(built[1])
        return made

    def _choices(self, name: str, endpoint: str) -> list[Any]:
        if name in SPARED and endpoint in BESIDE:
            return [self.plant.ids[BESIDE[endpoint]], uuid4()]
        if name == "token":
            return [self.plant.token, "x" * 32, self.plant.picture]
        if name == "kind":
            return ["industry", "tag", "phone"]
        if name not in self.ids:
            raise AssertionError(f"the walk does not know what to put in for <{name}>: teach it")
        return self.ids[name]

    def looks(self, *, widely: bool) -> Iterator[Ask]:
        """GET every page: in every format, with every id, and `widely` with every query."""
        for rule in self.rules:
            if "GET" not in (rule.methods or ()):
                continue
            first, *others = self.paths(rule)
            yield from (Ask(rule.endpoint, "GET", first, headers) for headers in FORMATS)
            yield from (
                Ask(rule.endpoint, "GET", path, how) for path, how in zip(others, cycle(FORMATS))
            )
            for query in QUERIES.get(rule.endpoint, ()) if widely else ():
                yield Ask(rule.endpoint, "GET", f"{first}?{query.format(**self.words)}")

    def methods(self, *, wrong: bool) -> Iterator[Ask]:
        """HEAD of every page; `wrong` adds OPTIONS and whatever a route does not take."""
        for rule in self.rules:
            path, allowed = self.paths(rule)[0], rule.methods or set()
            others = (METHODS - allowed) | {"OPTIONS"} if wrong else set()
            for method in sorted(allowed & {"HEAD"} | others):
                yield Ask(rule.endpoint, method, path)

    def forms(self) -> Iterator[Ask]:
        """POST to every route: nothing, and a form for everybody; signing out comes last."""
        last: list[Ask] = []
        for rule in self.rules:
            if "POST" not in (rule.methods or ()):
                continue
            first, *others = self.paths(rule)
            made = [Ask(rule.endpoint, "POST", first, how) for how in FORMATS[1:]]
            for path, how in zip((first, *others[:2]), FORMATS, strict=False):
                made.append(Ask(rule.endpoint, "POST", path, how, self.form(rule.endpoint)))
            made += [
                Ask(rule.endpoint, "POST", path, PAGE, self.form(rule.endpoint))
                for path in others[2:]
            ]
            if rule.endpoint == "home.sign_out":
                last = made
            else:
                yield from made
        yield from last

    def form(self, endpoint: str) -> dict[str, Any]:
        """A form with something for everybody: what a view does not know it leaves alone."""
        return (
            {
                "grant": str(self.plant.ids["grant"]),
                "holder": str(self.plant.ids["service"]),
                "field": self.plant.names[:AT_ONCE],
                "purpose": Purpose.FOLLOW_UP.value,
                "act": Act.REVEAL.value,
                "outcome": "reached",
                "text": "没有秘密的一句话",
                "frozen": "1",
                "column": ["level", "contact", "last"],
                "label": "一个扩展字段",
                "kind": "phone",
                "about": "customer",
                "role": "staff",
                "name": "改名的人",
                "version": "1",
                "contact": str(self.plant.contact_id),
                "agreed": "contact.mobile",
                "id": str(self.plant.ids["other"]),
                "low": str(min(self._pair())),
                "high": str(max(self._pair())),
                "to": "wang",
                "why": "other",
                "count": "1",
                "source": "客户拜访",
                "person": self.plant.text("contact.name"),
                "mobile": self.plant.text("contact.mobile"),
                "checked": "1",
                "file": (
                    BytesIO("客户名称,行业\n丽水山茶示例有限公司,茶叶\n".encode()),
                    "客户.csv",
                ),
            }
            | FITTING.get(endpoint, {})
            | self._deputy(endpoint)
        )

    def _deputy(self, endpoint: str) -> dict[str, str]:
        return {"to": str(self.plant.ids["deputy"])} if endpoint == "authority.delegate" else {}

    def _pair(self) -> list[UUID]:
        return [self.plant.customer_id, self.plant.ids["other"]]

    def edits(self, version: int) -> Iterator[Ask]:
        """Save what is there, add a row, type something wrong, save over what others changed."""
        path = f"/customers/{self.plant.customer_id}/edit"
        now, late = {"version": str(version)}, {"version": "2"}  # the first texts were there
        facts = [name for name in self.plant.names if name.startswith("contact.")]
        facts += [spec.code for spec in COMPANY] + self.plant.slots
        both = {"share.0.name": "别人", "share.0.share": "1"} | {
            f"{one}-clear": "1" for one in facts
        }
        for form in (late, late | both, now | {"add": "contact"}, now | {"phone": "不是电话"}, now):
            yield Ask("customers.edit", "POST", path, PAGE, form)

    def openings(self) -> Iterator[Ask]:
        """Open the work card for every purpose there is, and for some there are not."""
        path = f"/customers/{self.plant.customer_id}/open"
        for purpose in (*(one.value for one in Purpose), "", "none"):
            yield Ask(
                "customers.open_card", "POST", path, PAGE, {"purpose": purpose, "note": "说明"}
            )

    def reveals(self) -> Iterator[Ask]:
        """Every act × every field, and each field by itself as htmx asks."""
        names = self.plant.names
        whole = [names[at : at + AT_ONCE] for at in range(0, len(names), AT_ONCE)]
        for act, some in product(Act, whole):
            yield self._reveal(PAGE, field=some, act=act.value, purpose="visit")
        for name in names:
            yield self._reveal(PART, field=name, purpose="visit")

    def acts(self) -> Iterator[Ask]:
        """Every act on one field."""
        for act in Act:
            yield self._reveal(PART, field=self.plant.names[0], act=act.value, purpose="visit")

    def purposes(self) -> Iterator[Ask]:
        """Every act × what is dialled, every act × every purpose; and as a program asks."""
        called = [one for one in self.plant.names if one.endswith(CALLED)]
        for act, name in product(Act, called):
            yield self._reveal(PART, field=name, act=act.value, purpose="visit")
        name = self.plant.names[0]
        for act, purpose in product(Act, (*(one.value for one in Purpose), "")):
            yield self._reveal(PART, field=name, act=act.value, purpose=purpose, note="说明")
        yield self._reveal(JSON, field=self.plant.names[:AT_ONCE], purpose="visit")

    def _reveal(self, how: Mapping[str, str], **form: Any) -> Ask:
        path = f"/customers/{self.plant.customer_id}/reveal"
        return Ask("customers.reveal", "POST", path, how, form)
