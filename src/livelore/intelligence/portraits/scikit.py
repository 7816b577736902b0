"""What this package uses of scikit-learn and scipy that type checkers misread.

Neither has types; what a checker guesses from their defaults is wrong (``copy="warn"``). So these
names are Any, here and nowhere else.
"""

from typing import Any

import scipy.linalg as _linalg
import sklearn.base as _base
import sklearn.cluster as _cluster
import sklearn.isotonic as _isotonic
import sklearn.mixture as _mixture
import sklearn.neighbors as _neighbors
import sklearn.utils.validation as _validation

clone: Any = _base.clone
validate_data: Any = _validation.validate_data
feature_names_in: Any = _validation._check_feature_names_in  # what scikit-learn's own use
AgglomerativeClustering: Any = _cluster.AgglomerativeClustering
SpectralClustering: Any = _cluster.SpectralClustering
MiniBatchKMeans: Any = _cluster.MiniBatchKMeans
HDBSCAN: Any = _cluster.HDBSCAN
GaussianMixture: Any = _mixture.GaussianMixture
IsotonicRegression: Any = _isotonic.IsotonicRegression
NearestNeighbors: Any = _neighbors.NearestNeighbors
kneighbors_graph: Any = _neighbors.kneighbors_graph
qr: Any = _linalg.qr
