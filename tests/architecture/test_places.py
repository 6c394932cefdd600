"""One place for each dangerous thing: opening, committing, the time, the request, a bare load."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from crm.crypto.uses import USES
from tests.architecture.sources import called, modules, spelt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.architecture.sources import Module

OPENS = {"unseal", "unseal_bytes"}
OPENERS = {"crm.disclosure.door", "crm.crypto.uses"}
"""The door opens for people; crypto.uses for the machine, whose callers stand in its table."""

KEY_HOLDERS = {
    "crm.crypto.rotation",  # wraps data keys anew, opens nothing with them
    "crm.backups.drills",  # tries whether a restored backup's boxes open
    "crm.accounts.factors.totp",  # seals the secret of one's codes, hands it to crypto.uses
    "crm.accounts.people",  # a new account's own key, for what it writes into the log
    "crm.customers.contributing.comparing",  # compares a card with what was contributed
    "crm.customers.contributing.taking",  # seals what was contributed
    "crm.customers.duplicates.equal",  # opens numbers that share a bucket, tells who shares one
    "crm.customers.merging.comparing",  # hands both cards' keys to merging.sealing
    "crm.customers.merging.parting",  # hands both cards' keys to merging.sealing
    "crm.customers.merging.snapshot",  # what a merge touched, sealed until its undoing
    "crm.customers.cards",  # hands the key of a card that is read to the door
    "crm.customers.due",  # hands the keys of its rows to the door
    "crm.customers.editing.apply",  # seals what was typed
    "crm.customers.editing.meeting",  # has what was typed compared with what others saved
    "crm.customers.exporting",  # hands the keys of granted cards to the door
    "crm.customers.followups",  # seals what was written
    "crm.customers.drafts",  # seals what was imported
    "crm.customers.ledger",  # hands the keys of its rows to the door
    "crm.customers.purchases.bringing",  # seals what was imported
    "crm.customers.purchases.keeping",  # seals what was bought
    "crm.customers.reindex",  # blind indexes with other bits
    "crm.customers.views.contributions",  # hands the keys of one's own words to the door
    "crm.customers.searching",  # hands the keys of a few rows to disclosure.lookup
    "crm.customers.subjects",  # a contact who asks what is held about them
    "crm.work.leaving.telling",  # seals a reason, hands the key of it to the door
    "crm.work.complaints.records",  # seals a complaint's words, hands their key to the door
    "crm.authority.slips",  # seals a request's words, hands the key of them to the door
    "crm.disclosure.door",
    "crm.disclosure.saying",  # seals what somebody said a look was for
    "crm.jobs",  # an uploaded file, sealed until its job is done
}
"""Modules that ask the keyring for data keys – to seal, or to hand them to who may open."""

ASKS_FOR_KEYS = {"record_key", "record_keys", "open_data_key", "new_data_key"}

TIME = {"now", "utcnow", "today", "time", "time_ns", "fromtimestamp", "localtime", "gmtime"}
TIME_OF = {"datetime", "date", "time", "datetime.datetime", "datetime.date"}
TIME_READ_BY = {
    "crm.clock": {"datetime.now"},
    "crm.db": {"time.time_ns"},  # uuid7: an id's order is no date and must never run backwards
}

READS_REQUESTS = (
    "crm.backups.views.",
    "crm.accounts.sessions.",
    "crm.authority.views.",
    "crm.customers.views.",
    "crm.desk.",
    "crm.home.",
    "crm.web.",
    "crm.work.complaints.views.",
    "crm.work.leaving.views.",
)
"""Where flask.request may be read, beside create_app's own module; a service takes arguments."""

ARCHIVE = {"Customer", "Contact", "FollowUp", "Change", "ExtraValue"}
LOADS = {"select", "get", "get_one", "query", "aliased"}


def found(rule: Callable[[Module, ast.AST], bool], kind: type[ast.AST] = ast.Call) -> list[str]:
    """Where a rule is broken."""
    return [m.at(node) for m in modules() for node in m.nodes(kind) if rule(m, node)]


def test_a_box_is_opened_by_the_door_and_by_the_machines_table_alone():
    def opens(module: Module, node: ast.AST) -> bool:
        inside = module.name in OPENERS or module.name == "crm.crypto.sealed"
        return isinstance(node, ast.Attribute) and node.attr in OPENS and not inside

    assert found(opens, ast.Attribute) == []


def test_the_machines_uses_are_called_by_exactly_the_modules_of_their_table():
    callers = {}
    for module in modules():
        for node in module.nodes(ast.Call):
            if called(node) in {"use", "use_file"} and module.name != "crm.crypto.uses":
                assert isinstance(node, ast.Call)
                callers[ast.literal_eval(node.args[0])] = module.name
    assert callers == USES


def test_what_the_machine_opens_has_one_name_and_stays_in_its_module():
    for name in USES.values():
        module = next(one for one in modules() if one.name == name)
        bound = [
            node.targets[0]
            for node in module.tree.body
            if isinstance(node, ast.Assign) and called(node.value) in {"use", "use_file"}
        ]
        assert [ast.unparse(one) for one in bound] == ["_open"], name


