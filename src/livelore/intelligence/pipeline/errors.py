"""Refusals of the pipeline: each says which ``file``, ``what`` is wrong and how to ``mend`` it."""

from livelore.kit.errors import AppError


class FolderUnusable(AppError):
    """A folder that the pipeline was given cannot be read or written."""

    code = "pipeline.folder_unusable"


class PromptsUnreadable(AppError):
    """The file of prompts cannot be read as text with one question a line."""

    code = "pipeline.prompts_unreadable"
