"""What a list of recommendations is worth: hits, exposure, variety, each with its uncertainty.

All of them take ``items``, the codes that were recommended, shape (n_users, k), best first and -1
where a list ends early, as `Scorer.top` gives them; nothing is sampled, so a figure is that of the
full ranking. `accuracy` compares with what the users did next, `exposure` asks who is shown,
`variety` how unlike, new and representative a list is, `intervals` how far a mean is to be trusted.
"""
