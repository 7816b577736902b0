"""The one place that joins the parts which read a chat and answer questions to the pipeline."""

from livelore.intelligence.pipeline.from_course import CourseAnswers
from livelore.intelligence.pipeline.protocols import Answerer, ChatReader


def chat_reader() -> ChatReader | None:
    """What reads the chat; None in a build without a model of sentiment and one of entities.

    `from_insight.InsightReader` joins all parts of `insight`; it is made here as soon as
    `insight.sentiment` and `insight.entities` have models that ship::

        return InsightReader(sentiment.reader.shipped(), Recogniser())
    """
    return None


def answerer() -> Answerer:
    """What answers prompts."""
    return CourseAnswers()
