"""Livelore 知播: self-hosted platform for people who teach live and are paid for it."""

__version__ = "0.1.0"
