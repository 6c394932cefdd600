"""第二重验证: one's own codes, passkeys, recovery codes and trusted devices."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import segno
from flask import current_app, flash, g, redirect, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select

from crm.access.permissions import Permission
from crm.accounts import fresh
from crm.accounts.factors import devices, keeping, passkeys, totp
from crm.accounts.factors.passkeys import Passkey
from crm.accounts.factors.proving import PASSKEY, TOTP
from crm.db import db
from crm.errors import Invalid, Missing
from crm.home import bp
from crm.home.second_step import as_json
from crm.web import unit
from crm.web.guard import allow
from crm.web.limits import SIGN_IN, failed, limit
from crm.web.text import clean_line

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

HERE = "/me/second-factor"


@bp.get(HERE)
@allow(Permission.SIGNED_IN)
@fresh.needed
def second_factor() -> ResponseReturnValue:
    """What one has; where the post needs one and there is none, nothing else before."""
    return _page()


@bp.post(f"{HERE}/code")
@allow(Permission.SIGNED_IN)
@fresh.needed
def begin_code() -> ResponseReturnValue:
    """A new secret as a QR code, shown this once; it counts from its first code on."""
    unit.current().write()
    secret, address = totp.begin(g.viewer.id, g.viewer.login)
    return _code_page(
        qr=segno.make(address, error="m").svg_data_uri(scale=5, border=2),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
    )


@bp.post(f"{HERE}/code/confirm")
@limit(SIGN_IN, methods=["POST"], deduct_when=failed)
@allow(Permission.SIGNED_IN)
def confirm_code() -> ResponseReturnValue:
    """The first code shows that the app has the secret, which a fresh session was told."""
    unit.current().write()
    if totp.confirm(g.viewer.id, request.form.get("code", "")[:64]):
        return _code_page(problem=_("验证码不对，或者放得太久了。看看手机的时间准不准。")), 422
    return _added(TOTP)


@bp.post(f"{HERE}/code/remove")
@allow(Permission.SIGNED_IN)
@fresh.needed
def remove_code() -> ResponseReturnValue:
    """Do without the app."""
    unit.current().write()
    if totp.of(g.viewer.id) is None:
        raise Missing
    _refuse_the_last()
    keeping.remove_totp(g.viewer.id)
    return redirect(HERE, 303)


@bp.post(f"{HERE}/passkeys/new")
@allow(Permission.SIGNED_IN)
@fresh.needed
def new_passkey() -> ResponseReturnValue:
    """What the browser needs to make a passkey."""
    unit.current().write()
    return as_json(passkeys.ask_new(g.viewer, g.viewer.session_id))


@bp.post(f"{HERE}/passkeys")
@allow(Permission.SIGNED_IN)
@fresh.needed
def add_passkey() -> ResponseReturnValue:
    """Keep the passkey that the browser has made."""
    unit.current().write()
    name = _name() or _("我的通行密钥")
    answer = request.form.get("passkey", "")
    if not passkeys.add(g.viewer.id, g.viewer.session_id, answer, name):
        return _page(_("通行密钥没有加上，请再试一次。")), 422
    return _added(PASSKEY)


@bp.post(f"{HERE}/passkeys/<uuid:passkey_id>/rename")
@allow(Permission.SIGNED_IN)
@fresh.needed
def rename_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Give a passkey another name."""
    unit.current().write()
    mine = _mine(passkey_id)
    mine.name = _name() or mine.name
    return redirect(HERE, 303)


@bp.post(f"{HERE}/passkeys/<uuid:passkey_id>/remove")
@allow(Permission.SIGNED_IN)
@fresh.needed
def remove_passkey(passkey_id: UUID) -> ResponseReturnValue:
    """Do without a passkey."""
    unit.current().write()
    mine = _mine(passkey_id)
    _refuse_the_last()
    keeping.remove_passkey(mine)
    return redirect(HERE, 303)


@bp.post(f"{HERE}/recovery-codes")
@allow(Permission.SIGNED_IN)
@fresh.needed
def renew_recovery_codes() -> ResponseReturnValue:
    """Ten new recovery codes, shown this once; the old ones end."""
    unit.current().write()
    if not g.viewer.second_factor:
        raise Missing
    return _codes_page(keeping.renewed_codes(g.viewer.id))


@bp.post(f"{HERE}/devices/<uuid:device_id>/forget")
@allow(Permission.SIGNED_IN)
def forget_device(device_id: UUID) -> ResponseReturnValue:
    """Ask for the second step on this device again."""
    unit.current().write()
    if not devices.forget(g.viewer.id, device_id):
        raise Missing
    return redirect(HERE, 303)


@bp.post(f"{HERE}/devices/forget")
@allow(Permission.SIGNED_IN)
def forget_devices() -> ResponseReturnValue:
    """Ask for the second step everywhere again."""
    unit.current().write()
    devices.forget(g.viewer.id)
    return redirect(HERE, 303)


def _added(kind: str) -> ResponseReturnValue:
    codes = keeping.added(g.viewer.id, kind, g.viewer.session_id)
    if codes:
        return _codes_page(codes)
    flash(_("已加上。"), "ok")
    return redirect(HERE, 303)


def _must() -> bool:
    return g.viewer.role in current_app.extensions["kedang.must_prove"]


def _first() -> bool:
    """Whether nothing else can be done before: then the page stands alone."""
    return _must() and not g.viewer.second_factor


def _refuse_the_last() -> None:
    if _must() and keeping.of(g.viewer.id).factors == 1:
        raise Invalid(_("您的岗位要有第二重验证：先加一种新的，再删这一种。"))


def _mine(passkey_id: UUID) -> Passkey:
    mine = Passkey.id == passkey_id, Passkey.person_id == g.viewer.id
    found = db.session.scalar(select(Passkey).where(*mine))
    if found is None:
        raise Missing
    return found


def _name() -> str:
    return clean_line(request.form.get("name", ""), passkeys.NAME).text


def _page(problem: str = "") -> str:
    return render_template(
        "accounts/second_factor.html",
        kept=keeping.of(g.viewer.id),
        first=_first(),
        must=_must(),
        usable=passkeys.usable(),
        most=passkeys.MOST,
        problem=problem,
        days=devices.TRUSTED_FOR.days,
    )


def _code_page(qr: str = "", secret: str = "", problem: str = "") -> str:
    return render_template(
        "accounts/code.html", first=_first(), qr=qr, secret=secret, problem=problem
    )


def _codes_page(codes: list[str]) -> str:
    return render_template("accounts/recovery_codes.html", codes=codes)
