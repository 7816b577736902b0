"""Who people are, what they may do, and the rules that protect them."""
