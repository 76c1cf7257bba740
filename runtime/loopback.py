"""Which hosts are this machine itself; a proxy that the environment names has no way to them."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether the name or address is of the loopback interface, without asking anybody for it."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")
