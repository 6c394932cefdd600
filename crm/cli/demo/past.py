"""The past of the cards: made, followed up, corrected – scene by scene."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from crm.cli.demo import acts, nowhere
from crm.cli.demo.companies import told
from crm.cli.demo.dice import perhaps
from crm.cli.demo.story import TAKEN_UP
from crm.cli.demo.telling import Scene
from crm.cli.demo.texts import STORY
from crm.customers.status import LEVELS
from crm.disclosure.acts import Act, Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from random import Random

    from crm.cli.demo.acts import Do
    from crm.cli.demo.companies import Company
    from crm.cli.demo.hours import Hours
    from crm.cli.demo.story import Step, Story

ORGANISER = "linjing"
"""Who made the cards of those who may not, and the company's own fields."""
MAKERS = ("zhangwei", "lina", "wangfang")
HANDED_OVER = 0.06
"""Of the cards made when the program was taken up: so many got another owner the day after."""
EDITED = 70
"""So many cards were corrected once; some others change with their status."""
RECENT = 12
"""Working days for which dials and visits are told too, not only what came of them."""

RISEN = {"副总经理": "总经理", "常务副总": "总经理", "总经理": "董事长"}
"""Title → the next one; others join the group's head office."""


def cards(rng: Random, stories: list[Story], hours: Hours) -> Iterator[Scene]:
    """Every card's past."""
    yield Scene(hours.at(hours.days[114], 0.4), ORGANISER, acts.define_fields)
    edited = {id(one) for one in rng.sample(stories, min(EDITED, len(stories)))}
    for story in stories:
        before, changes = _edit(rng, story, hours) if id(story) in edited else ({}, [])
        yield from _made(rng, story, before, hours)
        yield from changes
        for step in story.steps:
            yield from _step(rng, story, step, hours)


def _made(rng: Random, story: Story, before: dict[str, str], hours: Hours) -> Iterator[Scene]:
    """The card is made by whoever is responsible; some were handed over soon after."""
    company, owner = story.company, story.company.owner
    form = company.form() | {"status": story.status, "level": story.level} | before
    maker, when = owner, hours.at(company.made, rng.random())
    if owner not in MAKERS:
        maker, form["owner"] = ORGANISER, owner
    elif perhaps(rng, HANDED_OVER) and (back := hours.days.index(company.made)) >= TAKEN_UP:
        maker = rng.choice([one for one in MAKERS if one != owner])
        change = acts.change(company, {"owner": owner})
        yield Scene(hours.at(hours.days[back - 1], rng.random()), ORGANISER, change)
    yield Scene(when, maker, acts.make(company, form))


def _step(rng: Random, story: Story, step: Step, hours: Hours) -> Iterator[Scene]:
    company = story.company
    who = company.owner
    if company.collaborators and perhaps(rng, 0.15):
        who = company.collaborators[0]
    when = hours.at(step.day, rng.uniform(0.04, 0.99))
    if hours.days.index(step.day) <= RECENT:
        early = min(when, hours.at(step.day, 0.03))
        yield from _before(
            rng, company, step, Scene(when, who, acts.follow_up(company, step)), early
        )
    yield Scene(when, who, acts.follow_up(company, step))
    if step.status:
        later = when + timedelta(minutes=1)
        if step.status != story.status:
            change = acts.change(company, {"status": step.status})
            yield Scene(min(later, hours.now), company.owner, change)


def _before(
    rng: Random, company: Company, step: Step, scene: Scene, early: datetime
) -> Iterator[Scene]:
    """What goes before a contact: the dial, or the card and the way there; not before `early`."""

    def ago(minutes: float, do: Do) -> Scene:
        return Scene(max(early, scene.at - timedelta(minutes=minutes)), scene.login, do)

    if step.kind == "phone":
        dial = acts.disclose(company, Act.DIAL, "mobile", Purpose.FOLLOW_UP)
        yield ago(rng.uniform(1, 6), dial)
    elif step.kind == "visit" and perhaps(rng, 0.7):
        yield ago(rng.uniform(70, 90), acts.look(company, Purpose.VISIT))
        yield ago(60, acts.disclose(company, Act.NAVIGATE, "address", Purpose.VISIT))


def _edit(rng: Random, story: Story, hours: Hours) -> tuple[dict[str, str], list[Scene]]:
    """What the card said before, and how it was corrected."""
    kinds = {_level: 3, _phone: 3, _prose: 4, _mobile: 2, _title: 1, _wedding: 2, _checked: 2}
    kind = rng.choices(list(kinds), list(kinds.values()))[0]
    before, form, extras = kind(rng, story)
    oldest = hours.days.index(story.company.made)
    when = hours.at(hours.days[rng.randint(1, max(1, min(45, oldest - 1)))], rng.random())
    who, company = story.company.owner, story.company
    scenes = [Scene(when, who, acts.change(company, form, extras))]
    if kind is _prose:
        scenes.insert(0, Scene(when - timedelta(minutes=3), who, acts.read_prose(company)))
    return before, scenes


Edit = tuple[dict[str, str], dict[str, str], dict[str, str]]
"""The form before, the form now, extra fields now."""


def _level(_rng: Random, story: Story) -> Edit:
    lower = LEVELS[min(LEVELS.index(story.level) + 1, len(LEVELS) - 1)]
    return {"level": lower}, {"level": story.level}, {}


def _phone(rng: Random, story: Story) -> Edit:
    now = nowhere.phone(rng, story.company.city)
    return {}, {"phone": now, "phone-source": "客户拜访"}, {}


def _prose(rng: Random, story: Story) -> Edit:
    code = rng.choice(("traits", "business"))
    text = told(rng, [STORY["edits"][code]], story.company.slots)
    return {}, {code: text, f"{code}-source": "客户拜访"}, {}


def _mobile(rng: Random, _story: Story) -> Edit:
    return {}, {"contact.0.mobile": nowhere.mobile(rng), "contact.0.mobile-source": "客户自填"}, {}


def _title(_rng: Random, story: Story) -> Edit:
    title = story.company.people[0].facts["title"]
    return {}, {"contact.0.title": RISEN.get(title, f"集团{title}")}, {}


def _wedding(rng: Random, _story: Story) -> Edit:
    day = f"{rng.randint(1992, 2019)}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    return {}, {}, {"结婚纪念日": day}


def _checked(_rng: Random, _story: Story) -> Edit:
    return {}, {"phone-verified": "1", "address-verified": "1"}, {}
