"""Where the pages of matches stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.matches import views

app_name = "matches"
urlpatterns = [
    path("", views.mine, name="mine"),
    path("grants/", views.grants, name="grants"),
    path("of/<uuid:uid>/", views.of, name="of"),
    path("of/<uuid:uid>/<str:noun>/", views.of, name="of_noun"),
    path("pair/<uuid:own>/<uuid:other>/", views.pair, name="pair"),
    path("pair/<uuid:own>/<uuid:other>/<slug:step>/", views.act, name="act"),
    path("market/compute/", views.compute, name="compute"),
]
