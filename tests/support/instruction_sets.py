"""The tests whose sums differ from processor to processor, under each instruction set that this one can play.

`python -m tests.support.instruction_sets` ends with 1 if a test fails under one of them. CTranslate2, OpenBLAS and
numpy each choose kernels by the processor, and each can be told to choose those of an older one.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

TESTS = (
    "tests/unit/processors/transcriber",
    "tests/unit/processors/segmenter/test_vad.py",
    "tests/unit/models",
    "tests/unit/producers/test_resampling.py",
    "tests/unit/demo/test_sound.py",
)
WORKERS = 2


@dataclass(frozen=True, slots=True)
class InstructionSet:
    """A processor to be taken for this one."""

    name: str
    needs: str
    """A feature of numpy's list without which the kernels would not run."""
    ctranslate2: str
    openblas: str
    numpy_above: str
    """The highest of numpy's dispatched features that is left, or empty for none of them."""


SETS = (
    InstructionSet("no AVX", "X86_V2", "GENERIC", "Nehalem", ""),
    InstructionSet("AVX2", "X86_V3", "AVX2", "Haswell", "X86_V3"),
    InstructionSet("AVX-512", "X86_V4", "AVX512", "SkylakeX", "X86_V4"),
)


def environment_of(chosen: InstructionSet) -> dict[str, str]:
    """The variables by which the libraries take this processor for that one."""
    kept = __cpu_dispatch__.index(chosen.numpy_above) + 1 if chosen.numpy_above in __cpu_dispatch__ else 0
    dropped = [feature for feature in __cpu_dispatch__[kept:] if __cpu_features__[feature]]
    return {
        "CT2_FORCE_CPU_ISA": chosen.ctranslate2,
        "OPENBLAS_CORETYPE": chosen.openblas,
        "NPY_DISABLE_CPU_FEATURES": " ".join(dropped),
    }


def playable(features: Mapping[str, bool]) -> Iterator[InstructionSet]:
    """Those that a processor of these features can play."""
    for one in SETS:
        if features.get(one.needs, False):
            yield one


def main() -> int:
    """Runs the tests under each; returns the exit status."""
    failed = []
    for chosen in playable(__cpu_features__):
        variables = environment_of(chosen)
        told = " ".join(f"{name}={value!r}" for name, value in variables.items())
        print(f"== {chosen.name}: {told}", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "pytest", "-q", "-n", str(WORKERS), "--dist", "load", *TESTS, *sys.argv[1:]]
        if subprocess.run(command, env={**os.environ, **variables}, check=False).returncode:  # noqa: TID251
            failed.append(chosen.name)
    print(f"failed under: {', '.join(failed)}" if failed else "green under each")  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
