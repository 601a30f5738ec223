"""Where the pages of this room stand."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "listings"
urlpatterns: list[URLPattern] = []
