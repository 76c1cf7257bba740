"""Silero VAD: the torch-free sequence model out of the silero-vad wheel. The only importer of onnxruntime."""

import time
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from processors.segmenter.probabilities import ModelState, Rows
from runtime.errors import ModelError

PACKAGE = "silero_vad"  # located, never imported: its import pulls in torch
FILE = Path("data") / "silero_vad_16k_sequence.onnx"
STATE_SHAPE = (1, 1, 128)


class SileroVad:
    """Implements `SpeechModel`. One thread: many streams share a core, and equal calls give equal bits."""

    def __init__(self, path: Path | None = None) -> None:
        """Loads the model of the installed wheel, or `path`. Raises ModelError if there is none."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(path or model_path()), options, providers=["CPUExecutionProvider"]
        )
        self.seconds = 0.0
        """Time spent listening so far."""

    def fresh(self) -> ModelState:
        """Silence before everything."""
        return np.zeros(STATE_SHAPE, np.float32), np.zeros(STATE_SHAPE, np.float32)

    def listen(self, rows: Rows, state: ModelState) -> tuple[NDArray[np.float32], ModelState]:
        """Speech probabilities of n chunks, each a row of 64 samples of context and 512 of its own."""
        started = time.perf_counter()
        hidden, cell = state
        probabilities, hidden, cell = self._session.run(
            ["speech_probs", "hn", "cn"], {"input": rows, "h": hidden, "c": cell}
        )
        self.seconds += time.perf_counter() - started
        return probabilities, (hidden, cell)


def model_path() -> Path:
    """Where the wheel put the model. Raises ModelError."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModelError("the silero-vad package is not installed: run `make install`")
    path = Path(spec.origin).parent / FILE
    if not path.is_file():
        raise ModelError(f"{path} is missing: this silero-vad has no sequence model; 6.2.3 has")
    return path
