"""The product's settings on a data directory of their own: no test ever touches a firm's data."""

import os
import tempfile

_directory = tempfile.TemporaryDirectory(prefix="shuke-tests-")
os.environ["SHUKE_DATA"] = _directory.name

from shuke.config.settings import *  # noqa: E402, F403
