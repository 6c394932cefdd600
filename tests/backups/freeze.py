"""Freezing: `python -m tests.backups.freeze` keeps a small backup of a release's schema.

Run once at each release; what it writes is committed and never made anew. The people are the
cast's, the master key is for these files alone.
"""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from flask_migrate import upgrade

from crm import create_app
from crm.backups import schema
from crm.cli.house import make_keys
from tests import cast
from tests.backups.places import taken

RELEASED = Path(__file__).parent / "released"
KEY = base64.b64encode(b"only for backups frozen in tests")
"""The master key of every frozen backup: no archive of anybody's."""


def main() -> None:
    """Write `released/<revision>.kedang`, never over one that is there."""
    path = RELEASED / f"{schema.head()}.kedang"
    if path.exists():
        raise SystemExit(f"{path} is there already: a released schema does not change")
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder) / "master.key"
        key.write_bytes(KEY)
        app = create_app(
            {
                "CRM_INSTANCE": str(Path(folder) / "instance"),
                "CRM_MASTER_KEY_FILE": str(key),
                "TESTING": True,
            }
        )
        with app.app_context():
            upgrade()
            make_keys()
        cast.hire(app, ["zhao", "wang", "xi"])
        cast.planted(app)
        taken(app, path)


if __name__ == "__main__":
    main()
