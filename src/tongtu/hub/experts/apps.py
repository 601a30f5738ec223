from django.apps import AppConfig


class Experts(AppConfig):
    name = "tongtu.hub.experts"
    label = "experts"
