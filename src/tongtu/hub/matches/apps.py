from django.apps import AppConfig


class Matches(AppConfig):
    name = "tongtu.hub.matches"
    label = "matches"
