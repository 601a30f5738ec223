"""Work in the background: exactly once in its effects, in order, bounded in its tries, and stoppable."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tongtu.hub.jobs import claiming
from tongtu.hub.jobs.models import Job
from tongtu.hub.jobs.queue import cancel, enqueue, retry
from tongtu.hub.jobs.running import Lost, Running, Stopped
from tongtu.hub.jobs.tasks import Task, tasks
from tongtu.hub.jobs.worker import enqueue_periodic, perform, run_due
from tongtu.terms.faults import DataRefused
from tongtu.terms.why import Why

pytestmark = pytest.mark.django_db


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Registers a function as the task `jobs.probe`."""

    def keep(run: Any, most_tries: int = 3, every: timedelta | None = None) -> None:
        monkeypatch.setitem(tasks(), "jobs.probe", Task("jobs.probe", run, most_tries, every))

    return keep


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def overdue(job: Job) -> None:
    """As if the worker of the job had fallen silent, or its pause were over."""
    Job.objects.filter(pk=job.pk).update(
        leased_until=timezone.now() - timedelta(minutes=1), due_at=timezone.now() - timedelta(minutes=1)
    )


def test_a_job_is_done_with_its_arguments_and_keeps_its_result(doing: Any) -> None:
    doing(lambda running, a, b: {"sum": a + b})
    job = enqueue("jobs.probe", {"a": 2, "b": 3})
    assert run_due() == 1
    assert (fresh(job).state, fresh(job).result, fresh(job).tries) == ("done", {"sum": 5}, 1)


def test_what_the_transaction_takes_back_is_not_enqueued(doing: Any) -> None:
    doing(lambda running: None)

    def undone() -> None:
        with transaction.atomic():
            enqueue("jobs.probe")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    assert run_due() == 0


def test_the_same_key_is_the_same_job(doing: Any) -> None:
    doing(lambda running: None)
    assert enqueue("jobs.probe", key="once").pk == enqueue("jobs.probe", key="once").pk


def test_a_name_no_app_knows_is_refused_before_anything_is_stored() -> None:
    with pytest.raises(ValueError, match="unheard-of"):
        enqueue("jobs.unheard-of")


def test_a_job_is_not_done_before_it_is_due(doing: Any) -> None:
    doing(lambda running: None)
    enqueue("jobs.probe", due=timezone.now() + timedelta(hours=1))
    assert run_due() == 0


def test_a_finished_step_is_not_repeated_by_a_later_try(doing: Any) -> None:
    seen: list[str] = []

    def run(running: Running) -> list[int]:
        first = running.step("first", lambda: seen.append("first") or 1)
        if running.job.tries == 1:
            raise RuntimeError("the ground gives way")
        return [first, running.step("second", lambda: seen.append("second") or 2)]

    doing(run)
    job = enqueue("jobs.probe")
    run_due()
    assert (fresh(job).state, fresh(job).why.code) == ("waiting", "hub_jobs.broken")
    overdue(job)
    run_due()
    assert (fresh(job).result, seen) == ([1, 2], ["first", "second"])


def test_a_step_that_fails_leaves_no_trace(doing: Any) -> None:
    def half(running: Running) -> None:
        def write() -> None:
            Job.objects.create(task="left behind")
            raise RuntimeError

        running.step("half", write)

    doing(half, most_tries=1)
    job = enqueue("jobs.probe")
    run_due()
    assert fresh(job).state == "failed"
    assert not Job.objects.filter(task="left behind").exists()


def test_tries_are_bounded_and_pauses_double(doing: Any) -> None:
    def broken(running: Running) -> None:
        raise RuntimeError

    doing(broken, most_tries=3)
    job = enqueue("jobs.probe")
    pauses = []
    for _ in range(3):
        run_due()
        pauses.append((fresh(job).due_at - timezone.now()).total_seconds())
        overdue(job)
    assert run_due() == 0
    assert (fresh(job).state, fresh(job).tries) == ("failed", 3)
    assert 8 < pauses[1] + 1 < 11.5
    assert pauses[0] < 5.5


def test_a_worker_that_falls_silent_is_replaced_and_can_write_nothing_more(doing: Any) -> None:
    doing(lambda running: "by the second")
    job = enqueue("jobs.probe")
    silent = claiming.claim("silent")
    assert claiming.claim("other") is None
    overdue(job)
    run_due()
    assert not claiming.finish(silent, "by the first")
    assert not claiming.renew(silent, done=7)
    assert not claiming.fail(silent, Why("hub_jobs.was-cancelled"))
    with pytest.raises(Lost):
        Running(silent).step("late", lambda: Job.objects.create(task="late").task)
    assert not Job.objects.filter(task="late").exists()
    assert fresh(job).result == "by the second"


def test_a_job_that_takes_its_workers_down_ends(doing: Any) -> None:
    doing(lambda running: None, most_tries=2)
    job = enqueue("jobs.probe")
    for _ in range(2):
        assert claiming.claim("doomed") is not None
        overdue(job)
    assert claiming.claim("next") is None
    assert (fresh(job).state, fresh(job).why.code) == ("failed", "hub_jobs.worker-lost")


def test_the_next_worker_of_a_dead_ones_name_takes_over_at_once(doing: Any) -> None:
    doing(lambda running: None)
    enqueue("jobs.probe")
    claiming.claim("w1")
    assert claiming.claim("w2") is None
    claiming.release("w1")
    assert claiming.claim("w2") is not None


