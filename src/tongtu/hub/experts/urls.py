"""Where the pages of this room stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.experts import views

app_name = "experts"
urlpatterns = [
    path("", views.index, name="index"),
    path("<listed:noun>/<uuid:uid>/", views.judge, name="judge"),
    path("<listed:noun>/<uuid:uid>/assign/", views.assign, name="assign"),
]
