"""Implementations of ports. Only `livelore.app` names one."""
