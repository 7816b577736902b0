"""The one place that joins the parts which read a chat and answer questions to the pipeline."""

from livelore.intelligence.insight.chain.parts import Parts
from livelore.intelligence.insight.sentiment.shipped import shipped
from livelore.intelligence.pipeline.from_course import CourseAnswers
from livelore.intelligence.pipeline.from_insight import InsightReader
from livelore.intelligence.pipeline.protocols import Answerer, ChatReader


def chat_reader() -> ChatReader:
    """What reads the chat: all parts of `insight` with the models that ship."""
    return InsightReader(Parts(shipped()))


def answerer() -> Answerer:
    """What answers prompts."""
    return CourseAnswers()
