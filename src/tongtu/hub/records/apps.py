from django.apps import AppConfig


class Records(AppConfig):
    name = "tongtu.hub.records"
    label = "records"
