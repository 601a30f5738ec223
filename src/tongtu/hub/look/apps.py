from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class Look(AppConfig):
    name = "tongtu.hub.look"
    label = "look"

    def ready(self) -> None:
        """Every room's module `home` says what it brings to the first page and the navigation."""
        autodiscover_modules("home")
