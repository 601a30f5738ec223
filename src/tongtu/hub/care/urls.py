"""Where the pages of this room stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.care import views

app_name = "care"
urlpatterns = [
    path("log/", views.log, name="log"),
    path("log.csv", views.log_csv, name="log_csv"),
    path("log/verify/", views.verify, name="verify"),
    path("log/verdicts/<uuid:pk>/", views.verdict, name="verdict"),
]
