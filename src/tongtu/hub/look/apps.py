from django.apps import AppConfig


class Look(AppConfig):
    name = "tongtu.hub.look"
    label = "look"
