from pathlib import Path

from runtime.processor import gpu_name, processor_in, this_processor

XEON = """processor\t: 0
vendor_id\t: GenuineIntel
cpu family\t: 6
model\t\t: 207
model name\t: Intel(R) Xeon(R) Processor
flags\t\t: fpu sse2 avx avx2 fma avx512f avx512_vnni amx_int8
bugs\t\t: spectre_v1

processor\t: 1
vendor_id\t: another
"""
GRAVITON = """processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd aes asimddp sve
CPU implementer\t: 0x41
CPU architecture: 8
CPU part\t: 0xd0c
"""


def test_an_x86_processor_tells_its_maker_model_and_what_kernels_are_chosen_by():
    found = processor_in(XEON)
    assert (found.vendor, found.model) == ("GenuineIntel", "6/207")
    assert str(found) == "GenuineIntel 6/207 avx avx2 fma avx512f avx512_vnni amx_int8"


def test_an_arm_processor_does_too():
    assert str(processor_in(GRAVITON)) == "0x41 8/0xd0c asimd asimddp sve"


def test_facts_that_say_nothing_are_no_error():
    assert str(processor_in("")) == "unknown /"


def test_this_machine_has_one():
    assert str(this_processor())


def test_a_gpu_is_called_as_its_driver_calls_it(tmp_path: Path):
    assert gpu_name(tmp_path) == ""
    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:01:00.0" / "information").write_text("Model: \t\t NVIDIA H200\nIRQ: 16\n")
    assert gpu_name(tmp_path) == "NVIDIA H200"
