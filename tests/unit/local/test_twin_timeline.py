import threading

from message_tracker.local.twin.timeline import Timeline


def test_things_happen_in_the_order_they_are_due() -> None:
    happened: list[str] = []
    done = threading.Event()

    def happen(item: str) -> None:
        happened.append(item)
        if item == "z":
            done.set()

    timeline = Timeline[str](happen)
    timeline.schedule(0.06, "z")
    timeline.schedule(0.03, "b")
    timeline.schedule(0.0, "a")

    timeline.start()

    assert done.wait(5)
    timeline.stop()
    assert happened == ["a", "b", "z"]
    assert timeline.pending() == 0


def test_what_is_not_due_when_the_timeline_stops_never_happens() -> None:
    happened: list[str] = []
    timeline = Timeline[str](happened.append)
    timeline.schedule(60, "late")

    timeline.start()
    timeline.stop()

    assert happened == []
    assert timeline.pending() == 1
