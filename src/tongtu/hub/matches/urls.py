"""Where the pages of matches stand."""

from __future__ import annotations

from django.urls import path

from tongtu.hub.matches.views import pairs, plans, rounds

app_name = "matches"
urlpatterns = [
    path("", pairs.mine, name="mine"),
    path("grants/", pairs.grants, name="grants"),
    path("of/<uuid:uid>/", pairs.of, name="of"),
    path("of/<uuid:uid>/<str:noun>/", pairs.of, name="of_noun"),
    path("pair/<uuid:own>/<uuid:other>/", pairs.pair, name="pair"),
    path("pair/<uuid:own>/<uuid:other>/<slug:step>/", pairs.act, name="act"),
    path("rounds/", rounds.index, name="rounds"),
    path("rounds/begin/", rounds.begin, name="begin"),
    path("rounds/<uuid:pk>/", rounds.one, name="round"),
    path("rounds/<uuid:pk>/publish/", rounds.publish, name="publish"),
    path("rounds/<uuid:pk>/appeal/", rounds.appeal, name="appeal"),
    path("rounds/<uuid:pk>/answer/", rounds.answer, name="answer"),
    path("plan/", plans.index, name="plan"),
    path("plan/make/", plans.make, name="make_plan"),
    path("plan/report/", plans.report, name="plan_report"),
    path("plan/workbook/", plans.workbook, name="plan_workbook"),
    path("market/compute/", pairs.compute, name="compute"),
]
