"""How soon a pause, a resume and another rate hold for a whole fleet."""

from collections.abc import Sequence
from random import Random

from benchmarks.send_measures import excess
from benchmarks.slot_simulation import Fleet
from benchmarks.virtual_dynamodb import Weather
from benchmarks.virtual_time import EPOCH
from message_tracker.core.domain.rate import RateSetting

_SPAN = 16  # seconds of each change's own run
_CHANGED, _RESUMED = 8, 12
_OTHER_RATE = 20_000
_STEP = 0.05  # s, to which the beginning of the new rate is found


def changes(
    rate: int, sizes: Sequence[int], workers: int, weather: Weather, *, times: int
) -> dict[str, float]:
    """Return the medians and the worst, in seconds, of so many pauses, resumes and changes.

    Each at another moment and with another seed; a "stop" is from the pause to the last send, a
    "start" from the resume to the first, and a new rate holds from where no later interval exceeds
    it by more than the grace and the largest message allow.
    """
    moments = Random(1)
    stops, starts, obeyed = [], [], []
    for seed in range(times):
        fleet = Fleet(rate, sizes, workers, seed, weather=weather, seconds=_SPAN)
        offset = moments.random()
        stop, start = _paused(fleet, offset)
        stops.append(stop)
        starts.append(start)
        fleet = Fleet(rate, sizes, workers, seed, weather=weather, seconds=_SPAN)
        obeyed.append(_changed(fleet, offset, max(sizes)))
    return {
        **_summary("stop_s", stops),
        **_summary("start_s", starts),
        **_summary("new_rate_s", obeyed),
    }


def _paused(fleet: Fleet, offset: float) -> tuple[float, float]:
    fleet.change_rate(_CHANGED + offset, RateSetting.pause)
    fleet.change_rate(_RESUMED + offset, RateSetting.resume)
    fleet.run()
    sends = sorted((at - EPOCH) / 1e6 for at, _ in fleet.sends)
    paused, resumed = _CHANGED + offset, _RESUMED + offset
    before, after = (
        [at for at in sends if (at < resumed) is is_before] for is_before in (True, False)
    )
    return max(0.0, before[-1] - paused), after[0] - resumed


def _changed(fleet: Fleet, offset: float, largest: int) -> float:
    changed = EPOCH + round((_CHANGED + offset) * 1_000_000)
    fleet.change_rate(_CHANGED + offset, lambda setting: setting.set_by_hand(_OTHER_RATE))
    fleet.run()
    allowed = largest + _OTHER_RATE / 10_000 + 1e-3
    steps = 0
    while excess(_since(fleet, changed + round(steps * _STEP * 1e6)), _OTHER_RATE) > allowed:
        steps += 1
    return steps * _STEP


def _since(fleet: Fleet, moment: int) -> list[tuple[int, int]]:
    return [(at, units) for at, units in fleet.sends if at >= moment]


def _summary(name: str, seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        f"{name}_median": round(ordered[len(ordered) // 2], 3),
        f"{name}_worst": round(ordered[-1], 3),
    }
