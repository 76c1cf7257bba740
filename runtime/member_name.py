"""Of two processes under one member name the older ends; aiokafka alone lets them push each other out for ever.

The broker gives a name's place in the group to whoever joins last. aiokafka sends its name with JoinGroup and SyncGroup
only, so its heartbeats and commits are answered "unknown member", as they are after a session that has run out. It then
joins anew without its id, which pushes out the newer process. Here it joins by the id that it has: the broker then says
whether the name is another's or was forgotten.

A name may also be held by the dead, whose last request was read late; the broker forgets those after a session. Only a
refusal that lasts longer is a process that lives.
"""

import time
from collections.abc import Callable
from typing import Any

from aiokafka.protocol.commit import OffsetCommitRequest
from aiokafka.protocol.group import HeartbeatRequest, JoinGroupRequest, SyncGroupRequest

LOADING = 14
UNKNOWN_MEMBER = 25
REBALANCING = 27
NAME_TAKEN = 82
"""Kafka's error codes."""
SLACK_S = 3.0
"""For the broker, beyond a session, to forget a dead member."""
LONGEST_GAP_S = 3.0
"""Refusals further apart are not one refusal: the broker was away and counts its members' sessions anew."""


class MemberName:
    """Whether the name that this process has in its consumer group is still its own."""

    def __init__(self, session_timeout_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience_s = session_timeout_s + SLACK_S
        self._clock = clock
        self._refused_from = self._refused_at = float("-inf")

    @property
    def is_taken(self) -> bool:
        """Whether another process that lives has it."""
        return self._refused_at - self._refused_from > self._patience_s

    def guard(self, coordinator: Any) -> None:
        """Lets an aiokafka coordinator, which has not joined yet, keep its member id and wait while it is refused."""
        send = coordinator._send_req

        async def guarded(request: Any) -> Any:
            return self._understood(request, await send(request))

        coordinator._send_req = guarded

    def _understood(self, request: Any, response: Any) -> Any:
        if isinstance(request, HeartbeatRequest):
            response.error_code = _joins_by_its_id(response.error_code)
        elif isinstance(request, OffsetCommitRequest):
            response.topics = [
                (topic, [(partition, _joins_by_its_id(code)) for partition, code in partitions])
                for topic, partitions in response.topics
            ]
        elif isinstance(request, JoinGroupRequest | SyncGroupRequest) and response.error_code == NAME_TAKEN:
            self._refused()
            response.error_code = LOADING if isinstance(request, JoinGroupRequest) else REBALANCING  # asks again soon
        return response

    def _refused(self) -> None:
        now = self._clock()
        if now - self._refused_at > LONGEST_GAP_S:
            self._refused_from = now
        self._refused_at = now


def _joins_by_its_id(code: int) -> int:
    return REBALANCING if code == UNKNOWN_MEMBER else code
