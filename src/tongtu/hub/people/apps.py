from django.apps import AppConfig


class People(AppConfig):
    name = "tongtu.hub.people"
    label = "people"
