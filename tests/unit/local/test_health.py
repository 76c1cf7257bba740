import pytest

from local.health import require_askable
from runtime.errors import ConfigError


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0.0.0.0", "::", "[::]"])
def test_address_that_the_supervisor_reaches(host):
    require_askable(host)


@pytest.mark.parametrize("host", ["::1", "192.0.2.1"])
def test_address_where_it_would_wait_for_ever(host):
    with pytest.raises(ConfigError, match=f"EARSHOT_OPS__HOST is {host}: .*0.0.0.0 or ::"):
        require_askable(host)
