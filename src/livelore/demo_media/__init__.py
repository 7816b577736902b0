"""The recorded lecture that `livelore demo` publishes; README.md says how it was made."""
