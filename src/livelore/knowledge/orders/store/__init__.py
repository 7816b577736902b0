"""The only SQL of orders: orders and lines, payments and notices, refunds and findings."""
