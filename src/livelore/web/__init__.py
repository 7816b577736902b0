"""HTTP and WebSocket toolkit shared by every `api.py`."""
