"""The web application that the server's child loads."""

import os
import threading
import time

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")


def end_with_parent(parent: int) -> None:
    """A child whose parent was killed would go on serving without a worker, on the port that the next start needs."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


application = get_wsgi_application()
if "SHUKE_PARENT" in os.environ:
    threading.Thread(target=end_with_parent, args=(int(os.environ["SHUKE_PARENT"]),), daemon=True).start()
