"""Limits: how often one address may fail to sign in, and how often it may ask for costly things."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

if TYPE_CHECKING:
    from flask import Flask, Response

limiter = Limiter(get_remote_address, headers_enabled=False)

SIGN_IN = "30 per 15 minutes"
"""Failed sign-ins from one address; an office often shares one."""


def failed(response: Response) -> bool:
    """Whether a response counts against the limit: failures only."""
    return response.status_code == HTTPStatus.UNPROCESSABLE_ENTITY


def install(app: Flask) -> None:
    """Count in process, or in Redis when several workers share the limits."""
    limiter.init_app(app)
