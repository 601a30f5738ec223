from django.apps import AppConfig


class Care(AppConfig):
    name = "tongtu.hub.care"
    label = "care"
