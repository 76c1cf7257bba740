"""The processor of this machine, as far as libraries choose their kernels by it."""

import platform
import re
from dataclasses import dataclass
from pathlib import Path

CPU_FACTS = Path("/proc/cpuinfo")
GPU_FACTS = Path("/proc/driver/nvidia/gpus")
X86_FLAGS = (
    *("avx", "avx2", "fma", "avx_vnni"),
    *("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl", "avx512_vnni", "avx512_bf16", "avx512_fp16"),
    *("amx_int8", "amx_bf16"),
)
ARM_FLAGS = ("asimd", "asimddp", "i8mm", "bf16", "sve", "sve2")
KERNEL_FLAGS = (*X86_FLAGS, *ARM_FLAGS)
"""Flags of Linux by which numerical libraries are known to choose."""


@dataclass(frozen=True, slots=True)
class Processor:
    """A CPU."""

    vendor: str
    """As the CPU says it: `GenuineIntel`, `AuthenticAMD`; on Arm the implementer's number."""
    model: str
    """Family and model, two numbers; more than the trade name tells, which virtual machines often hide."""
    flags: frozenset[str]

    def __str__(self) -> str:
        """`GenuineIntel 6/207 avx avx2 …`: only flags by which kernels are chosen."""
        return " ".join([self.vendor, self.model, *(flag for flag in KERNEL_FLAGS if flag in self.flags)])


def processor_in(facts: str) -> Processor:
    """The first CPU in the text of /proc/cpuinfo."""
    vendor = _fact(facts, "vendor_id") or _fact(facts, "CPU implementer") or "unknown"
    family = _fact(facts, "cpu family") or _fact(facts, "CPU architecture")
    model = _fact(facts, "model") or _fact(facts, "CPU part")
    flags = _fact(facts, "flags") or _fact(facts, "Features")
    return Processor(vendor, f"{family}/{model}", frozenset(flags.split()))


def this_processor() -> Processor:
    """The CPU of this machine; without flags where the system does not tell them in a file."""
    if CPU_FACTS.exists():
        return processor_in(CPU_FACTS.read_text())
    return Processor(platform.machine(), platform.processor() or platform.system(), frozenset())


def gpu_name(folder: Path = GPU_FACTS) -> str:
    """The name of the first NVIDIA GPU, as its driver tells it; empty where it tells none."""
    for file in sorted(folder.glob("*/information")):
        return _fact(file.read_text(), "Model")
    return ""


def _fact(facts: str, name: str) -> str:
    found = re.search(rf"^{name}[ \t]*:[ \t]*(.*)$", facts, re.MULTILINE)
    return found[1].strip() if found else ""
