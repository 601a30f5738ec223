"""Where the pages of this room stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.exchange import views

app_name = "exchange"
urlpatterns = [
    path("", views.home, name="home"),
    path("template/<slug:noun>/", views.template, name="template"),
    path("upload/", views.upload, name="upload"),
    path("batches/<uuid:pk>/", views.batch, name="batch"),
    path("batches/<uuid:pk>/store/", views.store, name="store"),
    path("batches/<uuid:pk>/undo/", views.undo, name="undo"),
    path("batches/<uuid:pk>/marked/", views.marked, name="marked"),
    path("export/", views.export, name="export"),
    path("export/<uuid:pk>/", views.exported, name="exported"),
    path("export/<uuid:pk>/again/", views.remake, name="remake"),
]
