"""Flash cards and exercises from a course: each quotes it and says where; the same by seed."""
