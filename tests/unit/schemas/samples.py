"""One full sample of every event, as the stored bytes of each published schema hold it."""

from dataclasses import replace

from schemas.events import (
    AudioFrame,
    AudioSpan,
    Correction,
    DeadLetter,
    Decoding,
    Event,
    GlossaryPush,
    GlossaryTerm,
    Library,
    LostRecords,
    Provenance,
    SampleSpan,
    Segment,
    SpeechWindow,
    StreamMark,
    Transcript,
    Word,
)

SPAN = AudioSpan("audio.pcm.C03", 0, 120, 144)
WORDS = (Word("혈압을", 16_000, 24_000, 0.91, False), Word("check", 24_000, 30_000, 0.5, True))
PROVENANCE = Provenance(
    engine="ctranslate2",
    engine_version="4.8.5",
    device="cpu",
    processor="GenuineIntel 6/207 avx2 avx512f",
    instruction_set="AVX2",
    gemm_backend="MKL",
    compute_type="int8_float32",
    threads=2,
    libraries=(Library("numpy", "2.4.6"), Library("onnxruntime", "1.31.1")),
)
DECODING_1 = Decoding("demo/1 0a1b2c3d", 0.99, -0.12, 0.01, 1.4, 5, 500, "9f8e7d6c")
DECODING = replace(DECODING_1, language_probability=None, hotwords=("혈압",), provenance=PROVENANCE)

SAMPLES: dict[str, Event] = {
    "audio_frame": AudioFrame("s-1", "C03", 1536, 16_000, 1_790_000_000_000_000, b"\x01\x00\xff\x7f", False),
    "stream_mark": StreamMark("s-1", "C03", 3_072, 1_790_000_000_192_000, 120, True),
    "speech_window": SpeechWindow(
        session_id="s-1",
        channel_id="C03",
        window_id="s-1/C03/16000",
        utterance_id="s-1/C03/16000",
        first_sample=16_000,
        own_from=16_000,
        own_to=32_000,
        voiced_samples=12_288,
        speech_to=30_000,
        utterance_end=True,
        final=True,
        revision=0,
        sample_rate=16_000,
        captured_at=1_790_000_001_000_000,
        pcm=b"\x02\x00",
        audio=SPAN,
        voiced=(SampleSpan(16_000, 24_000), SampleSpan(25_000, 30_000)),
        libraries=(Library("onnxruntime", "1.31.1"),),
    ),
    "transcript": Transcript(
        session_id="s-1",
        channel_id="C03",
        window_id="s-1/C03/16000",
        utterance_id="s-1/C03/16000",
        own_from=16_000,
        own_to=32_000,
        speech_to=30_000,
        utterance_end=True,
        final=True,
        revision=0,
        language="ko",
        text="혈압을 check",
        words=WORDS,
        rejected="",
        decoding=DECODING,
        captured_at=1_790_000_001_000_000,
        windowed_at=1_790_000_002_500_000,
        audio=SPAN,
        uncovered=(SampleSpan(30_000, 31_000),),
    ),
    "segment": Segment(
        session_id="s-1",
        channel_id="C03",
        segment_id="s-1/C03/16000/0",
        window_id="s-1/C03/16000",
        utterance_id="s-1/C03/16000",
        utterance_end=True,
        final=True,
        revision=0,
        start_sample=16_000,
        end_sample=30_000,
        language="ko",
        text="혈압을 checked",
        text_raw="혈압을 check",
        words=WORDS,
        corrections=(Correction("check", "checked", "checked", "alias", 100.0, 4, 9),),
        glossary_version="9f8e7d6c",
        decoding=DECODING,
        captured_at=1_790_000_001_000_000,
        speech_ended_at=1_790_000_001_875_000,
        windowed_at=1_790_000_002_500_000,
        transcribed_at=1_790_000_002_700_000,
        audio=SPAN,
        uncovered=(SampleSpan(30_000, 31_000),),
        libraries=(Library("rapidfuzz", "3.14.1"),),
    ),
    "glossary_term": GlossaryTerm("Alpha Tower", ("alfa tower", "알파 타워"), "en", "place"),
    "glossary_push": GlossaryPush("0f1e2d3c4b5a6978", 2, "9f8e7d6c5b4a", 1_790_000_000_000_000),
    "dead_letter": DeadLetter("audio.pcm.C01", 0, 7, b"s-1", b"\xff\x00", "segmenter", "schema id 9 is not one of …"),
    "lost_records": LostRecords("glossary", "transcripts.raw", 0, 0, 102, "expired"),
}

EARLIER: dict[tuple[str, str], Event] = {
    ("speech_window", "1"): replace(SAMPLES["speech_window"], voiced=(), libraries=()),  # type: ignore[call-arg]
    ("transcript", "1"): replace(SAMPLES["transcript"], decoding=DECODING_1, uncovered=()),  # type: ignore[call-arg]
    ("segment", "1"): replace(SAMPLES["segment"], decoding=DECODING_1, uncovered=(), libraries=()),  # type: ignore[call-arg]
}
"""What stored bytes of an earlier schema are read as: what it did not hold is empty."""
