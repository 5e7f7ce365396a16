"""The web side."""

import os

# Read when numpy is, which is later. Our products of matrices are small: a thread for each core makes them slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
