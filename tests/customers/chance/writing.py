"""Writing: what people and customers tell about cards, and what becomes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from crm.access.permissions import Permission
from crm.customers import cards, followups
from crm.customers.cards import Customer
from crm.customers.contributing import correcting, deciding, links, reading, records, taking
from crm.customers.contributing.deciding import Decision
from crm.customers.contributing.links import IntakeLink
from crm.customers.contributing.records import Fate
from crm.customers.contributing.table import COMPANY, INTAKE_COMPANY, INTAKE_PERSON, PERSON
from crm.customers.followups import Kind
from crm.customers.status import SOURCES
from crm.db import db
from tests.customers.chance.belief import BIN, HELD, POOL, SHREDDED
from tests.customers.chance.leaving import LeavingCompany
from tests.customers.chance.machine import a_supervisor, any_number, anybody, step

if TYPE_CHECKING:
    from uuid import UUID

OPEN_FOR = 7
PHONE = "021-6000{:04}"


class WritingCompany(LeavingCompany):
    """The same people also follow up, contribute, decide, and ask customers by a link."""

    waiting: ClassVar[dict[UUID, int]] = {}
    """Contributions that nobody has decided on, and the number that was written."""
    sent: ClassVar[dict[str, tuple[UUID, int]]] = {}
    """Tokens of links: the card, and the day it was made on."""

    codes: ClassVar[dict[str, tuple[UUID, UUID]]] = {}
    """Codes of what customers sent: the contribution, and the card that it was written on."""

    @step(number=any_number)
    def follow_up(self, number: int) -> None:
        if (card := self.one_of(number, HELD)) is None:
            return
        owner = self.belief.cards[card].owner
        assert owner
        _done, refused = self.town.act(
            owner,
            None,
            lambda who: followups.write(who, cards.get(card, who), Kind.PHONE, "一句话"),
        )
        assert refused is None
        self.belief.cards[card].written["follow_up"] += 1

    @step(number=any_number, login=anybody)
    def contribute(self, number: int, login: str) -> None:
        card = self.one_of(number, HELD, POOL)
        if card is None or login in self.town.away:
            return
        with self.town.now():
            name = db.session.scalar(select(Customer.name).where(Customer.id == card))
            form = {"name": name, "source": SOURCES[0], "phone": PHONE.format(number)}
            told = reading.read(MultiDict(form), COMPANY, PERSON)
            assert not told.errors
        done, refused = self.town.act(
            login,
            Permission.CONTRIBUTION_WRITE,
            lambda who: taking.from_person(who, told, None, None).id,
        )
        assert refused is None or refused.status == 429
        if refused is None:
            self._wrote(card, done, number)

    def _wrote(self, card: UUID, contribution: UUID, number: int) -> None:
        self.belief.cards[card].written["contribution"] += 1
        self.waiting[contribution] = number

    @step(number=any_number, login=a_supervisor | anybody)
    def decide(self, number: int, login: str) -> None:
        """By who may, or by a stranger, who is told that there is no such thing."""
        if not self.waiting or login in self.town.away:
            return
        one = list(self.waiting)[number % len(self.waiting)]

        def decided(who: Any) -> None:
            row, customer, _subject = records.get(one, who)
            facts = records.facts([one])[one]
            texts = {fact.id: PHONE.format(self.waiting[one]) for fact in facts}
            said = Decision(row.version, accepted=set(texts)) if number % 2 else Decision(
                row.version, rejected=dict.fromkeys(texts, "unproved")
            )  # fmt: skip
            deciding.decide(who, row, customer, facts, texts, said)
            assert row.state == Fate.DECIDED

        with self.town.now():
            held = self._card_of(one)
        _done, refused = self.town.act(login, Permission.CONTRIBUTION_DECIDE, decided)
        if held is None:  # it was shredded with its card
            assert refused is not None
            del self.waiting[one]
            return
        theirs = self.organises(login) or (
            self.belief.cards[held].owner == login and self.belief.cards[held].stands
        )
        in_bin = self.belief.cards[held].place == BIN and number % 2
        assert (refused is None) == (theirs and not in_bin), refused
        if refused is None:
            del self.waiting[one]

    def _card_of(self, contribution: UUID) -> UUID | None:
        wanted = select(records.Contribution.customer_id)
        return db.session.scalar(wanted.where(records.Contribution.id == contribution))

    @step(number=any_number, login=anybody)
    def send_a_link(self, number: int, login: str) -> None:
        if (card := self.one_of(number, HELD, POOL)) is None:
            return
        login = self.belief.cards[card].owner or login
        made, refused = self.town.act(
            login,
            Permission.INTAKE_LINK,
            lambda who: links.make(who, card, OPEN_FOR)[1],
        )
        if refused is None:
            self.sent[made] = (card, self.town.day)

    @step(number=any_number, twice=anybody)
    def a_customer_answers(self, number: int, twice: str) -> None:
        """With the newest link or an older one; the second time the same one is closed."""
        if not self.sent:
            return
        token = list(self.sent)[-1 - number % min(3, len(self.sent))]
        card, day = self.sent[token]
        gone = self.belief.cards[card].place == SHREDDED
        target = card if gone else self.belief.survivor(card)
        done, refused = self.town.act(twice, None, lambda _who: self._answer(token, number))
        assert refused is None
        assert (done is not None) == (not gone and self.town.day - day < OPEN_FOR)
        del self.sent[token]
        if done:
            contribution, code = done
            self._wrote(target, contribution, number)
            self.codes[code] = (contribution, target)
            again, _refused = self.town.act(twice, None, lambda _who: self._answer(token, number))
            assert again is None

    def _answer(self, token: str, number: int) -> tuple[UUID, str] | None:
        link: IntakeLink | None = links.find(token)
        if link is None:
            return None
        form = {"name": "某某公司", "phone": PHONE.format(number)}
        told = reading.read(MultiDict(form), INTAKE_COMPANY, INTAKE_PERSON, SOURCES[2])
        assert not told.errors
        made = taking.from_customer(link, told)
        links.spend(link)
        return made.id, correcting.give(made)

    @step(number=any_number, login=anybody)
    def a_customer_takes_it_back(self, number: int, login: str) -> None:
        """Wherever the card is by now; what is decided, or shredded, is no longer changed."""
        if not self.codes:
            return
        code = list(self.codes)[number % len(self.codes)]
        contribution, card = self.codes.pop(code)
        gone = self.belief.cards[card].place == SHREDDED
        done, refused = self.town.act(login, None, lambda _who: self._take_back(code))
        assert refused is None
        assert done == (contribution in self.waiting and not gone)
        if done:
            del self.waiting[contribution]
            self.belief.cards[card].written["contribution"] -= 1

    def _take_back(self, code: str) -> bool:
        made = correcting.find(code)
        if made is None or not correcting.may_change(made):
            return False
        correcting.withdraw(made)
        return True