def test_data_that_is_refused_is_not_tried_again_and_says_why(doing: Any) -> None:
    def refuse(running: Running) -> None:
        raise DataRefused.because("cli.no-file", path="needs.xlsx")

    doing(refuse)
    job = enqueue("jobs.probe")
    run_due()
    assert (fresh(job).state, fresh(job).tries) == ("failed", 1)
    assert fresh(job).why.args["what"].code == "cli.no-file"


def test_cancelling_a_waiting_job_and_trying_it_again(doing: Any) -> None:
    doing(lambda running: None)
    job = enqueue("jobs.probe")
    assert cancel(job)
    assert run_due() == 0
    assert not cancel(fresh(job))
    assert retry(fresh(job))
    run_due()
    assert fresh(job).state == "done"


def test_an_engine_is_cancelled_through_its_progress(doing: Any) -> None:
    def engine(progress: Any) -> None:
        for n in range(1000):
            progress(n, 1000)
        raise AssertionError("never cancelled")

    def run(running: Running) -> None:
        cancel(running.job)
        running.beat()
        engine(running)

    doing(run)
    job = enqueue("jobs.probe")
    run_due()
    assert fresh(job).state == "cancelled"


def test_a_worker_asked_to_stop_puts_its_job_back_without_counting_the_try(doing: Any) -> None:
    def run(running: Running) -> None:
        running.step("one", lambda: 1)
        raise Stopped

    doing(run, most_tries=1)
    job = enqueue("jobs.probe")
    for _ in range(3):
        perform(claiming.claim("w"), Running(fresh(job)))
    doing(lambda running: running.job.steps)
    run_due()
    assert (fresh(job).state, fresh(job).result) == ("done", {"one": 1})


def test_progress_is_written(doing: Any) -> None:
    def run(running: Running) -> None:
        running.progress(30, 100, Why("hub_jobs.was-cancelled"))

    doing(run)
    job = enqueue("jobs.probe")
    run_due()
    assert (fresh(job).done, fresh(job).total) == (30, 100)


def test_work_that_comes_round_is_enqueued_once_a_period(doing: Any) -> None:
    doing(lambda running: None, every=timedelta(hours=1))
    enqueue_periodic()
    enqueue_periodic()
    assert Job.objects.filter(task="jobs.probe").count() == 1


@pytest.mark.parametrize(("person", "status"), [
    ("editor", 200), ("admin", 200), ("viewer", 403), ("secretariat", 200), ("system", 200), ("audit", 403),
])  # fmt: skip
@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_who_sees_the_list(world: Any, doing: Any, person: str, status: int, lang: str) -> None:
    assert world.client(person, lang).get("/jobs/").status_code == status


def test_another_organisations_job_does_not_exist(world: Any, doing: Any) -> None:
    doing(lambda running: None)
    job = enqueue("jobs.probe", organisation=world.organisations["firm"], by=world.people["editor"])
    at = f"/jobs/{job.pk}/"
    rival = world.client("competitor")
    assert rival.get(at).status_code == 404
    assert [rival.post(f"{at}{what}/").status_code for what in ("cancel", "retry")] == [404, 404]
    assert str(job.pk) not in rival.get("/jobs/").content.decode()
    assert fresh(job).state == "waiting"


def test_the_house_keeper_sees_the_state_but_not_whose_it_is(world: Any, doing: Any) -> None:
    doing(lambda running: None)
    job = enqueue("jobs.probe", organisation=world.organisations["firm"], by=world.people["editor"])
    Job.objects.filter(pk=job.pk).update(
        message={"$why": "hub_jobs.broken", "args": {"number": "X1", "tries": 7_777_777}}
    )
    at = f"/jobs/{job.pk}/"
    house, own = (world.client(person).get(at).content.decode() for person in ("system", "editor"))
    assert "7,777,777" in own
    assert "7,777,777" not in house
    assert str(world.people["editor"]) in own
    assert str(world.people["editor"]) not in house


def test_cancelling_and_trying_again_on_the_page(world: Any, doing: Any) -> None:
    from tongtu.hub.care.models import Event

    doing(lambda running: None)
    job = enqueue("jobs.probe", organisation=world.organisations["firm"])
    client = world.client("editor")
    assert client.post(f"/jobs/{job.pk}/cancel/").status_code == 302
    assert fresh(job).state == "cancelled"
    assert client.get(f"/jobs/{job.pk}/cancel/").status_code == 405
    assert client.post(f"/jobs/{job.pk}/retry/").status_code == 302
    assert fresh(job).state == "waiting"
    assert list(Event.objects.order_by("id").values_list("action", flat=True)) == ["cancel_job", "retry_job"]


def test_the_list_is_paged_without_gaps(world: Any, doing: Any) -> None:
    import re

    doing(lambda running: None)
    made = {str(enqueue("jobs.probe", organisation=world.organisations["firm"]).pk) for _ in range(120)}
    seen: list[str] = []
    client, address = world.client("editor"), "/jobs/"
    while address:
        page = client.get(address).content.decode()
        seen += re.findall(r'href="/jobs/([0-9a-f-]{36})/"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        address = "/jobs/" + more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == 120
    assert set(seen) == made
