from django.apps import AppConfig
from django.core.checks import register
from django.utils.module_loading import autodiscover_modules


class Core(AppConfig):
    name = "shuke.core"
    label = "core"

    def ready(self) -> None:
        from shuke.core import checks

        register(checks.records)
        autodiscover_modules("kinds", "reactions", "warnings", "chores")
