"""All addresses, rooms' own first, the generic doors last."""

from django.urls import include, path

from shuke.config import home

urlpatterns = [
    path("", home.today, name="today"),
    path("settings/", home.settings_page, name="settings"),
    path("settings/firm/", home.firm_page, name="firm"),
    path("favicon.ico", home.favicon),
    path("look/", home.look, name="look"),
    path("api/v1/", include("shuke.api.urls")),
    path("", include("shuke.people.urls")),
    path("", include("shuke.parties.urls")),
    path("", include("shuke.paste.urls")),
    path("", include("shuke.exchange.urls")),
    path("", include("shuke.notices.urls")),
    path("", include("shuke.bulk.urls")),
    path("", include("shuke.backup.urls")),
    path("", include("shuke.duplicates.urls")),
    path("", include("shuke.core.urls")),
]

handler400 = "shuke.core.errors.bad_request"
handler403 = "shuke.core.errors.forbidden"
handler404 = "shuke.core.errors.not_found"
handler500 = "shuke.core.errors.failed"
