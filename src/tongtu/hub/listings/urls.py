"""Where the pages of this room stand."""

from __future__ import annotations

from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from tongtu.hub.listings.kinds import kinds
from tongtu.hub.listings.views import browse, desk, feeds, hours, revise, write


class Listed(StringConverter):
    """The nouns that are listed."""

    regex = "|".join(kinds())


register_converter(Listed, "listed")

app_name = "listings"
urlpatterns: list[URLPattern] = [
    path("", browse.home, name="home"),
    path("mine/", desk.mine, name="mine"),
    path("review/", desk.review_queue, name="review_queue"),
    path("saved/", desk.searches, name="saved"),
    path("saved/<uuid:uid>/", desk.forget, name="forget"),
    path("saved/<uuid:uid>/feed/", feeds.change, name="feed_of"),
    path("feeds/<str:key>/", feeds.read, name="kept_feed"),
    path("files/<uuid:uid>/", browse.download, name="download"),
    path("files/<uuid:uid>/remove/", write.detach, name="detach"),
    path("<listed:noun>/", browse.listing, name="list"),
    path("<listed:noun>/feed/", browse.feed, name="feed"),
    path("<listed:noun>/new/", write.new, name="new"),
    path("<listed:noun>/<uuid:uid>/", browse.one, name="detail"),
    path("<listed:noun>/<uuid:uid>/edit/", write.edit, name="edit"),
    path("<listed:noun>/<uuid:uid>/submit/", write.submit, name="submit"),
    path("<listed:noun>/<uuid:uid>/return/", write.send_back, name="return"),
    path("<listed:noun>/<uuid:uid>/publish/", write.publish, name="publish"),
    path("<listed:noun>/<uuid:uid>/withdraw/", write.withdraw, name="withdraw"),
    path("<listed:noun>/<uuid:uid>/renew/", write.renew, name="renew"),
    path("<listed:noun>/<uuid:uid>/delete/", write.delete, name="delete"),
    path("<listed:noun>/<uuid:uid>/revise/", revise.write, name="revise"),
    path("<listed:noun>/<uuid:uid>/revision/", revise.review, name="revision"),
    path("<listed:noun>/<uuid:uid>/hours/", hours.page, name="hours"),
    path("<listed:noun>/<uuid:uid>/attach/", write.attach, name="attach"),
]
