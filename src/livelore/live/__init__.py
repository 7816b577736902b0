"""Live interaction: rooms, video, danmaku, gifts."""
