"""Ways to divide users into segments, behind scikit-learn's interface.

`kmeans` (K-Means, also by small batches), `mixture` (soft memberships), `density` (HDBSCAN, with
noise), `graph` (spectral and agglomerative); a deep one is in `portraits.deep`. `clusterer` holds
what they share: canonical numbers, memberships, samples with an extension to everybody.
"""
