"""The second step of signing in: a code, a passkey or a recovery code; and proving it once more."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from flask import Response, current_app, g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.exceptions import HTTPException

from crm.access.permissions import Permission
from crm.accounts import signing
from crm.accounts.agents import device_name
from crm.accounts.factors import keeping, passkeys
from crm.accounts.factors.devices import TRUSTED_FOR
from crm.accounts.factors.proving import RECOVERY, Proof
from crm.errors import NotFresh
from crm.home import bp
from crm.home.signing import DEVICE_COOKIE, next_url
from crm.notices import inbox
from crm.web import problems, unit
from crm.web.forms import own_path
from crm.web.guard import allow
from crm.web.limits import SIGN_IN, failed, limit

if TYPE_CHECKING:
    from uuid import UUID

    from flask import Flask
    from flask.typing import ResponseReturnValue
    from werkzeug import Response as BaseResponse

LONGEST = 64
"""Characters of a code that somebody types."""


@bp.route("/sign-in/second", methods=["GET", "POST"])
@limit(SIGN_IN, methods=["POST"], deduct_when=failed)
@allow(Permission.ANYONE)
def second_step() -> ResponseReturnValue:
    """The step after the password. Says nothing but whether it is done."""
    waiting = g.get("waiting")
    if waiting is None:
        return redirect(next_url() if g.viewer else "/sign-in")
    if request.method != "POST":
        return _step_page(waiting.person_id)
    proof, trust = proof_sent(), request.form.get("trust") == "1"
    if proof.empty:
        return _step_page(waiting.person_id, _("请填验证码或恢复码。")), 422
    device = (device_name(request.user_agent.string) or "-") if trust else ""
    token = signing.second_step(waiting, proof, device=device)
    if token is None:
        return _step_page(waiting.person_id, wrong()), 422
    if proof.kind == RECOVERY:
        left = keeping.of(waiting.person_id).codes_left
        inbox.tell(waiting.person_id, inbox.Kind.RECOVERY_USED, number=left)
    response = redirect(next_url())
    if token:
        _remember(response, token)
    return response


@bp.post("/sign-in/second/passkey")
@allow(Permission.ANYONE)
def second_step_with_passkey() -> ResponseReturnValue:
    """What the browser needs to sign with a passkey."""
    waiting = g.get("waiting")
    if waiting is None:
        return problems.answer(401)
    unit.current().write()
    return as_json(passkeys.ask(waiting.person_id, waiting.session_id))


@bp.route("/me/confirm", methods=["GET", "POST"])
@limit(SIGN_IN, methods=["POST"], deduct_when=failed)
@allow(Permission.SIGNED_IN)
def confirm() -> ResponseReturnValue:
    """Who one is, once more, before what is worth it; then back to where one was."""
    if request.method != "POST":
        return _confirm_page()
    password = request.form.get("password", "")[:256]
    if not password:
        return _confirm_page(_("请填密码。")), 422
    if signing.confirm(g.viewer, password, proof_sent()):
        return redirect(next_url(), 303)
    return _confirm_page(wrong()), 422


@bp.post("/me/confirm/passkey")
@allow(Permission.SIGNED_IN)
def confirm_with_passkey() -> ResponseReturnValue:
    """What the browser needs to sign with a passkey, once more."""
    unit.current().write()
    return as_json(passkeys.ask(g.viewer.id, g.viewer.session_id))


def proof_sent() -> Proof:
    """The proof in the form that was sent."""
    form = request.form
    return Proof(
        passkey=form.get("passkey", "")[: passkeys.LONGEST + 1],
        recovery=form.get("recovery", "").strip()[: LONGEST + 1],
        code=form.get("code", "")[:LONGEST],
    )


def as_json(text: str) -> Response:
    """A text that is JSON already, as an answer."""
    return Response(text, mimetype="application/json")


def wrong() -> str:
    """The one sentence for every failure: it does not say what was wrong."""
    return _("没有通过，请再试一次。连续错五次，账号锁定 15 分钟。")


def _step_page(person_id: UUID, problem: str = "") -> str:
    kept = keeping.of(person_id)
    return render_template(
        "accounts/second_step.html",
        problem=problem,
        next_url=next_url() if next_url() != "/" else "",
        has_code=kept.totp is not None,
        has_passkey=bool(kept.passkeys) and passkeys.usable(),
        days=TRUSTED_FOR.days,
    )


def _confirm_page(problem: str = "") -> str:
    kept = keeping.of(g.viewer.id)
    return render_template(
        "accounts/confirm.html",
        problem=problem,
        next_url=next_url() if next_url() != "/" else "",
        has_code=kept.totp is not None,
        has_passkey=bool(kept.passkeys) and passkeys.usable(),
        has_recovery=kept.factors > 0,
    )


def _remember(response: BaseResponse, token: str) -> None:
    response.set_cookie(
        DEVICE_COOKIE,
        token,
        max_age=int(TRUSTED_FOR.total_seconds()),
        path="/sign-in",
        secure=current_app.extensions["kedang.settings"].https,
        httponly=True,
        samesite="Lax",
    )


def _prove_first(_error: NotFresh) -> ResponseReturnValue:
    """To /me/confirm and back: to the page itself, or to the one whose form was sent."""
    unit.current().abandon()
    if problems.wants_json():
        return problems.answer(403, _("请先再次验证身份。"))
    back = request.full_path.rstrip("?") if request.method == "GET" else _referring()
    return redirect(f"/me/confirm?next={quote(own_path(back))}", 303)


def _referring() -> str:
    """The page of ours that a form was sent from, or the first page."""
    parts = urlsplit(request.referrer or "/")
    if parts.netloc not in {"", request.host}:
        return "/"
    try:
        current_app.url_map.bind("").match(parts.path, "GET")
    except HTTPException:  # a page that only answers a form cannot be gone back to
        return "/"
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def install(app: Flask) -> None:
    """Lead whoever must prove themselves first to where they can."""
    app.register_error_handler(NotFresh, _prove_first)
