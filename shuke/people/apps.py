"""The room of people: the rights it knows become those of the whole house."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in
from django.utils.translation import gettext_lazy as _


class People(AppConfig):
    name = "shuke.people"
    label = "people"
    verbose_name = _("People and rights")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from shuke.api import doors as api
        from shuke.core import scope
        from shuke.people import kinds, panels, policy, sessions, tokens  # noqa: F401

        scope.install(policy.Rights())
        api.install(tokens.user_of)
        # Django would save the whole user; ours is a derived column, which leaves neither version nor journal.
        user_logged_in.disconnect(dispatch_uid="update_last_login")
        user_logged_in.connect(sessions.remember_sign_in, dispatch_uid="remember_sign_in")
