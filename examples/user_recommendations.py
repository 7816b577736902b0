"""Recommendations: behaviour and labels to `user_recommendations.csv`."""

from livelore.intelligence.pipeline.article import user_recommendations
from livelore.intelligence.tables.writing import write_table

lists = user_recommendations("user_behavior.csv", "content_labels.csv")
write_table(lists, "user_recommendations.csv")
