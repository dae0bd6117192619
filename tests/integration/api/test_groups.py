"""POST /groups/{group_id}/stop, /pause and /resume."""

from datetime import timedelta

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.outcome import ChannelFault
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import available
from tests.http_api import NOW, ApiUnderTest

REQUEST = {"to": ["+14254147755", "+14254147167"], "message": "Hello", "group": "spring"}
ORDERS = ["stop", "pause", "resume"]


def test_a_group_is_stopped_and_resumed(api: ApiUnderTest) -> None:
    group_id = api.send(REQUEST).json["group_id"]

    stopped = api.call("POST", f"/groups/{group_id}/stop")
    stands = api.call("GET", f"/groups/{group_id}").json
    resumed = api.call("POST", f"/groups/{group_id}/resume")

    answer = {"group_id": group_id, "messages": 2, "is_complete": True}
    assert (200, {**answer, "state": "stopped"}) == (stopped.status, stopped.json)
    assert ("stopped", {"stopped": 2}) == (stands["state"], stands["statuses"])
    assert (200, {**answer, "state": "active"}) == (resumed.status, resumed.json)
    assert {"queued": 2} == api.call("GET", f"/groups/{group_id}").json["statuses"]


def test_a_stopped_group_takes_no_more_messages_and_a_paused_one_does(api: ApiUnderTest) -> None:
    group_id = api.send(REQUEST).json["group_id"]
    api.call("POST", f"/groups/{group_id}/pause")
    paused = api.send({**REQUEST, "message": "More"})
    api.call("POST", f"/groups/{group_id}/stop")

    stopped = api.send({**REQUEST, "message": "Still more"})

    assert (200, 400) == (paused.status, stopped.status)


def test_a_stopped_group_cannot_be_paused(api: ApiUnderTest) -> None:
    group_id = api.send(REQUEST).json["group_id"]
    api.call("POST", f"/groups/{group_id}/stop")

    answer = api.call("POST", f"/groups/{group_id}/pause")

    assert 409 == answer.status
    assert answer.json["type"].endswith(":group-stopped")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("group_id", [str(new_id()), "spring"], ids=["an id", "a name"])
def test_an_order_to_no_group_is_not_found(api: ApiUnderTest, order: str, group_id: str) -> None:
    assert 404 == api.call("POST", f"/groups/{group_id}/{order}").status


def test_a_group_is_stopped_by_its_name(api: ApiUnderTest) -> None:
    group_id = api.send({**REQUEST, "group": "spring sale"}).json["group_id"]

    stopped = api.call("POST", "/groups/spring%20sale/stop")

    assert (200, group_id) == (stopped.status, stopped.json["group_id"])
    assert "stopped" == api.call("GET", f"/groups/{group_id}").json["state"]


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_wants_a_key(api: ApiUnderTest, order: str) -> None:
    group_id = api.send(REQUEST).json["group_id"]

    answer = api.call("POST", f"/groups/{group_id}/{order}", key="mt_test_wrong")

    assert 401 == answer.status
    assert "active" == api.call("GET", f"/groups/{group_id}").json["state"]


def test_health_names_the_channels_that_are_parked_and_not_why(
    api: ApiUnderTest, database: Database
) -> None:
    fault = ChannelFault("ses/SendingPausedException", "no")
    Circuits(database).open(
        Channel.EMAIL, fault, MessageId(new_id()), now=NOW + timedelta(seconds=1)
    )

    answer = api.call("GET", "/health", key="")

    opened = {"channel": "email", "opened_at": "2030-01-31T09:00:01Z"}
    newest = available()[-1].number
    assert {"status": "ok", "schema": newest, "open_circuits": [opened]} == answer.json
