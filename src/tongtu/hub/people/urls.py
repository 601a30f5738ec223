"""Where the pages of people stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.people.views import access, members, organisations

app_name = "people"
urlpatterns = [
    path("", members.index, name="members"),
    path("of/<uuid:pk>/", members.index, name="members_of"),
    path("of/<uuid:pk>/invite/", members.invite, name="invite"),
    path("of/<uuid:pk>/<uuid:user>/give/", members.give, name="give"),
    path("of/<uuid:pk>/<uuid:user>/take/", members.take, name="take"),
    path("invitations/<uuid:invitation>/withdraw/", members.withdraw, name="withdraw"),
    path("join/<str:secret>/", members.join, name="join"),
    path("act/", members.act, name="act"),
    path("organisations/", organisations.index, name="organisations"),
    path("organisations/<uuid:pk>/verify/", organisations.verify, name="verify"),
    path("organisation/", organisations.own, name="organisation"),
    path("organisation/edit/", organisations.edit, name="edit"),
    path("organisation/rivals/", organisations.rival, name="rival"),
    path("tokens/", access.index, name="tokens"),
    path("tokens/create/", access.create, name="create_token"),
    path("tokens/<uuid:pk>/revoke/", access.revoke, name="revoke_token"),
    path("enter/<slug:name>/", access.enter, name="enter"),
]
