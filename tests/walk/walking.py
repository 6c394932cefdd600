"""Walking: sends requests as one person after another and keeps what came back beside the log."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text

from tests import cast, pictured
from tests.walk.finding import Finder, shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from tests.walk.asking import Ask
    from tests.walk.planting import Marker, Plant

NOBODY = "nobody"
MASK = "****"
OWN_UPLOAD = {"import_read", "import_errors"}
"""What the log calls the handing back of one's own upload."""


class Log:
    """Reads the log through a connection of its own: it sees what is committed, nothing else."""

    def __init__(self, app: Flask) -> None:
        url = app.config["SQLALCHEMY_DATABASE_URI"]
        self.engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self.connection = self.engine.connect()
        self.seen = 0
        self.fresh()

    def fresh(self) -> list[dict[str, Any]]:
        """The entries that were committed since the last call."""
        wanted = text("SELECT seq, text FROM log_entries WHERE seq > :seen ORDER BY seq")
        rows = self.connection.execute(wanted, {"seen": self.seen}).all()
        self.seen = rows[-1].seq if rows else self.seen
        return [json.loads(row.text) for row in rows]

    def close(self) -> None:
        """Let the database go."""
        self.connection.close()
        self.engine.dispose()


@dataclass(slots=True)
class Walk:
    """What a walk found: who got which marker where, where masks stood, what was reached."""

    app: Flask
    plant: Plant
    log: Log
    finder: Finder
    got: set[tuple[str, str, str]] = field(default_factory=set)
    """Place, login, and the kind of a marker that came back as text, in whatever channel."""
    drawn: set[tuple[str, str, str]] = field(default_factory=set)
    """The same of markers that came back as pictures."""
    read: dict[bytes, str] = field(default_factory=dict)
    """A box → what its picture says."""
    fetched: set[tuple[str, bytes]] = field(default_factory=set)
    unlogged: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    masked: set[tuple[str, str]] = field(default_factory=set)
    reached: set[str] = field(default_factory=set)
    entries: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0

    def client(self, login: str) -> FlaskClient:
        """A client signed in as one of the cast, each from an address of their own; or not."""
        client = self.app.test_client()
        if login != NOBODY:
            client.environ_base["REMOTE_ADDR"] = f"10.0.0.{[*cast.CAST, login].index(login) + 1}"
            answer = client.post("/sign-in", data={"login": login, "password": cast.PASSWORD})
            assert answer.status_code == 302, login
        return client

    def send(self, client: FlaskClient, login: str, asks: Iterable[Ask]) -> None:
        """Requests, one after another, and everything that must hold of each response."""
        for ask in asks:
            said = str(ask)
            self.log.fresh()
            answer = client.open(
                ask.path, method=ask.method, headers=dict(ask.headers), data=ask.form or None
            )
            self._look(answer, ask, login, said)
            self._look_at_pictures(answer, ask, login, said, client)

    def _look(self, answer: TestResponse, ask: Ask, login: str, said: str) -> None:
        self.sent += 1
        entries = self.entries = self.log.fresh()
        if answer.status_code >= 500:
            self.failed.append(f"{login} {said}: {answer.status_code}")
        away = "/sign-in" in answer.headers.get("Location", "") and ask.endpoint != "home.sign_out"
        if answer.status_code < 400 and not away and ask.method in {"GET", "POST"}:
            self.reached.add(ask.endpoint)
        text = shown(answer)
        for marker in self.finder.within(text, said):
            self.got.add((ask.place, login, marker.kind))
            if not covered(marker, entries, login, self.plant):
                self.unlogged.append(f"{login} {said}: {marker.kind}")
        if MASK in text:
            self.masked.add((ask.endpoint, login))

    def _look_at_pictures(
        self, answer: TestResponse, ask: Ask, login: str, said: str, client: FlaskClient
    ) -> None:
        """Which markers a page shows as pictures, each with its entry; and that they are there."""
        for token in pictured.tokens(shown(answer)):
            box = pictured.ticket(self.app, token).box
            if box not in self.read:
                self.read[box] = pictured.text(self.app, token)
            for marker in self.plant.markers:
                if marker.text in self.read[box]:
                    self.drawn.add((ask.place, login, marker.kind))
                    if not covered(marker, self.entries, login, self.plant):
                        self.unlogged.append(f"{login} {said}: {marker.kind}, drawn")
            if (login, box) not in self.fetched:
                self.fetched.add((login, box))
                self._fetch(client.get(f"/pictures/{token}"), login, said)

    def _fetch(self, picture: TestResponse, login: str, said: str) -> None:
        """A picture is one, says nothing in any text, and adds nothing to the log."""
        self.reached.add("customers.picture")
        if picture.status_code != 200 or not picture.data.startswith(pictured.PNG):
            self.failed.append(f"{login} {said}: no picture, {picture.status_code}")
        if self.finder.found(picture) or self.log.fresh():
            self.failed.append(f"{login} {said}: a picture that says more than it shows")


def item(told: str) -> str:
    """The item that an entry names: of a copy in the history it also says which field it is."""
    return ".".join(told.split(".")[:3]) if told.startswith("change.") else told


def covered(marker: Marker, entries: Iterable[dict[str, Any]], login: str, plant: Plant) -> bool:
    """Whether an entry of this very request lets this person have this marker."""
    if marker.kind == "name":  # an open fact
        return True
    known = {plant.customer_id, plant.ids["contribution"], plant.ids["unknown contribution"]}
    known |= {
        plant.ids["complaint"],
        plant.ids["grant"],
        plant.ids["third spare grant"],
        plant.ids["departure"],
    }
    for entry in entries:
        if (entry["result"], entry["actor"]) != ("ok", login):
            continue
        about = entry["subject_ids"]
        told = {item(one) for one in entry["fields"]}
        if {str(one) for one in known} & set(about) and marker.names & told:
            return True
        if entry["action"] == "export_fetched" and str(plant.ids["export"]) in about:
            return True  # its entries were committed card by card while it was made
        if (
            marker.kind == "file"
            and entry["action"] in OWN_UPLOAD
            and str(plant.ids["job"]) in about
        ):
            return True
    return False
