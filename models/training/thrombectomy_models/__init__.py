"""Networks that read a non-contrast head CT: data, training, evaluation, calibration and export.

What the service runs lies in ``models/<network>/<version>``; this package makes it. Every array of a CT volume
is ``hu[slice, row, column]`` (int16 Hounsfield units), slices inferior to superior, row 0 anterior, column 0
the patient's right, as in ``models/README.md``.
"""

__version__ = "0.1.0"
