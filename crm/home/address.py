"""The address that phones use, and its QR code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import segno
from flask import current_app, render_template
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.home import bp
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue


@bp.get("/admin/address")
@allow(Permission.PEOPLE_MANAGE)
def address() -> ResponseReturnValue:
    """Where phones find the program; says when that will not work from outside."""
    settings = current_app.extensions["kedang.settings"]
    url = settings.public_url
    warnings = []
    if not settings.https:
        warnings.append(_("还没有设置 HTTPS 地址（CRM_PUBLIC_URL）。手机要用，请先按文档配置。"))
    if "127.0.0.1" in url or "localhost" in url:
        warnings.append(_("这是本机地址，别的设备打不开。"))
    qr = segno.make(url, error="m").svg_data_uri(scale=6, border=2)
    return render_template("admin/address.html", url=url, qr=qr, warnings=warnings)
