"""The speech model, and the GPU that may run it."""

import ctypes

from earshot.doctor.finding import Finding, fail, ok, warn
from processors.transcriber.engine import gpu_count, load_engine
from runtime.errors import ModelError
from runtime.settings import Settings

CUDA_LIBRARIES = ("libcublas.so.12", "libcudnn.so.9")
"""What CTranslate2 opens by name once it uses a GPU."""
INSTALL = "install the extra `cuda`, and put its folders on LD_LIBRARY_PATH (docs/operations.md, GPU)"


def check_gpu(settings: Settings) -> list[Finding]:
    """Whether there is a GPU that CTranslate2 sees, with the libraries it needs."""
    wanted = settings.whisper.device
    if wanted == "cpu":
        return [ok("gpu", "not asked for (EARSHOT_WHISPER__DEVICE=cpu)")]
    devices = gpu_count()
    if not devices and wanted == "cuda":
        return [fail("gpu", "EARSHOT_WHISPER__DEVICE=cuda, but none is seen", "install its driver, or set cpu or auto")]
    if not devices:
        return [ok("gpu", "none: the model runs on the CPU")]
    absent = [name for name in CUDA_LIBRARIES if not _opens(name)]
    if absent:
        return [fail("gpu", f"{devices} seen, but {' and '.join(absent)} cannot be opened", INSTALL)]
    return [ok("gpu", f"{devices} seen, CUDA libraries open")]


def check_gpu_and_model(settings: Settings) -> list[Finding]:
    """Both, for a process that loads their libraries once."""
    return [*check_gpu(settings), *check_model(settings)]


def check_model(settings: Settings) -> list[Finding]:
    """Whether the model is here, runs on its device, and knows the languages that are asked for."""
    whisper = settings.whisper
    try:
        engine = load_engine(whisper, may_download=False)
    except ModelError as error:
        return [fail("model", str(error), "set EARSHOT_WHISPER__MODEL (docs/operations.md, Models)")]
    what = f"{engine.model_name} runs; it may hear {', '.join(engine.languages)}"
    deaf_to = sorted(set(whisper.languages) - set(engine.languages))
    if deaf_to:
        return [
            fail(
                "model",
                f"{what}, and not {', '.join(deaf_to)}",
                f"name a multilingual model, or set EARSHOT_WHISPER__LANGUAGES to {', '.join(engine.languages)}",
            )
        ]
    if whisper.context == "fit" and not engine.card.fitted_context:
        return [warn("model", f"{what}; it was not trained for a fitted context", "set EARSHOT_WHISPER__CONTEXT=full")]
    return [ok("model", what)]


def _opens(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
