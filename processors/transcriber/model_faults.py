"""What to do about a model that cannot be had: one line for each way in which it fails."""

from pathlib import Path

from runtime.errors import DecodeFailed, ModelError, OutOfMemory
from runtime.settings import WhisperSettings

FULL_WORDS = ("out of memory", "alloc_failed", "bad_alloc", "cannot allocate")
"""Of CUDA, cuBLAS, C++ and the system."""
DEVICE_WORDS = ("cuda", "cublas", "cudnn", "gpu")


def not_loaded(whisper: WhisperSettings, device: str, error: Exception) -> ModelError:
    """The weights do not load: for want of a GPU, of memory on it, or because the files are not whole."""
    words = _one_line(error)
    if _is_full(error):
        do = "take a smaller model, EARSHOT_WHISPER__COMPUTE_TYPE=int8, or end what else uses the device"
    elif device == "cuda" and any(word in words.lower() for word in DEVICE_WORDS):
        do = "install the GPU's driver (earshot doctor), or set EARSHOT_WHISPER__DEVICE to cpu or auto"
    elif "compute type" in words.lower():
        do = "set it to auto"
    else:
        do = "its files may be cut off or of another kind: copy or convert them again"
    return ModelError(
        f"EARSHOT_WHISPER__MODEL={whisper.model} does not load on {device} "
        f"(EARSHOT_WHISPER__COMPUTE_TYPE={whisper.compute_type}): {words.rstrip('.')}: {do}"
    )


def decode_failure(error: Exception, windows: int, context: int) -> DecodeFailed:
    """A call of the model failed: OutOfMemory where a smaller batch may do, else DecodeFailed."""
    what = f"decoding {windows} windows of {context} frames: {_one_line(error)}"
    if not _is_full(error):
        return DecodeFailed(what)
    return OutOfMemory(f"{what} (a smaller model or EARSHOT_WHISPER__COMPUTE_TYPE=int8 needs less memory)")


def not_spelling(path: Path, why: str) -> ModelError:
    """The tokenizer cannot be used."""
    return ModelError(f"{path} is not the tokenizer of a Whisper model ({why}): copy it again from the model's source")


def not_here_yet(name: str) -> ModelError:
    """A hub name that was never fetched, where nothing may be."""
    return ModelError(
        f"EARSHOT_WHISPER__MODEL={name}: not on this machine yet; the transcriber's first start fetches it, which "
        "needs a network (a folder does without)"
    )


def not_fetched(name: str, error: Exception) -> ModelError:
    """A hub name that could not be fetched."""
    return ModelError(
        f"EARSHOT_WHISPER__MODEL={name}: no such folder, and it could not be got from the hub "
        f"({_one_line(error).rstrip('.')}): name a folder with a CTranslate2 Whisper model, or see to the network"
    )


def _is_full(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(words in str(error).lower() for words in FULL_WORDS)


def _one_line(error: Exception) -> str:
    """The first line of what a library says."""
    lines = str(error).strip().splitlines()
    return lines[0].removeprefix("Got: ") if lines else type(error).__name__
