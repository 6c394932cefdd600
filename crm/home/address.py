"""让手机能访问: the address and its QR code, what is still missing, and what to copy where."""

from __future__ import annotations

import ipaddress
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import segno
from flask import current_app, render_template, request
from flask_babel import gettext as _

from crm.access.permissions import Permission
from crm.home import bp
from crm.web.guard import allow

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from crm.config import Settings

EXAMPLE = "crm.example.com"
"""Stands in the example until there is a real name."""


@bp.get("/admin/address")
@allow(Permission.PEOPLE_MANAGE)
def address() -> ResponseReturnValue:
    """Where phones find the program; step by step what is missing, ready to copy."""
    settings: Settings = current_app.extensions["kedang.settings"]
    url, host, here = settings.public_url, _host(settings.public_url), _own_address()
    port = request.environ.get("SERVER_PORT", "8000")
    return render_template(
        "admin/address.html",
        url=url,
        qr=segno.make(url, error="m").svg_data_uri(scale=6, border=2),
        reachable=_is_reachable(host),
        steps=_steps(settings, host),
        outside=_caddy(host if _is_name(host) else EXAMPLE, port),
        named=_is_name(host),
        inside=_caddy(here or "192.168.1.10", port, "    tls internal\n"),
        outside_settings=_settings(host if _is_name(host) else EXAMPLE),
        inside_settings=_settings(here or "192.168.1.10"),
    )


def _steps(settings: Settings, host: str) -> list[tuple[bool, str, str]]:
    """(done, what, how) for everything that phones need."""
    return [
        (
            _is_reachable(host),
            _("有一个手机打得开的地址"),
            _("现在是本机地址，只有这台电脑自己打得开。选下面一种做法。"),
        ),
        (
            settings.https,
            _("地址以 https:// 开头"),
            _("没有 HTTPS，密码和内容在路上看得见，浏览器也不让登录保持。Caddy 会自动办好证书。"),
        ),
        (
            bool(settings.trusted_proxies),
            _("告诉程序哪台是代理（CRM_TRUSTED_PROXIES）"),
            _("不写的话，日志里记的都是代理的地址，分不清是谁的手机。"),
        ),
    ]


def _host(url: str) -> str:
    with suppress(ValueError):
        return urlsplit(url).hostname or ""
    return ""


def _is_reachable(host: str) -> bool:
    """Whether another device could find this host at all."""
    with suppress(ValueError):
        number = ipaddress.ip_address(host)
        return not (number.is_loopback or number.is_unspecified)
    return bool(host) and host != "localhost" and not host.endswith(".localhost")


def _is_name(host: str) -> bool:
    """Whether it is a name of the company's, for which a public certificate can be had."""
    with suppress(ValueError):
        ipaddress.ip_address(host)
        return False
    return _is_reachable(host) and "." in host


def _caddy(host: str, port: str, more: str = "") -> str:
    return f"https://{host} {{\n{more}    reverse_proxy 127.0.0.1:{port}\n}}\n"


def _settings(host: str) -> str:
    return f"CRM_PUBLIC_URL=https://{host}\nCRM_TRUSTED_PROXIES=127.0.0.1\n"


def _own_address() -> str:
    """The machine's address in its own network; nothing is sent to find it."""
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # a test network of RFC 5737: nobody is there
        found: str = probe.getsockname()[0]
        if ipaddress.ip_address(found).is_private and not ipaddress.ip_address(found).is_loopback:
            return found
    return ""
