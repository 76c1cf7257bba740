"""The stages between the sound and the rows: segmenter, transcriber, glossary."""

import os

# ONNX Runtime reads it when it is imported, and reports to its maker without it.
os.putenv("ORT_DISABLE_TELEMETRY", "1")
