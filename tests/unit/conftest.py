"""A law is no less true on a busy machine: hypothesis judges results here, not times."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