def test_only_named_modules_ask_for_data_keys():
    asking = {
        module.name
        for module in modules()
        for node in module.nodes(ast.Call)
        if called(node) in ASKS_FOR_KEYS and module.name != "crm.crypto.keyring"
    }
    assert asking == KEY_HOLDERS


def test_ciphers_are_used_in_crypto_alone():
    def enciphers(module: Module, node: ast.AST) -> bool:
        named = [
            getattr(node, "module", "") or "",
            *[one.name for one in getattr(node, "names", [])],
        ]
        outside = not module.name.startswith("crm.crypto")
        return outside and any(name.split(".")[0] == "cryptography" for name in named)

    assert found(enciphers, ast.Import) + found(enciphers, ast.ImportFrom) == []


def test_an_opened_value_is_made_by_the_door_alone():
    kinds = {"Opened", "Pictured"}
    made = {m.name for m in modules() for node in m.nodes(ast.Call) if called(node) in kinds}
    assert made == {"crm.disclosure.door"}


def test_the_unit_of_work_alone_commits():
    """crm.db ends a read with one: run() and the session refuse a change that no unit writes."""
    may = {"crm.web.unit", "crm.db"}
    assert found(lambda m, node: called(node) == "commit" and m.name not in may) == []


def test_the_clock_alone_reads_the_time():
    def reads(module: Module, node: ast.AST) -> bool:
        head, _dot, last = spelt(node).rpartition(".")
        there = spelt(node) in TIME_READ_BY.get(module.name, set())
        return head in TIME_OF and last in TIME and not there

    assert found(reads) == []


def test_the_request_is_read_by_views_and_the_web_alone():
    def reads(module: Module, node: ast.AST) -> bool:
        named = {one.name for one in getattr(node, "names", [])}
        from_flask = getattr(node, "module", "") == "flask" and named & {"request", "session"}
        return bool(from_flask) and not f"{module.name}.".startswith(READS_REQUESTS)

    assert {place.partition(":")[0] for place in found(reads, ast.ImportFrom)} == {
        "crm/__init__.py"
    }


def test_nobody_outside_the_archive_loads_a_record_bare():
    """A person's look goes through customers.cards.get, which loads and authorises together."""

    def loads(module: Module, node: ast.AST) -> bool:
        if module.name.startswith("crm.customers.") or not isinstance(node, ast.Call):
            return False
        whole = {ast.unparse(one) for one in node.args} & ARCHIVE
        return called(node) in LOADS and bool(whole)

    assert found(loads) == []


def test_a_customer_is_loaded_by_its_id_in_one_place():
    """Column by column (a name for the log's pages) is no bare load; the whole record is."""

    def loads(module: Module, node: ast.AST) -> bool:
        text = ast.unparse(node)
        whole = text.startswith(
            ("select(Customer)", "select(Customer,", "db.session.get(Customer,")
        )
        by_id = "Customer.id ==" in text or "get(Customer" in text
        return whole and by_id and module.name != "crm.customers.cards"

    assert found(loads) == []


def test_no_text_vouches_for_itself_as_markup():
    """But for the image of a value, which is a literal around what is escaped."""

    def vouches(module: Module, node: ast.AST) -> bool:
        image = module.name == "crm.disclosure.opened" and "/pictures/" in ast.unparse(node)
        return called(node) in {"Markup", "render_template_string"} and not image

    assert found(vouches) == []


def test_nothing_is_evaluated_unpickled_or_shelled():
    forbidden = {"eval", "exec", "compile", "__import__", "loads", "system", "popen"}
    allowed = {  # json.loads of texts that are our own
        "crm.audit.reading",
        "crm.backups.records",
        "crm.crypto.stream",
        "crm.disclosure.seen",
    }

    def dangerous(module: Module, node: ast.AST) -> bool:
        if spelt(node) == "re.compile" or (spelt(node) == "json.loads" and module.name in allowed):
            return False
        return called(node) in forbidden

    assert found(dangerous) == []


def test_who_is_signed_in_is_said_by_sessions_alone():
    """And by people, for commands and jobs: a session that owes its second step is nobody."""
    made = {m.name for m in modules() for node in m.nodes(ast.Call) if called(node) == "Viewer"}
    assert made == {"crm.accounts.sessions", "crm.accounts.people"}
    waits = {m.name for m in modules() for node in m.nodes(ast.Call) if called(node) == "Waiting"}
    assert waits == {"crm.accounts.sessions"}


def test_whether_somebody_has_a_factor_is_written_where_factors_come_and_go():
    writes = {
        module.name
        for module in modules()
        for node in module.nodes(ast.Call)
        if called(node) == "values" and "second_factor" in ast.unparse(node).split("values(")[-1]
    }
    assert writes == {"crm.accounts.factors.keeping"}
