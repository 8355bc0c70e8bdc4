"""The story's tickets and signals, before anything is stored."""

from datetime import date, datetime
from itertools import pairwise
from random import Random

import pytest

from apps.portal.demo import waves
from apps.portal.demo.customers import organisations
from apps.portal.demo.prometheus import answer
from apps.portal.demo.tickets import conversations

NOW = int(datetime.fromisoformat("2026-11-23T21:00:00+00:00").timestamp())
TUESDAY_TROUBLE = int(datetime.fromisoformat("2026-11-17T09:25:00+00:00").timestamp())


def told(seed: str = "20261123", count: int = 300) -> list[dict]:
    dice = Random(seed)
    customers = organisations(date(2026, 11, 23), dice)
    return list(conversations(customers, now=NOW, days=182, count=count, dice=dice))


def test_the_same_day_tells_the_same_story_and_another_day_another():
    assert told() == told()
    assert told() != told("20261124")


def test_nothing_happens_after_now_or_before_the_report():
    now = datetime.fromtimestamp(NOW).astimezone()
    for ticket in told():
        instants = [datetime.fromisoformat(event["at"]) for event in ticket["events"]]
        begun = datetime.fromisoformat(ticket["reported_at"])
        assert all(begun <= at <= now for at in instants)
        assert instants == sorted(instants)


def test_the_row_says_how_its_history_ends():
    for ticket in told():
        status, priority = "new", None
        for event in ticket["events"]:
            if event["type"] == "status":
                status = event["to"]
            elif event["type"] == "customer_message" and status != "new":
                status = "open"
            elif event["type"] == "priority":
                priority = event["to"]
        assert ticket["status"] == status
        assert priority in (None, ticket["priority"])


def test_the_story_has_every_kind_of_ending():
    assert {ticket["status"] for ticket in told(count=2000)} == {
        "new", "open", "waiting_customer", "resolved", "closed",
    }  # fmt: skip


def test_customers_have_contacts_of_their_own():
    customers = organisations(date(2026, 11, 23), Random(1))
    addresses = [contact.email for one in customers for contact in one.contacts]
    assert len(addresses) == len(set(addresses)) > 100
    assert all(address.isascii() for address in addresses)


def test_a_release_is_followed_by_trouble_and_the_rest_is_calm():
    assert waves.trouble(TUESDAY_TROUBLE) > 0
    assert waves.trouble(TUESDAY_TROUBLE + 3600) == 0
    assert waves.failed_share(TUESDAY_TROUBLE) > 10 * waves.failed_share(NOW)


def test_the_exporter_that_is_away_leaves_a_gap_and_not_a_zero():
    dawn = int(datetime.fromisoformat("2026-11-19T03:30:00+00:00").timestamp())
    assert waves.away(dawn) and not waves.away(dawn + 2 * 3600)
    result = answer("node_cpu_used_ratio", {("host", "db-1")}, dawn - 3600, dawn + 3600, 1800)
    (series,) = result["data"]["result"]
    assert [at for at, _ in series["values"]] == [dawn - 3600, dawn + 3600]


def test_counters_only_fall_at_the_weekly_restart():
    ((_, read),) = [
        one
        for one in waves.series()["http_requests_total"]
        if dict(one[0]) == {"code": "2xx", "service": "web"}
    ]
    monday = int(datetime.fromisoformat("2026-11-23T00:00:00+00:00").timestamp())
    values = [read(at) for at in range(monday - 600, monday + 600, 60)]
    falls = [place for place, (a, b) in enumerate(pairwise(values)) if b < a]
    assert falls == [9]


def test_buckets_are_cumulative():
    found = answer("http_request_duration_seconds_bucket", set(), NOW, NOW, 60)
    series = found["data"]["result"]
    by_bound = {one["metric"]["le"]: float(one["values"][0][1]) for one in series}
    ordered = [by_bound[str(bound)] for bound in waves.BOUNDS] + [by_bound["+Inf"]]
    assert ordered == sorted(ordered) and ordered[0] > 0


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "status", "series"),
    [
        ("query=active_users&start=1795467600&end=1795471200&step=60", 200, 1),
        ('query=http_requests_total{code="5xx"}&start=1795467600&end=1795467660&step=60s', 200, 2),
        ("query=nothing_of_the_kind&start=1795467600&end=1795467660&step=60", 200, 0),
        ("query=sum(active_users)&start=1795467600&end=1795471200&step=60", 400, None),
        ("query=active_users&start=1795467600&end=1795467000&step=60", 400, None),
        ("query=active_users&start=0&end=1795467600&step=60", 400, None),
        ("query=active_users&start=soon&end=later&step=60", 400, None),
        ("start=1795467600&end=1795471200&step=60", 400, None),
    ],
)
def test_the_demos_prometheus_answers_as_the_real_one(client, settings, query, status, series):
    settings.ROOT_URLCONF = "apps.portal.demo.prometheus"
    response = client.get(f"/demo/prometheus/api/v1/query_range?{query}")
    assert response.status_code == status
    body = response.json()
    if series is None:
        assert body["status"] == "error" and body["errorType"] == "bad_data"
    else:
        assert len(body["data"]["result"]) == series
