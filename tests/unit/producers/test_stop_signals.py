"""Ctrl-C and SIGTERM in a capture script."""

import signal
import sys
import threading

import pytest

from producers.stop_signals import DEFAULTS, StopSignals

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def signals():
    """Taken from the test run, which has handlers of its own, and given back."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    for number, default in DEFAULTS.items():
        signal.signal(number, default)
    taken = StopSignals(threading.Event())
    taken.take()
    yield taken
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
def test_between_calls_the_script_ends_at_once(signals, number):
    with pytest.raises(SystemExit) as caught:
        signal.raise_signal(number)
    assert caught.value.code == 0
    assert signals.was_told


@pytest.mark.parametrize("number", NUMBERS)
def test_within_a_call_the_script_ends_after_it(signals, number):
    done = []

    def call() -> None:
        with signals.held_back(), signals.held_back():
            signal.raise_signal(number)
            done.append(True)

    with pytest.raises(SystemExit):
        call()
    assert done == [True]


def test_at_the_end_a_signal_interrupts_nothing(signals):
    signals.hold()
    signal.raise_signal(signal.SIGTERM)
    with signals.held_back():
        pass
    assert signals.was_told


def test_an_error_on_its_way_out_is_not_hidden(signals):
    def call() -> None:
        with signals.held_back():
            signal.raise_signal(signal.SIGTERM)
            raise ValueError("this")

    with pytest.raises(ValueError, match="this"):
        call()


def test_handlers_are_given_back(signals):
    assert signal.getsignal(signal.SIGTERM) != signal.SIG_DFL
    signals.give_back()
    assert {number: signal.getsignal(number) for number in NUMBERS} == DEFAULTS


def test_a_script_with_handlers_of_its_own_keeps_them(signals):
    handlers = {number: signal.getsignal(number) for number in NUMBERS}
    other = StopSignals(threading.Event())
    other.take()
    other.give_back()
    assert {number: signal.getsignal(number) for number in NUMBERS} == handlers


def test_a_prompt_keeps_its_ctrl_c(signals, monkeypatch):
    signals.give_back()
    monkeypatch.setattr(sys, "ps1", ">>> ", raising=False)
    signals.take()
    assert {number: signal.getsignal(number) for number in NUMBERS} == DEFAULTS


def test_other_threads_are_never_ended(signals):
    """Only the main thread may have signals."""
    ended = []

    def work() -> None:
        with signals.held_back():
            signals.was_told = True
        other = StopSignals(threading.Event())
        other.take()
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]
