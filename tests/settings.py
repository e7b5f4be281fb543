"""The product's settings on a data directory of their own: no test ever touches a firm's data."""

import os
import tempfile

if "PYTEST_XDIST_WORKER" in os.environ:  # inside the directory of the run that started it, which also takes it away
    os.environ["SHUKE_DATA"] += f"/{os.environ['PYTEST_XDIST_WORKER']}"
else:
    _directory = tempfile.TemporaryDirectory(prefix="shuke-tests-")
    os.environ["SHUKE_DATA"] = _directory.name

from django.contrib.auth.hashers import Argon2PasswordHasher

from shuke.config.settings import *  # noqa: F403

STATIC_ROOT.mkdir()  # noqa: F405 (the server makes it before it starts)

# The same hash at its lowest cost: the tests sign in hundreds of times, and how long a guess takes is Django's to say.
Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1
