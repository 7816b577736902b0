"""The one place that joins the parts which read a chat and answer questions to the pipeline."""

from livelore.intelligence.pipeline.protocols import Answerer, ChatReader


def chat_reader() -> ChatReader | None:
    """What reads the chat; None in a build without `insight`."""
    return None


def answerer() -> Answerer | None:
    """What answers prompts; None in a build without `assist`."""
    return None
