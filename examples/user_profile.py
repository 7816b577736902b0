"""User portraits: `user_behavior.csv` to `user_profile.csv`."""

from livelore.intelligence.pipeline.article import user_profile
from livelore.intelligence.tables.writing import write_table

write_table(user_profile("user_behavior.csv"), "user_profile.csv")
