"""The web application."""

import os

from django.core.handlers.wsgi import WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.http.request import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shuke.config.settings")


class Request(WSGIRequest):
    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        # All that we read is UTF-8. Django looks the named charset up before any middleware runs, and "base64" ends it there.
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


application = get_wsgi_application()
application.request_class = Request
