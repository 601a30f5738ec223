"""Where everything stands. A test walks this map and fails where a route has no row in `tests/hub/routes.csv`."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

urlpatterns = [
    path("", include("tongtu.hub.look.urls")),
    path("language/", set_language, name="set_language"),
    path("accounts/", include("tongtu.hub.people.accounts")),
    path("people/", include("tongtu.hub.people.urls")),
    path("listings/", include("tongtu.hub.listings.urls")),
    path("matches/", include("tongtu.hub.matches.urls")),
    path("experts/", include("tongtu.hub.experts.urls")),
    path("briefs/", include("tongtu.hub.briefs.urls")),
    path("exchange/", include("tongtu.hub.exchange.urls")),
    path("jobs/", include("tongtu.hub.jobs.urls")),
    path("care/", include("tongtu.hub.care.urls")),
    path("health/", include("tongtu.hub.care.watched")),
    path("api/", include("tongtu.hub.api.urls")),
]

handler400 = "tongtu.hub.look.views.malformed"
handler403 = "tongtu.hub.look.views.refused"
handler404 = "tongtu.hub.look.views.missing"
handler500 = "tongtu.hub.look.views.broken"
