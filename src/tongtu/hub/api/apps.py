from django.apps import AppConfig


class Api(AppConfig):
    name = "tongtu.hub.api"
    label = "api"
