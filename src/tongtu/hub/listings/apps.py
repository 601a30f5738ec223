from django.apps import AppConfig


class Listings(AppConfig):
    name = "tongtu.hub.listings"
    label = "listings"
