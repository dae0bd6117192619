import socket

import pytest

from message_tracker.local.ports import LOOPBACK, PortInUse, claim_port


def test_a_free_port_is_chosen_when_none_is_asked_for() -> None:
    port = claim_port(None, "a server")

    with socket.create_server((LOOPBACK, port)) as server:
        assert server.getsockname() == (LOOPBACK, port)


def test_a_taken_port_is_refused_by_number_name_and_remedy() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortInUse) as refused:
            claim_port(port, "the inbox")

    assert f"port {port} for the inbox is already in use" in str(refused.value)
    assert "leave the port out" in str(refused.value)
