"""Where the pages of this room stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.briefs.views import desk, mending, reading, shelf

app_name = "briefs"
urlpatterns = [
    path("", shelf.index, name="index"),
    path("read/", reading.begin, name="begin"),
    path("readings/<uuid:pk>/", reading.one, name="reading"),
    path("<uuid:pk>/", shelf.brief, name="brief"),
    path("<uuid:pk>/remove/", shelf.remove, name="remove"),
    path("<uuid:pk>/correct/<slug:sentence>/", mending.correct, name="correct"),
    path("corrections/", mending.corrections, name="corrections"),
    path("corrections/<uuid:pk>/", mending.decide, name="decide"),
    path("digest/", desk.digest, name="digest"),
    path("digest/change/", desk.change, name="change"),
    path("feed/<str:key>/", desk.feed, name="feed"),
    path("claims/", mending.claims, name="claims"),
    path("drafts/<uuid:pk>/", mending.draft, name="draft"),
    path("drafts/<uuid:pk>/approve/", mending.approve, name="approve"),
]
