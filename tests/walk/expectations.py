"""Expectations: who may receive which planted marker, where. Literal, so that it can be read."""

from __future__ import annotations

OWNERS = ("zhao", "wang")
"""Who is responsible for the planted customer, and who collaborates."""
EXECUTIVES = ("dong", "zong", "zhuli", "zongjian")
READERS = (*EXECUTIVES, *OWNERS)
"""The only people who may ever receive a value above open."""
LISTERS = (*READERS, "lin")
"""Who may know that the customer is there. Not sun, a salesperson of another team."""
LOG_READERS = ("dong", "lin")

OPEN = {"name"}
COMPANY = {
    "address", "bank", "business", "invoice_title", "phone", "preferences", "shareholders",
    "traits",
}  # fmt: skip
PERSON = {
    "contact.email", "contact.gender", "contact.name", "contact.role", "contact.title",
    "contact.wechat",
}  # fmt: skip
SECRET = {
    "contact.birth_date", "contact.education", "contact.family", "contact.hobbies",
    "contact.home_address", "contact.mobile", "contact.other",
}  # fmt: skip
PROSE = {"contact.family", "contact.hobbies", "contact.other"}
EXTRA = {"extra.0", "extra.1"}
PURCHASES = {"purchases"}
WORDS = {"zhao's words", "wang's words"}
LONG_AGO = {"words of long ago"}
INTERNAL = COMPANY | PERSON
EVERYTHING = INTERNAL | SECRET | EXTRA


def old(kinds: set[str]) -> set[str]:
    """What a field said before: it stands in the history alone."""
    return {f"old {kind}" for kind in kinds}


_PICTURED = {
    "address", "bank", "contact.birth_date", "contact.education", "contact.email",
    "contact.home_address", "contact.mobile", "contact.name", "contact.title", "contact.wechat",
    "extra.0", "extra.1", "invoice_title", "phone",
}  # fmt: skip
PICTURED = _PICTURED | old(_PICTURED)
"""What the catalogue shows as a picture to whoever may look but not copy."""
SHORT = _PICTURED - {"contact.name"}
"""The same without the name, which stands on the page of one's own card as text."""
DRAWN_AT = {
    "customers.edit", "customers.follow_up", "customers.history", "customers.open_card",
    "customers.release", "customers.reveal", "customers.show",
}  # fmt: skip
"""Where a person looks. In a form, on a telephone and for who judges, a value is text."""
NAMES = {"contact.name", "old contact.name"}
"""Text on one's own cards, where lists tell it too."""

EXPECTED: tuple[tuple[tuple[str, ...], tuple[str, ...], set[str]], ...] = (
    # Lists: open facts; on own cards the contact's name and one's own latest words.
    (("customers.index",), LISTERS, OPEN),
    (("customers.index",), OWNERS, {"contact.name"}),
    (("customers.index",), ("zhao",), {"zhao's words"}),
    (("customers.today", "home.index"), ("zhao",), {"contact.name", "zhao's words"}),
    (("customers.today",), ("zhao",), OPEN),
    (("desk.entries",), LOG_READERS, OPEN),
    # Organising: names to the supervisor, own ones to their owner; values to nobody.
    (("customers.board",), ("zhao", "lin"), OPEN),
    (("customers.verify",), (*OWNERS, "lin"), OPEN),
    (("customers.pairs", "customers.merge"), ("lin",), OPEN),
    # Somebody asks what is held about them: that there is a card, and names of facts.
    (("customers.subject",), ("lin",), OPEN),
    # The card, once it is open for a purpose: everything internal, and 90 days of follow-ups.
    (("customers.show", "customers.seen_by", "customers.history"), LISTERS, OPEN),
    (("customers.show", "customers.open_card"), READERS, OPEN | INTERNAL | WORDS),
    (("customers.show", "customers.open_card", "customers.follow_up"), ("wang",), LONG_AGO),
    (("customers.history",), READERS, INTERNAL | old(INTERNAL)),
    (("customers.history",), READERS, PURCHASES | old(PURCHASES)),
    # What the customer bought: on its own tab once the card is open, and in its form.
    (("customers.purchases_of",), READERS, OPEN | PURCHASES | {"preferences"}),
    (("customers.record",), OWNERS, OPEN | PURCHASES | {"preferences"}),
    (("customers.purchase",), OWNERS, OPEN | PURCHASES),
    (("home.notices",), ("zhao",), OPEN),
    (("customers.release",), OWNERS, OPEN | INTERNAL | WORDS),
    (("customers.release",), ("wang",), LONG_AGO),
    # One value at a time, for a purpose: everything.
    (
        ("customers.reveal",),
        READERS,
        OPEN | EVERYTHING | old(EVERYTHING) | WORDS | LONG_AGO | PURCHASES | old(PURCHASES),
    ),
    # The form: prose as text, the contact's name. Short secrets stay closed, at a conflict too.
    (("customers.edit",), (*OWNERS, "lin"), OPEN),
    (("customers.edit",), OWNERS, INTERNAL | PROSE),
    # What was contributed: its writer's own word for the customer; the facts to who decides.
    (("customers.contributions",), ("yuan",), OPEN | {"contributed name"}),
    (("customers.contribute",), (*LISTERS, "qi"), OPEN),
    (("customers.waiting",), ("zhao", "lin"), OPEN),
    (("customers.contribution",), ("zhao", "lin"), OPEN | {"contributed"}),
    (("customers.contribution",), ("lin",), {"contributed name", "contributed to nobody"}),
    (("customers.intake_links",), (*OWNERS, "lin"), OPEN),
    # A request's words: to its asker, to who decides on it; the customers it names to both.
    (("authority.mine",), ("yuan",), {"grant reason", "grant names"}),
    (("authority.mine",), ("xing",), {"grant answer"}),
    (("authority.mine",), ("yuan",), OPEN),  # as they wrote it themselves
    (("authority.consider",), ("zong",), OPEN | {"grant reason", "grant names"}),
    (("authority.decide",), ("zong",), OPEN),
    (("authority.slip",), ("dong", "zong", "zhuli"), OPEN),
    (("authority.new",), LISTERS, OPEN),
    # Why somebody leaves: to who signs; not to who settles accounts, nor to their director.
    (("work.departure", "work.consent", "work.tick"), ("lin",), {"leaving reason"}),
    # A grant of two fields, to open and to reveal: these two, and no third.
    (("authority.mine",), ("qi",), OPEN),
    (("customers.show", "customers.open_card"), ("qi",), OPEN | {"phone"}),
    (("customers.purchases_of",), ("qi",), OPEN),
    (
        ("customers.reveal",),
        ("qi",),
        {"phone", "contact.mobile", "old phone", "old contact.mobile"},
    ),
    # A copy that was carried out by grant: what the grant names, as text, once. The mobile is in it
    # too, but stands in the walk's own form, and what one sent oneself tells nothing.
    (("customers.fetch_export",), ("xing",), OPEN | {"phone"}),
    (("authority.mine", "customers.show"), ("xing",), OPEN),
    # A complaint: its words to who looks after it, the customer as they wrote it themselves.
    # It is closed on the way, and then tells its customer and what came of it.
    (("work.complaints",), ("ke",), {"complaint text"}),
    (
        ("work.complaints", "work.take_complaint"),
        ("ke",),
        {"complaint named", "complaint outcome"},
    ),
    # What was wrong with a form is said on the card.
    (("customers.follow_up",), OWNERS, OPEN | INTERNAL | WORDS),
    # One's own upload: the rows that could not be taken, handed back.
    (("customers.errors",), ("zhao",), {"file"}),
)
"""Endpoints, logins, kinds of markers: these and no others."""

