from django.apps import AppConfig


class Jobs(AppConfig):
    name = "tongtu.hub.jobs"
    label = "jobs"
