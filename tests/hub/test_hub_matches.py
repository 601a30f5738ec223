"""A market computed for the hub, a pair with its reasons, and interest from none to open and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from tongtu.hub.care.models import Event
from tongtu.hub.matches import feedback, interest, market, pair, plans, rounds
from tongtu.hub.matches.models import Appeal, Match, Round
from tongtu.hub.people.models import Role
from tongtu.hub.records.models import MODELS, Seen
from tongtu.hub.records.sight import Sight
from tongtu.match import sides
from tongtu.terms.faults import UsageFault

DAY = timezone.localdate()  # what is published today is in a market of today


def _text(answer: Any) -> str:
    return answer.content.decode()


@pytest.fixture
def computed(listed: Any) -> Any:
    """The two listings with indicators of both sides, and the market over them."""
    for noun, record, low in (("needs", listed.need, 1000.0), ("achievements", listed.achievement, 1200.0)):
        listed.record(
            "indicators", "firm" if noun == "needs" else "lab", f"I-{noun}", subject=str(record.pk),
            subject_kind=record.noun.removesuffix("s"), quantity="循环寿命", operator="ge", low=low, unit="次",
        )  # fmt: skip
    market.compute("teaser", DAY)
    return listed


def _pair(world: Any, own: Any, other: Any, step: str = "") -> str:
    return f"/matches/pair/{own.pk}/{other.pk}/{step + '/' if step else ''}"


def test_each_side_finds_the_other_with_parts_that_are_the_score(computed: Any) -> None:
    for own, other in ((computed.need, computed.achievement), (computed.achievement, computed.need)):
        match = Match.objects.get(question=own.pk, answer=other.pk)
        assert match.eligible
        assert match.score == pytest.approx(match.reasons["base"] + sum(match.reasons["by"].values()), abs=1e-9)
        parts = list(pair.parts(pair.reason(match)))
        assert sum(p.points for p in parts if p.points is not None) == pytest.approx(match.score, abs=1e-5)


def test_the_market_is_computed_again_only_when_something_changed(computed: Any) -> None:
    assert market.compute("teaser", DAY) is None
    MODELS["needs"].objects.filter(pk=computed.need.pk).update(budget=1)  # restricted: not in the market of the teaser
    assert market.compute("teaser", DAY) is None
    MODELS["needs"].objects.filter(pk=computed.need.pk).update(title="别的需求")
    assert market.compute("teaser", DAY) is not None


def test_drafts_and_restricted_values_never_enter_the_market(computed: Any) -> None:
    computed.record("needs", "rival", "N-9", lifecycle="draft", title="高镍正极材料的耐热涂层草稿", text="涂层")
    MODELS["needs"].objects.filter(pk=computed.need.pk).update(title="耐热涂层（二期）")
    market.compute("teaser", DAY)
    stored = str(list(Match.objects.values_list("reasons", flat=True)))
    assert "草稿" not in stored
    assert "1000" not in stored
    assert "1200" not in stored


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_own_listings_their_answers_and_the_pair_are_pages(computed: Any, lang: str) -> None:
    browser = computed.client("editor", lang)
    need, achievement = computed.need, computed.achievement
    assert need.title in _text(browser.get("/matches/"))
    assert achievement.title in _text(browser.get(f"/matches/of/{need.pk}/"))
    page = browser.get(_pair(computed, need, achievement))
    assert page.status_code == 200
    assert "hub_matches." not in _text(page)


@pytest.mark.parametrize("person", ["competitor", "stranger", "lead", "system", "audit", None])
def test_nobody_else_reads_an_organisations_matches(computed: Any, person: str | None) -> None:
    browser = computed.client(person)
    for address in (f"/matches/of/{computed.need.pk}/", _pair(computed, computed.need, computed.achievement)):
        assert browser.get(address).status_code == 404


def test_the_passage_from_interest_to_open_and_to_the_end(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    firm, lab = computed.client("approver"), computed.client("scientist")
    assert firm.post(_pair(computed, need, achievement, "interest")).status_code == 302
    assert interest.standing(need, achievement.pk).state == "asked"
    assert interest.standing(achievement, need.pk).state == "received"
    assert "5.0" not in _text(lab.get(f"/listings/needs/{need.pk}/"))
    lab.post(_pair(computed, achievement, need, "interest"))
    assert interest.standing(need, achievement.pk).state == "mutual"
    firm.post(_pair(computed, need, achievement, "accept"))
    assert interest.standing(need, achievement.pk).state == "waiting"
    assert "budget" not in Sightly(computed, "scientist").values(need)
    lab.post(_pair(computed, achievement, need, "accept"))
    assert interest.standing(need, achievement.pk).state == "open"
    assert Sightly(computed, "scientist").values(need)["budget"] == need.budget
    opened = _text(lab.get(_pair(computed, achievement, need)))
    assert "1200" in opened
    assert Seen.objects.filter(record=need.pk, viewer=computed.people["scientist"]).exists()
    firm.post(_pair(computed, need, achievement, "decline"))
    assert interest.standing(need, achievement.pk).state == "ended"
    assert "budget" not in Sightly(computed, "scientist").values(need)
    assert [e.action for e in Event.objects.filter(kind="grant").order_by("id")] == [
        "express_interest", "express_interest", "accept_nda", "accept_nda", "decline",
    ]  # fmt: skip


class Sightly:
    """What a person reads of a record."""

    def __init__(self, world: Any, person: str) -> None:
        self.sight = Sight(world.asker(person))

    def values(self, record: Any) -> Any:
        seen = pair.found(self.sight, record.pk)
        assert seen is not None
        return seen.values


def test_an_editor_may_ask_but_only_an_approver_accepts(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    editor = computed.client("editor")
    editor.post(_pair(computed, need, achievement, "interest"))
    computed.client("scientist").post(_pair(computed, achievement, need, "interest"))
    answer = editor.post(_pair(computed, need, achievement, "accept"))
    assert answer.status_code == 403
    assert interest.standing(need, achievement.pk).state == "mutual"


def test_a_viewer_cannot_express_interest_and_reads_why(computed: Any) -> None:
    page = _text(computed.client("viewer").get(_pair(computed, computed.need, computed.achievement)))
    assert "表达意向" in page
    with pytest.raises(PermissionDenied):
        interest.express(computed.asker("viewer"), computed.need, computed.achievement)


def test_acceptance_before_mutual_interest_opens_nothing(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    asker = computed.asker("approver")
    interest.express(asker, need, achievement)
    with pytest.raises((PermissionDenied, UsageFault)):
        interest.accept(asker, need, achievement)
    assert not interest.between(need.pk, achievement.pk).open  # type: ignore[union-attr]


def test_after_an_end_a_new_interest_begins_at_the_beginning(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    computed.grant(need, achievement)
    approver = computed.asker("approver")
    interest.decline(approver, need, achievement)
    interest.express(approver, need, achievement)
    assert interest.standing(need, achievement.pk).state == "asked"
    assert interest.standing(achievement, need.pk).state == "received"


def test_commercial_fields_open_by_the_secrecy_officers_release_alone(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    computed.grant(need, achievement)
    with pytest.raises(PermissionDenied):
        interest.release(computed.asker("approver"), need, achievement)
    assert interest.release(computed.asker("secrecy"), need, achievement).released
    assert Sight(computed.asker("scientist")).context(need.tenant_id, need.pk).released
    assert not Sight(computed.asker("approver")).context(achievement.tenant_id, achievement.pk).released


def test_nobody_answers_its_own_listing(computed: Any) -> None:
    own = computed.record("achievements", "firm", "A-9", title="自有涂层")
    with pytest.raises((UsageFault, PermissionDenied)):
        interest.express(computed.asker("approver"), computed.need, own)


def test_a_judgment_is_kept_once_and_stays_with_its_organisation(computed: Any) -> None:
    need, achievement = computed.need, computed.achievement
    asker = computed.asker("editor")
    feedback.judge(asker, need, achievement, {"useful": "1", "why": "条件不同"})
    feedback.judge(asker, need, achievement, {"useful": "3", "why": "正合适"})
    kept = feedback.given(asker, need, achievement)
    assert kept is not None
    assert (kept.useful, kept.why) == (3, "正合适")
    with pytest.raises(UsageFault):
        feedback.judge(asker, need, achievement, {"useful": "4"})
    assert "正合适" not in _text(computed.client("scientist").get(_pair(computed, achievement, need)))


def test_the_secretariat_asks_for_a_new_market_and_others_may_not(computed: Any) -> None:
    assert computed.client("secretariat").post("/matches/market/compute/").status_code == 302
    assert computed.client("approver").post("/matches/market/compute/").status_code == 403
    Role.objects.filter(user=computed.people["secretariat"]).delete()
    assert computed.client("system").post("/matches/market/compute/").status_code == 403


def test_a_round_is_previewed_published_contested_and_answered(computed: Any) -> None:
    secretariat, approver = computed.client("secretariat"), computed.client("approver")
    assert secretariat.post("/matches/rounds/begin/", {"name": "第一轮", "least": "0.01"}).status_code == 302
    found = Round.objects.get()
    found.result = rounds.clear(found, DAY)
    found.save()
    assert found.result["status"] == "optimal"
    assert [p["ask"] for p in found.result["pairs"]] == [str(computed.need.pk)]
    page = f"/matches/rounds/{found.pk}/"
    assert approver.get(page).status_code == 404
    assert secretariat.post(f"{page}publish/").status_code == 302
    seen = _text(approver.get(page))
    assert computed.achievement.title in seen
    approver.post(f"{page}appeal/", {"record": str(computed.need.pk), "text": "指标条件不同"})
    assert "指标条件不同" not in _text(computed.client("competitor").get(page))
    secretariat.post(f"{page}answer/", {"appeal": str(Appeal.objects.get().pk), "text": "已复核"})
    assert "已复核" in _text(approver.get(page))


def test_only_the_secretariat_runs_rounds_and_only_owners_appeal(computed: Any) -> None:
    assert computed.client("approver").post("/matches/rounds/begin/", {"name": "x"}).status_code == 403
    assert computed.client().get("/matches/rounds/").status_code == 404
    found = rounds.begin(computed.asker("secretariat"), "第一轮", rounds.Options())
    Round.objects.filter(pk=found.pk).update(state="published")
    other = {"record": str(computed.need.pk), "text": "不公平"}
    assert computed.client("competitor").post(f"/matches/rounds/{found.pk}/appeal/", other).status_code == 404
    assert not Appeal.objects.exists()


@pytest.mark.parametrize(
    "given", [{"least": "2"}, {"cap": "0.5"}, {"floor": "0.8", "cap": "0.5", "seed": "x"}, {"floor": "一半"}]
)
def test_limits_that_cannot_be_are_refused_with_their_repair(given: dict[str, str]) -> None:
    with pytest.raises(UsageFault):
        rounds.Options.read(given)


def test_the_plan_is_made_of_what_members_read_and_stands_under_its_own_hashes(computed: Any) -> None:
    secretariat, viewer = computed.client("secretariat"), computed.client("viewer")
    assert viewer.get("/matches/plan/report/").status_code == 404
    made = plans.make(DAY)
    assert made is not None
    assert plans.make(DAY) is None
    assert "打开报告" in _text(viewer.get("/matches/plan/"))
    page = viewer.get("/matches/plan/report/")
    assert "unsafe-eval" not in page["Content-Security-Policy"]
    scripts = page["Content-Security-Policy"].split("script-src")[1].split(";")[0]
    assert "sha256-" in scripts
    assert "unsafe-inline" not in scripts
    assert "5000000" not in _text(page).replace(",", "")
    book = viewer.get("/matches/plan/workbook/")
    assert b"".join(book.streaming_content).startswith(b"PK")
    book.close()
    assert viewer.post("/matches/plan/make/").status_code == 403
    assert secretariat.post("/matches/plan/make/").status_code == 302
    for outsider in (computed.client(), computed.client("stranger")):
        assert outsider.get("/matches/plan/report/").status_code == 404


def test_the_nouns_of_a_market_are_those_of_the_engines_kinds() -> None:
    for asked in market.ASKED:
        assert asked.nouns == (sides.kind_of(asked.ask).noun, sides.kind_of(asked.answer).noun)


# --- rivals -------------------------------------------------------------------------------------------------


def _open_pair(world: Any) -> None:
    need, achievement = world.need, world.achievement
    interest.express(world.asker("approver"), need, achievement)
    interest.express(world.asker("scientist"), achievement, need)
    interest.accept(world.asker("approver"), need, achievement)
    interest.accept(world.asker("scientist"), achievement, need)


def _declared(world: Any, person: str, against: str, remove: bool = False) -> Any:
    other = world.organisations[against]
    given = {"remove": str(other.pk)} if remove else {"name": other.name}
    return world.client(person).post("/people/organisation/rivals/", given, follow=True)


def _exported(world: Any, person: str) -> str:
    from tongtu.hub.exchange.exporting import readable

    return str(readable("needs", Sight(world.asker(person)), "all").to_dicts())


@pytest.mark.parametrize(("declares", "against"), [("admin", "lab"), ("scientist", "firm")])
def test_a_declared_rival_closes_an_open_pair_everywhere(computed: Any, declares: str, against: str) -> None:
    need, achievement = computed.need, computed.achievement
    _open_pair(computed)
    lab = computed.client("scientist")
    places = (f"/listings/needs/{need.pk}/", f"/api/v1/needs/{need.pk}", _pair(computed, achievement, need),
              f"/api/v1/matches/{achievement.pk}/{need.pk}")  # fmt: skip
    opened = {place: _text(lab.get(place)) for place in places}
    assert "500" in opened[places[0]]  # the budget, 500 万元
    assert '"closer":[]' not in opened[places[3]].replace(" ", "")
    assert "500000000" in _exported(computed, "scientist")
    _declared(computed, declares, against)
    sight = Sight(computed.asker("scientist"))
    assert sight.relation(need.tenant_id, need.pk) == "rival"
    assert "budget" not in Sightly(computed, "scientist").values(need)
    assert "500000000" not in _exported(computed, "scientist")
    assert "500000000" not in _text(lab.get(places[1]))
    assert '"closer":[]' in _text(lab.get(places[3])).replace(" ", "")
    assert interest.standing(need, achievement.pk).state == "ended"


def test_a_pair_that_stands_open_beside_a_rivalry_is_closed_all_the_same(computed: Any) -> None:
    """Rows that nothing of ours writes: what decides is the relation."""
    from tongtu.hub.people.models import Rivalry

    _open_pair(computed)
    Rivalry.objects.create(organisation=computed.organisations["lab"], rival=computed.organisations["firm"])
    assert "budget" not in Sightly(computed, "scientist").values(computed.need)
    page = computed.client("scientist").get(f"/api/v1/matches/{computed.achievement.pk}/{computed.need.pk}")
    assert '"closer":[]' in _text(page).replace(" ", "")
    assert "500000000" not in _exported(computed, "scientist")


def test_the_other_side_cannot_tell_a_rivalry_from_a_refusal(computed: Any) -> None:
    from django.db import transaction
    from hub_asking import quick, send, told

    need, achievement = computed.need, computed.achievement
    _open_pair(computed)
    pages = ("/", "/matches/", "/matches/grants/", _pair(computed, need, achievement), f"/matches/of/{need.pk}/",
             f"/listings/achievements/{achievement.pk}/", f"/api/v1/achievements/{achievement.pk}",
             f"/api/v1/matches/{need.pk}", "/people/organisation/")  # fmt: skip

    def answers(parted: Any) -> list[Any]:
        with transaction.atomic():
            parted()
            with quick():
                found = [told(send(computed.client("approver"), "GET", page)) for page in pages]
                again = send(computed.client("approver"), "POST", _pair(computed, need, achievement, "interest"))
                found += [again.status_code, interest.standing(need, achievement.pk).state]
                found += [told(send(computed.client("approver"), "GET", page)) for page in pages]
            transaction.set_rollback(True)
        return found

    declined = answers(lambda: interest.decline(computed.asker("scientist"), achievement, need))
    rivals = answers(lambda: _declared(computed, "scientist", "firm"))
    assert rivals == declined


def test_who_declared_a_rival_makes_no_pair_with_it_and_may_take_it_back(computed: Any) -> None:
    _declared(computed, "admin", "lab")
    with pytest.raises(UsageFault):
        interest.express(computed.asker("approver"), computed.need, computed.achievement)
    assert interest.express(computed.asker("scientist"), computed.achievement, computed.need).state == "asked"
    _declared(computed, "admin", "lab", remove=True)
    assert interest.express(computed.asker("approver"), computed.need, computed.achievement).state == "mutual"


def test_nobody_in_ones_own_group_is_a_rival(world: Any) -> None:
    from tongtu.hub.people.models import Rivalry

    assert "竞争对手" in _text(_declared(world, "admin", "group"))
    assert not Rivalry.objects.exists()
