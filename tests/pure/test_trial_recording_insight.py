# SPDX-License-Identifier: LGPL-3.0-or-later
"""What is counted in recordings: views, clicks, rage, errors, time, first steps."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conftest import load

insight = load("unicdo_trial_recording/tools/insight.py")
facts, Visit, GAP = insight.facts, insight.Visit, insight.GAP


def meta(at, width=1000, height=500):
    return {"type": 4, "timestamp": at, "data": {"href": "/odoo", "width": width, "height": height}}


def click(at, x=100, y=100, kind=2):
    return {"type": 3, "timestamp": at, "data": {"source": 2, "type": kind, "id": 5, "x": x, "y": y}}


def scroll(at):
    return {"type": 3, "timestamp": at, "data": {"source": 3, "id": 5, "x": 0, "y": 9}}


def own(at, tag, **payload):
    return {"type": 5, "timestamp": at, "data": {"tag": tag, "payload": payload}}


def view(at, model="sale.order", kind="list", route="/odoo/sales", surface="backend"):
    return own(at, "unicdo.view", surface=surface, model=model, view=kind, route=route)


def node(*children, tag="div", **attributes):
    return {"type": 2, "id": 1, "tagName": tag, "attributes": attributes, "childNodes": list(children)}


@pytest.mark.parametrize(("moments", "places", "rages", "marked"), [
    ([0, 100, 200], None, 1, 3),
    ([0, 500, 1000], None, 1, 3),
    ([0, 500, 1001], None, 0, 0),
    ([0, 100], None, 0, 0),
    ([0, 100, 200, 300, 400], None, 1, 5),
    ([0, 100, 200, 5000, 5100, 5200], None, 2, 6),
    ([0, 100, 200], [(0, 0), (30, 0), (0, 0)], 1, 3),
    ([0, 100, 200], [(0, 0), (31, 0), (0, 0)], 0, 0),
    ([0, 100, 200], [(0, 0), (20, 20), (40, 40)], 0, 0),
    ([200, 100, 0], None, 0, 0),
])
def test_rage_is_three_clicks_within_a_second_and_thirty_pixels(moments, places, rages, marked):
    places = places or [(100, 100)] * len(moments)
    found = facts([meta(0)] + [click(at, *place) for at, place in zip(moments, places, strict=True)])
    assert (found.rage, sum(item.rage for item in found.clicks)) == (rages, marked)


def test_only_clicks_count_as_clicks():
    assert len(facts([meta(0), *(click(1, kind=kind) for kind in range(13))]).clicks) == 1


@pytest.mark.parametrize(("place", "size", "expected"), [
    (0, 1280, 0), (640, 1280, 500), (1280, 1280, 1000), (5000, 1280, 1000), (-3, 1280, 0), (1, 3, 333),
])
def test_places_are_thousandths_of_the_window(place, size, expected):
    assert insight.per_mille(place, size) == expected


def test_a_click_is_placed_in_the_window_as_it_was_then():
    resize = {"type": 3, "timestamp": 2, "data": {"source": 4, "width": 200, "height": 100}}
    found = facts([meta(0), click(1), resize, click(3, 100, 50)])
    assert [(item.x, item.y) for item in found.clicks] == [(100, 200), (500, 500)]


def test_clicks_in_a_window_without_size_have_no_place():
    assert facts([click(1), meta(2, 0, 0), click(3)]).clicks == []


@pytest.mark.parametrize(("moments", "active"), [
    ([], 0), ([5], 0), ([0, 1000], 1000), ([0, GAP], GAP), ([0, GAP + 1], 0), ([0, 1000, 61_000, 62_000], 2000),
    ([1000, 0, 1000], 1000),
])
def test_gaps_of_more_than_ten_seconds_are_not_active_time(moments, active):
    assert facts([scroll(at) for at in moments]).active == active


def test_what_only_the_page_does_is_no_active_time():
    change = {"source": 0, "texts": [], "attributes": [], "removes": [], "adds": []}
    assert facts([{"type": 3, "timestamp": at, "data": change} for at in (0, 5000)]).active == 0


def test_views_are_kept_once_until_another_opens():
    found = facts([view(0), view(1), view(2, kind="form", route="/odoo/sales/:id"), view(3)])
    assert [(item.at, item.view) for item in found.visits] == [(0, "list"), (2, "form"), (3, "list")]


def test_errors_are_counted():
    assert facts([own(0, "unicdo.error"), own(1, "unicdo.pause"), own(2, "unicdo.error")]).errors == 2


FORM = ("form", "/odoo/sales/:id")


@pytest.mark.parametrize(("model", "kind", "route", "before", "steps"), [
    ("sale.order", "list", "/odoo/sales", [], ["app"]),
    ("sale.order", *FORM, [], ["app", "record"]),
    ("sale.order", "form", "/odoo/sales/new", [], ["app", "record"]),
    ("sale.order", *FORM, ["backend", "sale.order", "form", "/odoo/sales/new"], ["app", "record", "created"]),
    ("sale.order", *FORM, ["backend", "sale.order", "list", "/odoo/sales"], ["app", "record"]),
    ("sale.order", *FORM, ["backend", "crm.lead", "form", "/odoo/crm/new"], ["app", "record"]),
    ("sale.order", "form", "/odoo/sales", [], ["app"]),
    ("mail.compose.message", *FORM, [], ["sent"]),
    ("", "", "/odoo", [], []),
])
def test_first_steps_follow_from_the_views_opened(model, kind, route, before, steps):
    assert insight.steps_of(Visit(0, "backend", model, kind, route), before) == steps


def test_the_website_takes_no_steps():
    assert insight.steps_of(Visit(0, "website", "sale.order", *FORM), []) == []


@pytest.mark.parametrize(("steps", "last"), [
    ([], ""), (["app"], "app"), (["sent", "app"], "sent"), (["app", "record", "created"], "created"),
])
def test_the_furthest_step(steps, last):
    assert insight.furthest(steps) == last


def test_style_sheets_are_found_in_snapshots_and_in_what_comes_later():
    first, later = "/web/assets/1a/web.assets_web.min.css", "/web/assets/2b/web.lazy.min.css"
    snapshot = {"type": 2, "timestamp": 0, "data": {"node": node(node(tag="link", href=first), node(tag="a", href="/x"))}}
    added = {"source": 0, "texts": [], "attributes": [], "removes": [], "adds": [{"node": node(tag="link", href=later)}]}
    assert facts([snapshot, snapshot, {"type": 3, "timestamp": 1, "data": added}]).sheets == [first, later]


def test_a_deep_page_is_walked():
    deep = node(tag="link", href="/web/assets/1/a.css")
    for _level in range(5000):
        deep = node(deep)
    assert facts([{"type": 2, "timestamp": 0, "data": {"node": deep}}]).sheets == ["/web/assets/1/a.css"]


def test_a_piece_says_no_more_than_a_person_can_do():
    found = facts([meta(0)] + [click(at) for at in range(2 * insight.MOST_CLICKS)] + [
        view(at, route=f"/{at}") for at in range(2 * insight.MOST_VISITS)
    ])
    assert (len(found.clicks), len(found.visits)) == (insight.MOST_CLICKS, insight.MOST_VISITS)


def test_an_empty_piece_tells_nothing():
    found = facts([])
    assert (found.first, found.last, found.active, found.visits, found.clicks) == (None, None, 0, [], [])


EVENTS = st.lists(st.one_of(
    st.builds(click, st.integers(0, 30_000), st.integers(0, 60), st.integers(0, 60)),
    st.builds(scroll, st.integers(0, 30_000)),
    st.builds(view, st.integers(0, 30_000), st.sampled_from(["sale.order", "crm.lead", ""]), st.sampled_from(["list", "form"]),
              st.sampled_from(["/odoo/sales", "/odoo/sales/new", "/odoo/sales/:id"])),
    st.builds(own, st.integers(0, 30_000), st.just("unicdo.error")),
    st.builds(meta, st.integers(0, 30_000), st.integers(1, 3000), st.integers(1, 3000)),
), max_size=40)


@given(EVENTS, st.integers(0, 40))
def test_cutting_a_recording_in_two_changes_no_count(events, place):
    events = [meta(0), *sorted(events, key=lambda event: event["timestamp"])]
    whole = facts(events)
    first = facts(events[:place])
    second = facts(events[place:], json.loads(json.dumps(first.carried)))
    assert whole.active == first.active + second.active
    assert whole.rage == first.rage + second.rage
    assert whole.errors == first.errors + second.errors
    assert whole.visits == first.visits + second.visits
    assert [(item.at, item.x, item.y) for item in whole.clicks] == [
        (item.at, item.x, item.y) for item in first.clicks + second.clicks
    ]
    assert whole.steps == {**second.steps, **first.steps}
    assert second.carried == whole.carried


@given(EVENTS)
def test_nobody_is_active_for_longer_than_the_recording(events):
    found = facts(sorted(events, key=lambda event: event["timestamp"]))
    assert found.active <= (found.last or 0) - (found.first or 0)
