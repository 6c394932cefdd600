"""Uploads: what is sent stays in memory – a spooled file would lie on the disk in plain text."""

from __future__ import annotations

from io import BytesIO
from typing import IO

import flask


class Request(flask.Request):
    """A request whose files are never put into a temporary file; the server limits their size."""

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002 - Werkzeug's signature
        content_type: str | None,  # noqa: ARG002 - Werkzeug's signature
        filename: str | None = None,  # noqa: ARG002 - Werkzeug's signature
        content_length: int | None = None,  # noqa: ARG002 - Werkzeug's signature
    ) -> IO[bytes]:
        return BytesIO()
