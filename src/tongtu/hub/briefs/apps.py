from django.apps import AppConfig


class Briefs(AppConfig):
    name = "tongtu.hub.briefs"
    label = "briefs"
