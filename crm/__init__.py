"""Kedang 客档: a customer archive that shows less, writes down who looked, and names the leak."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, g, has_request_context, redirect, request
from flask_login import current_user
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect

from crm import config
from crm.access import clauses, law, versions
from crm.access.permissions import Permission
from crm.accounts import sessions, standing
from crm.accounts.people import Viewer
from crm.audit import log
from crm.crypto import keyring
from crm.db import db, prepare
from crm.errors import Denied
from crm.home import gates
from crm.web import (
    filters,
    forms,
    guard,
    headers,
    limits,
    problems,
    proxies,
    unit,
    uploads,
    words,
)
from crm.web.cookies import Cookies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask.typing import ResponseReturnValue


class Kedang(Flask):
    """Flask, whose files stay in memory and whose views are all plain functions."""

    request_class = uploads.Request

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """None of ours is a coroutine; Flask asks this of some twenty functions a request."""
        return func


def create_app(given: Mapping[str, Any] | None = None) -> Flask:
    """The application, from `given` (CRM_… settings and Flask's own), else from the environment.

    Raises KeyMissing when there is no master key yet: `crm init` makes one.
    """
    settings = config.read(given)
    root = config.ROOT
    app = Kedang("crm", template_folder=str(root / "templates"), static_folder=str(root / "static"))
    _configure(app, settings, given or {})
    _open_database(app, settings)
    _install_web(app, settings)
    _add_rooms(app)
    if settings.trusted_proxies:
        app.wsgi_app = proxies.TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign] # Flask's documented way to wrap it
    return app


def _configure(app: Flask, settings: config.Settings, given: Mapping[str, Any]) -> None:
    ring = keyring.Keyring(keyring.read_master_key(settings.master_key_file))
    app.extensions["kedang.keyring"] = ring
    app.extensions["kedang.settings"] = settings
    app.extensions["kedang.demo"] = settings.demo_mark.exists()
    ask_for_second_factor(app, settings)
    app.config.update(
        SECRET_KEY=ring.derive("cookies"),
        SESSION_COOKIE_NAME="kedang",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        MAX_CONTENT_LENGTH=66 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        MAX_FORM_PARTS=5000,
        WTF_CSRF_TIME_LIMIT=None,
        BABEL_DEFAULT_LOCALE="zh_Hans_CN",
        BABEL_DEFAULT_TIMEZONE="Asia/Shanghai",
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True, "pool_pre_ping": False},
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        SEND_FILE_MAX_AGE_DEFAULT=31_536_000,
    )
    app.config.update({key: value for key, value in given.items() if not key.startswith("CRM_")})
    app.jinja_options = {
        "trim_blocks": True,
        "lstrip_blocks": True,
        "auto_reload": False,
        "undefined": words.Unsaid,
    }
    app.session_interface = Cookies(app)
    app.json.ensure_ascii = False  # type: ignore[attr-defined] # known to Flask's own provider


def ask_for_second_factor(app: Flask, settings: config.Settings) -> None:
    """Say which posts must have a second factor: `kedang.must_prove`, nobody where it is off."""
    asked = law.openers() if settings.factor_required else frozenset()
    app.extensions["kedang.must_prove"] = asked


def _open_database(app: Flask, settings: config.Settings) -> None:
    settings.instance.mkdir(parents=True, exist_ok=True, mode=0o700)
    db.init_app(app)
    Migrate(app, db, directory=str(config.ROOT / "migrations"), render_as_batch=True)
    with app.app_context():
        prepare(db.engine)


def _install_web(app: Flask, settings: config.Settings) -> None:
    words.install(app, config.ROOT / "crm" / "translations", _language)
    headers.install(app, https=settings.https)  # after the unit: its own pages carry them too
    unit.install(app, log.append, problems.unsettled, _not_signed_in)
    problems.install(app)
    filters.install(app)
    sessions.install(app)
    app.after_request(sessions.touch)
    limits.install(app)
    app.before_request(_know_who_asks)
    guard.install(app, _allows, _not_signed_in)
    CSRFProtect(app)
    gates.install(app)
    app.before_request(forms.refuse_nul)


def _add_rooms(app: Flask) -> None:
    from crm import authority, backups, customers, desk, home, work
    from crm.home import panels
    from crm.work.complaints import records

    for room in (home, customers, authority, desk, backups, work):
        room.install(app)
    app.extensions["kedang.tasks"] = (records.is_open,)
    app.extensions["kedang.panels"] = (
        panels.unseen,
        panels.pool,
        panels.accounts,
        panels.backups,
        panels.watchers,
        panels.rights,
        panels.signed_in,
    )


def _know_who_asks() -> None:
    """Load the viewer and begin the unit in their name."""
    if request.endpoint == "static":
        return
    address = request.remote_addr or ""
    user = current_user._get_current_object()  # noqa: SLF001 - Flask-Login's way behind its proxy
    g.viewer = user if isinstance(user, Viewer) else None
    if g.viewer:
        versions.follow(g.viewer.law)
        clauses.follow(g.viewer.worded)
        g.unit = unit.Unit(g.viewer.actor(), address, str(g.viewer.session_id))
        g.unit.standing = standing.of(g.viewer)
    elif waiting := g.get("waiting"):
        g.unit = unit.Unit(waiting.actor, address, str(waiting.session_id))
    else:
        g.unit = unit.Unit(address=address)


def _allows(permission: Any) -> bool:
    customer_id = (request.view_args or {}).get("customer_id")
    if law.scope(g.viewer, permission) is not None:
        return True
    if customer_id and g.viewer.granted and permission in BY_CARD:
        return True  # the card's own room asks which grants reach it
    log.refuse(
        "access",
        subject_type="customer" if customer_id else None,
        subject_ids=(customer_id,) if customer_id else (),
        detail={"permission": permission.value, "page": _page()},
    )
    raise Denied(clause=clauses.line(permission))


BY_CARD = frozenset({Permission.CUSTOMER_LIST, Permission.CUSTOMER_OPEN})
"""Where a grant may lead that the post does not: to the pages of one card."""


def _not_signed_in() -> ResponseReturnValue:
    # Whoever comes to the front door has not been refused anything.
    if request.path != "/" and limits.told(request.remote_addr or ""):
        log.refuse("access", detail={"page": _page(), "why": "not signed in"})
    if problems.wants_json():
        return problems.answer(401)
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/"
    door = "/sign-in/second" if g.get("waiting") else "/sign-in"
    return redirect(f"{door}?next={quote(wanted)}" if wanted != "/" else door)


def _page() -> str:
    """The address's pattern, never the address: somebody may have typed a number into it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", request.url_rule.rule) if request.url_rule else ""


def _language() -> str:
    if not has_request_context():
        return "zh_Hans_CN"  # jobs and commands: what they say is for their log and their sheets
    viewer = g.get("viewer")
    chosen = viewer.language if viewer else request.cookies.get("language", "zh")
    return "en" if chosen == "en" else "zh_Hans_CN"
