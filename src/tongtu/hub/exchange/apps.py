from django.apps import AppConfig


class Exchange(AppConfig):
    name = "tongtu.hub.exchange"
    label = "exchange"
