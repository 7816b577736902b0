"""The command `livelore`: one file a command group, thin."""
