from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Core(AppConfig):
    name = "shuke.core"
    label = "core"

    def ready(self) -> None:
        autodiscover_modules("kinds", "reactions", "warnings", "chores")
