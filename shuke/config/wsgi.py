"""The web application that the server's child loads."""

import os
import threading
import time

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http.request import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")


class Request(WSGIRequest):
    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        # All that we read is UTF-8. Django looks the named charset up before any middleware runs, and "base64" ends it there.
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


def end_with_parent(parent: int) -> None:
    """A child whose parent was killed would go on serving without a worker, on the port that the next start needs."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


application = get_wsgi_application()
application.request_class = Request
if "SHUKE_PARENT" in os.environ:
    threading.Thread(target=end_with_parent, args=(int(os.environ["SHUKE_PARENT"]),), daemon=True).start()
