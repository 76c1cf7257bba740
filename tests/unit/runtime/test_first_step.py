"""A coroutine begun by hand behaves as if it had been awaited all along."""

import asyncio

import pytest

from runtime.first_step import FirstStep


async def at_once() -> str:
    return "done"


async def after(future: "asyncio.Future[str]") -> str:
    first = await future
    await asyncio.sleep(0)
    return first + " and done"


def test_one_that_never_waits_has_ended_when_it_is_made() -> None:
    step = FirstStep(at_once())
    assert step.has_ended
    assert step.result == "done"


def test_one_that_waits_goes_on_when_it_is_awaited() -> None:
    async def run() -> str:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        step = FirstStep(after(future))
        assert not step.has_ended
        asyncio.get_running_loop().call_later(0.01, future.set_result, "come")
        return await asyncio.ensure_future(step)

    assert asyncio.run(run()) == "come and done"


def test_what_it_waited_for_may_fail() -> None:
    async def run() -> str:
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        step = FirstStep(after(future))
        future.set_exception(OSError("gone"))
        return await asyncio.ensure_future(step)

    with pytest.raises(OSError, match="gone"):
        asyncio.run(run())


def test_it_can_be_cancelled_and_clears_up() -> None:
    cleared = []

    async def waits() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleared.append(True)

    async def run() -> None:
        task = asyncio.ensure_future(FirstStep(waits()))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert cleared


def test_what_it_raises_at_once_is_raised_where_it_is_made() -> None:
    async def fails() -> None:
        raise OSError("at once")

    with pytest.raises(OSError, match="at once"):
        FirstStep(fails())
