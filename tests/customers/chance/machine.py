"""The machine: what thirty-two people may do to a company's cards, one act a step.

What may be drawn never hangs on what earlier examples left behind.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from crm import clock
from crm.access.permissions import Permission
from crm.accounts.people import Person
from crm.accounts.roles import Role
from crm.customers import cards, handing, merging, recycling
from crm.customers.binned import Shredded
from crm.customers.cards import Customer
from crm.customers.editing import apply
from crm.customers.editing.typed import Reader, Typed
from crm.customers.merging import Merge, joining, parting
from crm.customers.owners import OwnerChange
from crm.customers.pool import PoolCard, claiming, falling
from crm.customers.pool.rules import rules
from crm.db import db
from tests.customers.chance import comparing
from tests.customers.chance.belief import BIN, HELD, MERGED, POOL, Belief, Card, Merged
from tests.customers.chance.town import OWNERS, PEOPLE, SELLERS, SUPERVISORS

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from hypothesis.strategies import SearchStrategy

    from tests.customers.chance.town import Town

MOST = 36
CLAIMS, COOL_DOWN, KEPT = 3, 2, 30


class Broken(BaseException):
    """What went wrong, past Hypothesis: it would try again, on an archive that has gone on."""


def step(**drawn: SearchStrategy[Any]) -> Callable[[Act], Act]:
    """One of the things that may happen, and what is drawn for it."""

    def mark(act: Act) -> Act:
        act.drawn = st.fixed_dictionaries(drawn)  # type: ignore[attr-defined]
        return act

    return mark


Act = TypeVar("Act", bound="Callable[..., None]")
any_number = st.integers(0, 2**12)
anybody, an_owner = st.sampled_from(PEOPLE), st.sampled_from(OWNERS)
a_supervisor, a_seller = st.sampled_from(SUPERVISORS), st.sampled_from(SELLERS)
people_of_theirs = st.lists(an_owner, min_size=1, max_size=3, unique=True)
_names = count(1)


class Company(RuleBasedStateMachine):
    """One archive; each example goes on where the last one ended."""

    town: ClassVar[Town]
    belief: ClassVar[Belief]
    steps: ClassVar[dict[str, int]]

    @rule(data=st.data(), number=st.integers(0, 2**20))
    def something_happens(self, data: Any, number: int) -> None:
        """Each thing as likely as another: Hypothesis would leave rules out of whole examples."""
        acts = sorted(name for name in dir(self) if hasattr(getattr(self, name), "drawn"))
        act = getattr(self, acts[number % len(acts)])
        drawn = data.draw(act.drawn)
        try:
            act(**drawn)
        except Exception as error:
            told = ", ".join(f"{name}={value!r}" for name, value in drawn.items())
            raise Broken(f"step {self.steps['made']}: {act.__name__}({told})") from error

    def one_of(self, number: int, *places: str) -> UUID | None:
        """A card that is there, or none: most steps shall meet one on which they can be done."""
        there = self.belief.those(*places)
        return there[number % len(there)] if there else None

    def organises(self, login: str) -> bool:
        return login in SUPERVISORS

    # ── coming ────────────────────────────────────────────────────────────────────────────────

    @step(by=st.sampled_from((*OWNERS[:20], *SUPERVISORS)), owner=an_owner, beside=an_owner,
          level=st.sampled_from("ABCD"))  # fmt: skip
    def make(self, by: str, owner: str, beside: str, level: str) -> None:
        if len(self.belief.those(HELD, POOL, BIN)) >= MOST:
            return
        if by in self.town.away:
            return
        number = next(_names)
        form = {
            "name": f"偶然{number}号示例有限公司", "level": level, "status": "potential",
            "owner": owner, "collaborators": beside if self.town.may_have(beside) else "",
            "contact.new1.name": f"联{number}", "contact.new1.mobile": f"137{number:08}",
        }  # fmt: skip
        typed = Reader(MultiDict(form), opened=True).read
        done, refused = self.town.act(
            by, Permission.CUSTOMER_CREATE, lambda who: apply.create(who, typed()).id
        )
        has = owner if self.organises(by) else by
        assert (refused is None) == self._may(by, has), refused
        if refused is None:
            self.belief.cards[done] = Card(has)

    def _may(self, by: str, owner: str) -> bool:
        sells = self.town.post[by] in {Role.SALESPERSON, Role.MARKET_SUPERVISOR}
        return sells and self.town.may_have(owner)

    # ── the pool ──────────────────────────────────────────────────────────────────────────────

    @step(number=any_number, login=a_seller | anybody)
    def claim(self, number: int, login: str) -> None:
        card = self.one_of(number, POOL) or self.one_of(number, HELD, BIN, MERGED)
        if card is None or login in self.town.away:
            return
        expected = self.belief.cards[card].place == POOL and self._may_claim(login, card)
        _done, refused = self.town.act(
            login, Permission.CUSTOMER_CLAIM, lambda who: claiming.claim(who, card)
        )
        assert (refused is None) == expected, refused
        if refused is None:
            self.belief.passed(card, login)

    def _may_claim(self, login: str, card: UUID) -> bool:
        if self.town.post[login] is not Role.SALESPERSON:
            return False
        with self.town.now():
            me = select(Person.id).where(Person.login == login).scalar_subquery()
            since = db.session.scalar(
                select(PoolCard.since).where(PoolCard.customer_id == card, PoolCard.former_id == me)
            )
            cooling = since is not None and (clock.now() - since).days < COOL_DOWN
            mine = (OwnerChange.to_id == me, OwnerChange.how == "claim")
            today = OwnerChange.at >= clock.start_of(clock.today())
            claimed = db.session.scalar(select(func.count()).where(*mine, today))
        return not cooling and claimed < CLAIMS

    @step(number=any_number, to=an_owner, by=a_supervisor | anybody)
    def give_from_the_pool(self, number: int, to: str, by: str) -> None:
        if (card := self.one_of(number, POOL, HELD)) is None:
            return
        _done, refused = self.town.act(
            by, Permission.CUSTOMER_POOL_RUN, lambda who: claiming.assign(who, card, to)
        )
        in_pool = self.belief.cards[card].place == POOL
        assert (refused is None) == (self.organises(by) and in_pool and self.town.may_have(to))
        if refused is None:
            self.belief.passed(card, to)

    @step(number=any_number, stranger=anybody, really=st.booleans())
    def put_back(self, number: int, stranger: str, *, really: bool) -> None:
        if (card := self.one_of(number, HELD)) is None:
            return
        owner = self.belief.cards[card].owner
        login = owner if really and owner else stranger
        _done, refused = self.town.act(
            login,
            Permission.CUSTOMER_RELEASE,
            lambda who: claiming.release(who, cards.get(card, who), "busy"),
        )
        assert (refused is None) == (login == owner)
        if refused is None:
            self.belief.passed(card, None)

    @step(days=st.sampled_from((1, 1, 1, 1, 1, 1, 2, 5, 5, 35)))
    def nights(self, days: int) -> None:
        self.town.day += days
        with self.town.now():
            due = self._due()
            before = set(db.session.scalars(select(Shredded.customer_id)))
            falling.nightly()
            recycling.purge()
            shredded = set(db.session.scalars(select(Shredded.customer_id))) - before
        for one in due:
            self.belief.passed(one, None)
        over = [
            one for one in self.belief.those(BIN)
            if self.town.day - self.belief.cards[one].binned >= KEPT
        ]  # fmt: skip
        assert shredded == {each for one in over for each in self.belief.inside(one)}
        for one in over:
            self.belief.shredded(one)

    def _due(self) -> list[UUID]:
        """Whose day has come, as every page says it."""
        now, today = rules(), clock.today()
        columns = (Customer.id, Customer.level, Customer.status, Customer.last_at)
        rows = db.session.execute(
            select(*columns, Customer.owned_since).where(Customer.owner_id.is_not(None))
        )
        days = {
            row.id: now.falls_on(row.level, row.status, row.last_at, row.owned_since)
            for row in rows
        }
        return [one for one, day in days.items() if day and day <= today]

    # ── handing over ──────────────────────────────────────────────────────────────────────────

    @step(
        numbers=st.lists(any_number, min_size=1, max_size=4), to=people_of_theirs, by=a_supervisor
    )
    def hand_over(self, numbers: list[int], to: list[str], by: str) -> None:
        chosen = {one for number in numbers if (one := self.one_of(number, HELD, POOL))}
        self._hand_over(handing.Wanted(ids=sorted(chosen)), chosen, to, by)

    @step(before=an_owner, to=people_of_theirs, by=a_supervisor)
    def hand_over_everything(self, before: str, to: list[str], by: str) -> None:
        self._all_of(before, to, by)

    def _all_of(self, before: str, to: list[str], by: str) -> None:
        theirs = {one for one in self.belief.those(HELD) if self.belief.cards[one].owner == before}
        with self.town.now():
            whose = db.session.scalar(select(Person.id).where(Person.login == before))
        self._hand_over(handing.Wanted(from_id=whose), theirs, to, by)

    def _hand_over(self, wanted: handing.Wanted, chosen: set[UUID], to: list[str], by: str) -> None:
        def hand(who: Any) -> Any:
            made = handing.receivers(to)
            count = handing.count(wanted)
            return handing.hand_over(who, wanted, made, "region", count, note="交接一句话")

        moved, refused = self.town.act(by, Permission.CUSTOMER_ASSIGN, hand)
        assert (refused is None) == (bool(chosen) and all(map(self.town.may_have, to))), refused
        if refused is not None:
            return
        self.belief.handovers += 1
        with self.town.now():
            wanted_rows = select(Customer.id, Person.login).join(Person).where(
                Customer.id.in_(chosen)
            )  # fmt: skip
            now = dict(db.session.execute(wanted_rows).all())
        assert set(now) == chosen
        assert set(now.values()) <= set(to)
        shares = [list(now.values()).count(one) for one in to]
        assert max(shares) - min(shares) <= 1
        changed = [one for one in chosen if now[one] != self.belief.cards[one].owner]
        assert moved == len(changed)
        for one in changed:
            self.belief.passed(one, now[one])
            self.belief.cards[one].written["follow_up"] += 1

    @step(number=any_number, to=an_owner, by=a_supervisor)
    def write_another_owner(self, number: int, to: str, by: str) -> None:
        if (card := self.one_of(number, HELD, POOL)) is None:
            return
        typed = Typed(company={"name": None}, owner=to)
        _done, refused = self.town.act(
            by,
            Permission.CUSTOMER_EDIT,
            lambda who: apply.update(who, cards.get(card, who).customer, typed),
        )
        assert (refused is None) == self.town.may_have(to)
        if refused is None and to != self.belief.cards[card].owner:
            self.belief.passed(card, to)

    # ── merging ───────────────────────────────────────────────────────────────────────────────

    @step(one=any_number, other=any_number, by=a_supervisor,
          right=st.sets(st.sampled_from(("owner", "name", "level"))))  # fmt: skip
    def merge(self, one: int, other: int, by: str, right: set[str]) -> None:
        kept, gone = self.one_of(one, HELD, POOL), self.one_of(other, HELD, POOL, MERGED)
        if kept is None or gone is None:
            return

        def join(who: Any) -> UUID:
            both = [
                cards.get(each, who, Permission.CUSTOMER_MERGE).customer for each in (kept, gone)
            ]
            return joining.join(who, *both, dict.fromkeys(right, "right")).id

        done, refused = self.town.act(by, Permission.CUSTOMER_MERGE, join)
        assert (refused is None) == (kept != gone and self.belief.cards[gone].stands), refused
        if refused is None:
            owner, theirs = self.belief.cards[kept].owner, self.belief.cards[gone].owner
            after = theirs if "owner" in right else owner
            day = self.town.day
            self.belief.merged(Merged(done, kept, gone, day, owner, after, theirs))

    @step(number=any_number, by=a_supervisor, latest=st.booleans())
    def undo(self, number: int, by: str, *, latest: bool) -> None:
        there = [one for one in self.belief.merges if not one.undone]
        if not there:
            return
        merge = there[-1] if latest else there[number % len(there)]
        expected = self.belief.may_be_undone(merge, self.town.day)
        _done, refused = self.town.act(
            by,
            Permission.CUSTOMER_MERGE,
            lambda who: parting.part(who, db.session.get(Merge, merge.id)),
        )
        assert (refused is None) == expected, refused
        if refused is None:
            self.belief.undone(merge)
            self._settled(merge.kept, merge.gone)

    def _settled(self, *came_back: UUID) -> None:
        """Whoever had it when it went may have left since: then it is nobody's."""
        for one in came_back:
            if not self.town.may_have(self.belief.cards[one].owner):
                self.belief.passed(one, None)

    # ── the bin ───────────────────────────────────────────────────────────────────────────────

    def _bins(self, login: str, card: UUID) -> bool:
        mine = self.belief.cards[card].owner == login
        return self.organises(login) or (mine and self.town.post[login] is Role.SALESPERSON)

    @step(number=any_number, login=anybody, really=st.booleans())
    def throw_away(self, number: int, login: str, *, really: bool) -> None:
        if (card := self.one_of(number, HELD, POOL)) is None:
            return
        login = (self.belief.cards[card].owner or login) if really else login
        if login in self.town.away:
            return
        _done, refused = self.town.act(
            login,
            Permission.CUSTOMER_BIN,
            lambda who: recycling.throw_in(cards.get(card, who, Permission.CUSTOMER_BIN), who),
        )
        assert (refused is None) == self._bins(login, card)
        if refused is None:
            it = self.belief.cards[card]
            it.place, it.binned = BIN, self.town.day

    @step(number=any_number, login=anybody, really=st.booleans())
    def take_out(self, number: int, login: str, *, really: bool) -> None:
        if (card := self.one_of(number, BIN)) is None:
            return
        login = SUPERVISORS[0] if really else login
        if login in self.town.away:
            return
        _done, refused = self.town.act(
            login,
            Permission.CUSTOMER_BIN,
            lambda who: recycling.restore(who, *recycling.get(card, who)),
        )
        assert (refused is None) == self._bins(login, card)
        if refused is None:
            it = self.belief.cards[card]
            it.place = HELD if it.owner else POOL
            self._settled(card)
            self.belief.changed.add(card)

    @step(number=any_number, by=a_supervisor | anybody)
    def shred(self, number: int, by: str) -> None:
        if (card := self.one_of(number, BIN)) is None or number % 2:
            return

        def shred(who: Any) -> None:
            customer, _row = recycling.get(card, who, Permission.CUSTOMER_SHRED)
            recycling.shred_at_once(customer, who, customer.name)

        _done, refused = self.town.act(by, Permission.CUSTOMER_SHRED, shred)
        assert (refused is None) == self.organises(by)
        if refused is None:
            self.belief.shredded(card)

    # ── what must hold ────────────────────────────────────────────────────────────────────────

    @invariant()
    def everything_is_as_it_must_be(self) -> None:
        self.steps["made"] += 1
        try:
            self._compare()
        except Exception as error:
            raise Broken(f"after step {self.steps['made']}") from error

    def _compare(self) -> None:
        with self.town.now():
            comparing.each_card_is_somewhere(self.town, self.belief)
            comparing.nobody_stands_beside_a_card_that_is_nobodys()
            comparing.nothing_that_was_written_is_lost(self.belief)
            every = self.steps["made"] % 50 == 0
            comparing.history_is_whole(
                self.belief, set(self.belief.cards) if every else self.belief.changed
            )
            comparing.the_log_is_dense(self.belief)
            assert all(merging.survivor(one) == self.belief.survivor(one)
                       for one in self.belief.those(MERGED))  # fmt: skip
        self.belief.changed.clear()
