from demo.live.account import Ledger
from demo.live.report import Line, results_of
from tests.support.transcripts import segment

SCRIPT = [Line("C01", 1.0, 4.0, "hold position"), Line("C02", 8.0, 12.0, "all is well")]


def heard_on(*channels: str) -> Ledger:
    said = {channel: segment("s", 1, channel_id=channel) for channel in channels}
    return Ledger("s", segments=said)


def failed(ledger: Ledger, until_s: float) -> list[str]:
    results = results_of(ledger, SCRIPT, ["C01", "C02", "C03"], until_s)
    return [result.channel_id for result in results if result.failed]


def test_a_channel_that_speaks_must_give_text_and_no_other_may() -> None:
    assert failed(heard_on("C01", "C02"), 20.0) == []
    assert failed(heard_on("C01"), 20.0) == ["C02"]
    assert failed(heard_on("C01", "C02", "C03"), 20.0) == ["C03"]


def test_a_line_that_is_cut_off_may_give_text_and_need_not() -> None:
    assert failed(heard_on("C01", "C02"), 10.0) == []
    assert failed(heard_on("C01"), 10.0) == []
    assert failed(heard_on("C01", "C02"), 8.0) == ["C02"]
