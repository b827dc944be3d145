"""Several figures read together: frames in, models run, rows for charts out.

Fetch, then compute: nothing here asks a dataset. Frames have the columns of their metric.
"""
