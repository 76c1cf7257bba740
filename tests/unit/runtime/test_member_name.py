"""How the broker's answers about a member name are understood."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.commit import OffsetCommitRequest, OffsetCommitResponse_v3
from aiokafka.protocol.group import (
    HeartbeatRequest,
    HeartbeatResponse_v1,
    JoinGroupRequest,
    JoinGroupResponse_v5,
    SyncGroupRequest,
    SyncGroupResponse_v3,
)

from runtime.member_name import LOADING, LONGEST_GAP_S, NAME_TAKEN, REBALANCING, SLACK_S, UNKNOWN_MEMBER, MemberName

SESSION_S = 6.0
HEARTBEAT = HeartbeatRequest("group", 1, "id")
COMMIT = OffsetCommitRequest("group", 1, "id", -1, [])
JOIN = JoinGroupRequest("group", 6000, 6000, "id", "name", "consumer", [])
SYNC = SyncGroupRequest("group", 1, "id", "name", [])


def answer(request: object, code: int) -> Any:
    if request is HEARTBEAT:
        return HeartbeatResponse_v1(0, code)
    if request is COMMIT:
        return OffsetCommitResponse_v3(0, [("topic", [(0, code), (1, 0)])])
    if request is JOIN:
        return JoinGroupResponse_v5(0, code, 1, "", "", "", [])
    return SyncGroupResponse_v3(0, code, b"")


class Asked:
    """A coordinator whose broker says what it is told to, at the time it is told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.name = MemberName(SESSION_S, lambda: self.now)

    def hears(self, request: object, code: int, at: float | None = None) -> list[int]:
        async def send(_: object) -> Any:
            return answer(request, code)

        self.now = self.now if at is None else at
        coordinator: Any = SimpleNamespace(_send_req=send)
        self.name.guard(coordinator)
        response = asyncio.run(coordinator._send_req(request))
        if request is COMMIT:
            return [code for _, partitions in response.topics for _, code in partitions]
        return [response.error_code]

    def is_refused(self, begin: float, end: float, every: float = 0.5) -> None:
        steps = int((end - begin) / every)
        for number in range(steps + 1):
            self.hears(JOIN, NAME_TAKEN, begin + number * every)


def test_an_unknown_member_joins_by_its_id() -> None:
    asked = Asked()
    assert asked.hears(HEARTBEAT, UNKNOWN_MEMBER) == [REBALANCING]
    assert asked.hears(COMMIT, UNKNOWN_MEMBER) == [REBALANCING, 0]
    assert asked.hears(JOIN, UNKNOWN_MEMBER) == [UNKNOWN_MEMBER], "only now it forgets its id"
    assert not asked.name.is_taken


@pytest.mark.parametrize("request_of", [HEARTBEAT, COMMIT, JOIN, SYNC])
@pytest.mark.parametrize("code", [0, 14, 16, 22, 27])
def test_every_other_answer_passes_as_it_is(request_of: object, code: int) -> None:
    assert Asked().hears(request_of, code)[0] == code


def test_a_refusal_is_asked_about_again_and_a_lasting_one_is_a_process_that_lives() -> None:
    asked = Asked()
    assert asked.hears(JOIN, NAME_TAKEN, 100) == [LOADING]
    assert asked.hears(SYNC, NAME_TAKEN, 100.1) == [REBALANCING]
    asked.is_refused(100.5, 100 + SESSION_S + SLACK_S)
    assert not asked.name.is_taken
    asked.is_refused(100 + SESSION_S + SLACK_S, 101 + SESSION_S + SLACK_S)
    assert asked.name.is_taken


def test_a_refusal_that_ends_within_a_session_was_of_the_dead() -> None:
    asked = Asked()
    asked.is_refused(100, 100 + SESSION_S)
    asked.hears(JOIN, UNKNOWN_MEMBER, 101 + SESSION_S)
    asked.hears(HEARTBEAT, 0, 200)
    assert not asked.name.is_taken
    asked.is_refused(300, 300 + SESSION_S)
    assert not asked.name.is_taken, "another time is counted anew"


def test_silence_of_the_broker_is_no_refusal() -> None:
    asked = Asked()
    asked.is_refused(100, 102)
    asked.hears(JOIN, NAME_TAKEN, 102 + 10 * LONGEST_GAP_S)
    assert not asked.name.is_taken
