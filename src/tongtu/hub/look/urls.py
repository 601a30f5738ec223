"""The first page and the choice of colours."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.look import views

urlpatterns = [
    path("", views.home, name="home"),
    path("theme/", views.theme, name="theme"),
]
