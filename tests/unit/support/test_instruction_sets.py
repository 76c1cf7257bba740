from tests.support.instruction_sets import SETS, environment_of, playable


def test_a_processor_plays_none_that_it_could_not_run() -> None:
    assert list(playable({})) == []
    assert [one.name for one in playable({"X86_V2": True, "X86_V3": False})] == ["no AVX"]
    assert list(playable({"X86_V2": True, "X86_V3": True, "X86_V4": True})) == list(SETS)


def test_numpy_is_told_of_features_that_it_has_only() -> None:
    """It warns of any other, and a warning is an error."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__  # noqa: PLC0415

    for one in SETS:
        dropped = environment_of(one)["NPY_DISABLE_CPU_FEATURES"].split()
        assert all(feature in __cpu_dispatch__ and __cpu_features__[feature] for feature in dropped)
        assert one.numpy_above not in dropped
