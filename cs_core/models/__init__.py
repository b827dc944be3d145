"""Pure statistics: figures in, named results out. The only home of scipy and statsmodels."""

import os

# The systems solved here have two or three unknowns. Threads for them only wait for each other: on
# a busy machine a fit took twenty times as long. Read when scipy is first imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
