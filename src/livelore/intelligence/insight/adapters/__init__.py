"""NLTK, TextBlob and spaCy where ours stands, and ours where theirs does; extra `nlp`.

A reader of sentiment has ``read(texts) -> Sentiments``, a recogniser of entities ``find(texts)``,
a tokenizer is a function from texts to lists of words. Whoever uses one of these libraries hands
theirs in through this folder; nothing here is imported unless it is asked for, and nothing is ever
downloaded: what a library lacks is said in one line.
"""