AS_TEXT: tuple[tuple[tuple[str, ...], tuple[str, ...], set[str]], ...] = (
    # A telephone needs digits, a map an address: to who works on the card, each its own entry.
    (("customers.reveal: dial",), ("zhao",), {"name", "contact.mobile", "phone"}),
    (("customers.reveal: dial",), ("wang",), {"name", "phone"}),
    (("customers.reveal: navigate",), ("zhao",), {"name", "address", "contact.home_address"}),
    # A form: prose as text; short values are replaced, never prefilled.
    (("customers.reveal: edit",), OWNERS, (OPEN | EVERYTHING | WORDS | LONG_AGO) - SHORT),
)
"""Acts of /reveal that give text, and what they give."""

MASKED = {
    "customers.edit",
    "customers.follow_up",
    "customers.history",
    "customers.open_card",
    "customers.release",
    "customers.reveal",
    "customers.show",
}
"""Pages of one card: only they may show 138****5678, and only to readers."""

CHANCE = {(at, login, "name") for at in ("desk.today", "home.index") for login in LOG_READERS} | {
    ("home.index", login, "name") for login in READERS
}
"""The latest refusals and one's own latest looks name customers: whether this one is among them
depends on who came last."""

BY_GRANT = {"customers.export"}
"""Refused to everybody until a grant allows it."""

NEVER = {"note", "good file", "secret of codes"}
"""Planted, and shown to nobody: what a look was for, an import that waits, what makes codes."""

PROVED = {
    "home.add_passkey",
    "home.confirm_code",
    "home.forget_device",  # the walk has had all of them forgotten just before
    "home.renew_recovery_codes",
    "home.second_step_with_passkey",
}
"""Answered to who proves something that the walk has not got: tests/accounts goes there."""


REFUSED = {"customers.print_card"}
"""Answered to nobody: printing goes by grant, and there are none yet."""


def expected() -> set[tuple[str, str, str]]:
    """Place, login, kind: what must come back as text, no more and no less."""
    return {one for one in _all() if not _is_drawn(*one)} | {
        (place, login, kind)
        for places, logins, kinds in AS_TEXT
        for place in places
        for login in logins
        for kind in kinds
    }


def expected_pictures() -> set[tuple[str, str, str]]:
    """Place, login, kind: what must come back as a picture, no more and no less."""
    asked = {("customers.reveal", kind) for kind in NAMES}  # one by one, whatever the page says
    asked |= {("customers.reveal: edit", kind) for kind in _PICTURED}
    asked |= {("customers.edit", "contact.name")}  # in a conflict
    own = {(place, login, kind) for login in OWNERS for place, kind in asked}
    return {one for one in _all() if _is_drawn(*one)} | own


def _all() -> set[tuple[str, str, str]]:
    return {
        (endpoint, login, kind)
        for endpoints, logins, kinds in EXPECTED
        for endpoint in endpoints
        for login in logins
        for kind in kinds
    }


def _is_drawn(place: str, login: str, kind: str) -> bool:
    own_name = login in OWNERS and kind == "contact.name"
    if place == "customers.history":
        own_name = login in OWNERS and kind in NAMES
    return place in DRAWN_AT and kind in PICTURED and not own_name
