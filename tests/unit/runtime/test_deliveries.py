import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.deliveries import Deliveries, Worked

PLACE = ("audio.pcm.C01", 0)

Future = asyncio.Future[None]


def worked(offset: int) -> Worked:
    return Worked(PLACE, 1, offset, offset + 1)


def in_a_loop(play: Callable[[Deliveries, list[int]], object]) -> list[int]:
    noted: list[int] = []

    async def run() -> None:
        await play(Deliveries(lambda done: noted.append(done.offset)), noted)  # type: ignore[misc]

    asyncio.run(run())
    return noted


@given(st.lists(st.integers(0, 3), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_records_are_noted_in_order_and_never_before_their_outputs(outputs: list[int], order: object) -> None:
    async def play(deliveries: Deliveries, noted: list[int]) -> None:
        sent: list[list[Future]] = [[asyncio.Future() for _ in range(count)] for count in outputs]
        for offset, futures in enumerate(sent):
            deliveries.add(worked(offset), futures)
        left = [future for futures in sent for future in futures]
        order.shuffle(left)  # type: ignore[attr-defined]
        for future in left:
            future.set_result(None)
            await deliveries.settle(len(sent))
            over = [all(f.done() for f in futures) for futures in sent]
            assert noted == list(range(over.index(False) if False in over else len(over)))
        await deliveries.settle()

    assert in_a_loop(play) == list(range(len(outputs)))


def test_two_that_wait_note_each_record_once() -> None:
    async def play(deliveries: Deliveries, noted: list[int]) -> None:
        futures: list[Future] = [asyncio.Future() for _ in range(3)]
        for offset, future in enumerate(futures):
            deliveries.add(worked(offset), [future])
        waiting = [asyncio.ensure_future(deliveries.settle()) for _ in range(2)]
        for future in reversed(futures):
            await asyncio.sleep(0)
            future.set_result(None)
        await asyncio.gather(*waiting)

    assert in_a_loop(play) == [0, 1, 2]


def test_a_failed_delivery_is_raised_and_its_record_stays_needed() -> None:
    async def play(deliveries: Deliveries, noted: list[int]) -> None:
        good: Future = asyncio.Future()
        bad: Future = asyncio.Future()
        good.set_result(None)
        bad.set_exception(OSError("the broker said no"))
        deliveries.add(worked(0), [good])
        deliveries.add(worked(1), [bad])
        deliveries.add(worked(2), [])
        with pytest.raises(OSError, match="said no"):
            await deliveries.settle()

    assert in_a_loop(play) == [0]


def test_whoever_gives_up_waiting_cancels_no_delivery() -> None:
    async def play(deliveries: Deliveries, noted: list[int]) -> None:
        late: Future = asyncio.Future()
        deliveries.add(worked(0), [late])
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(deliveries.settle(), 0.01)
        assert not late.cancelled()
        late.set_result(None)
        await deliveries.settle()

    assert in_a_loop(play) == [0]
