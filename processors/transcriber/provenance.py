"""What a text is decoded by and on, told of CTranslate2: its kernels follow the processor and two variables.

The library keeps its choice to itself (it only logs it), so its rules are kept here (CTranslate2 4.8:
`cpu_isa.cc`, `backend.cc`); a test compares them with its log.
"""

import platform
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from runtime.libraries import libraries_of
from runtime.processor import Processor, gpu_name, this_processor
from schemas.events import Library, Provenance

ENGINE = "ctranslate2"
TEXT_LIBRARIES = ("faster-whisper", "tokenizers")
"""Beside the engine. numpy is none: what it is used for comes out the same on every machine (`log_mel`)."""
FORCED_SET = "CT2_FORCE_CPU_ISA"
USE_MKL = "CT2_USE_MKL"
VARIABLES = (FORCED_SET, USE_MKL)
"""Of CTranslate2's own."""
X86 = frozenset({"x86_64", "amd64"})


def provenance_of(model: Any, threads: int, variables: Mapping[str, str]) -> Provenance:
    """Of a loaded `ctranslate2.models.Whisper`; `variables` are those of VARIABLES that are set."""
    engine_version = libraries_of(ENGINE)[0].version
    made = Provenance(
        engine=ENGINE,
        engine_version=engine_version,
        device=str(model.device),
        compute_type=str(model.compute_type),
        libraries=libraries_of(*TEXT_LIBRARIES),
    )
    if model.device != "cpu":
        return replace(made, processor=gpu_name(), gemm_backend="cuBLAS")
    processor, machine = this_processor(), platform.machine().lower()
    return replace(
        made,
        processor=str(processor),
        instruction_set=instruction_set(processor, machine, variables.get(FORCED_SET, "")),
        gemm_backend=gemm_backend(processor, machine, made.compute_type, variables.get(USE_MKL, "")),
        threads=threads,
    )


def instruction_set(processor: Processor, machine: str, forced: str) -> str:
    """What its own kernels use. AVX-512 it takes only where it is told to."""
    if forced:
        return forced
    if machine not in X86:
        return "NEON"
    return next((flag.upper() for flag in ("avx2", "avx") if flag in processor.flags), "GENERIC")


def gemm_backend(processor: Processor, machine: str, compute_type: str, use_mkl: str) -> str:
    """What multiplies its matrices: on x86 MKL for Intel's processors and oneDNN for others."""
    if machine in X86:
        is_mkl = use_mkl in {"1", "true", "TRUE"} if use_mkl else processor.vendor == "GenuineIntel"
        return "MKL" if is_mkl else "DNNL"
    if compute_type.startswith("int8"):
        return "Ruy"
    return "Accelerate" if platform.system() == "Darwin" else "OpenBLAS"


def with_libraries(made_by: Provenance, others: Iterable[Library]) -> Provenance:
    """The same with more libraries, each name once; one of `others` stands before one that is there already."""
    versions = {library.name: library for library in (*made_by.libraries, *others)}
    return replace(made_by, libraries=tuple(versions[name] for name in sorted(versions)))
