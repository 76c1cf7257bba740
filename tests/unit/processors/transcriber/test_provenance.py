"""What a text was decoded by: by the rules kept here, and by what CTranslate2 itself says of each of its choices."""

import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from processors.transcriber.engine import WhisperEngine
from processors.transcriber.provenance import gemm_backend, instruction_set, with_libraries
from runtime.libraries import libraries_of
from runtime.processor import Processor, this_processor
from runtime.settings import WhisperSettings
from schemas.events import Library, Provenance

INTEL = Processor("GenuineIntel", "6/207", frozenset({"avx", "avx2", "avx512f"}))
OLD = Processor("GenuineIntel", "6/42", frozenset({"avx"}))
OLDEST = Processor("AuthenticAMD", "16/4", frozenset({"sse2"}))
ARM = Processor("0x41", "8/0xd0c", frozenset({"asimd"}))
LOAD = """
import sys
from processors.transcriber.engine import load_engine
from runtime.settings import WhisperSettings
made_by = load_engine(WhisperSettings(model=sys.argv[1], device="cpu", cpu_threads=1)).provenance
print(made_by.instruction_set, made_by.gemm_backend, made_by.compute_type)
"""


def test_the_widest_set_in_use_is_avx2_unless_another_is_forced() -> None:
    assert [instruction_set(one, "x86_64", "") for one in (INTEL, OLD, OLDEST)] == ["AVX2", "AVX", "GENERIC"]
    assert instruction_set(INTEL, "x86_64", "AVX512") == "AVX512"
    assert instruction_set(ARM, "aarch64", "") == "NEON"


def test_matrices_are_multiplied_by_mkl_on_intels_processors() -> None:
    assert [gemm_backend(one, "x86_64", "int8_float32", "") for one in (INTEL, OLDEST)] == ["MKL", "DNNL"]
    assert [gemm_backend(INTEL, "x86_64", "float32", use) for use in ("0", "1")] == ["DNNL", "MKL"]
    assert gemm_backend(ARM, "aarch64", "int8_float32", "") == "Ruy"


def test_a_windows_libraries_join_the_engines_by_name() -> None:
    made_by = Provenance(libraries=(Library("tokenizers", "1"),))
    joined = with_libraries(made_by, (Library("onnxruntime", "2"), Library("tokenizers", "1")))
    assert joined.libraries == (Library("onnxruntime", "2"), Library("tokenizers", "1"))


def test_an_engine_says_what_it_decodes_by(random_engine: WhisperEngine) -> None:
    made_by = random_engine.provenance
    assert (made_by.engine, made_by.engine_version) == ("ctranslate2", libraries_of("ctranslate2")[0].version)
    assert (made_by.device, made_by.compute_type) == ("cpu", "int8_float32")
    assert made_by.processor == str(this_processor())
    assert made_by.threads == (WhisperSettings().cpu_threads or os.cpu_count())
    assert made_by.libraries == libraries_of("faster-whisper", "tokenizers")


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="these instruction sets are x86-64's")
@pytest.mark.parametrize(
    "variables",
    [{}, {"CT2_FORCE_CPU_ISA": "GENERIC"}, {"CT2_FORCE_CPU_ISA": "AVX"}, {"CT2_USE_MKL": "0"}],
    ids=lambda variables: " ".join(map("=".join, variables.items())) or "as it is",
)
def test_the_library_says_the_same(random_model: Path, variables: dict[str, str]) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CT2_")}  # noqa: TID251
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(random_model)],
        env={**kept, **variables, "CT2_VERBOSE": "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    told = [
        re.search(pattern, done.stderr)
        for pattern in (r"Selected ISA: (\w+)", r"GEMM_S8 backend: (\w+)", r"Selected compute type: (\w+)")
    ]
    assert [match[1] if match else "" for match in told] == done.stdout.split()
