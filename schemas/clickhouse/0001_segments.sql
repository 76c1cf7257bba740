-- One row for each version of a segment; the newest version wins. Read through the views of 0002, or with FINAL.
CREATE TABLE IF NOT EXISTS segments
(
    session_id LowCardinality(String),
    channel_id LowCardinality(String),
    segment_id String,
    window_id String,
    utterance_id String,
    utterance_end Bool COMMENT 'a confirmed silence follows',
    start_sample Int64 COMMENT 'counted from the start of the stream, 16,000 a second',
    end_sample Int64,
    language LowCardinality(String),
    text String COMMENT 'corrected by the glossary',
    text_raw String COMMENT 'as Whisper heard it',
    words Nested
    (
        text String,
        start_sample Int64,
        end_sample Int64,
        probability Float64,
        interpolated Bool
    ) COMMENT 'as Whisper heard them',
    corrections Nested
    (
        from_text String,
        to_text String,
        term String,
        rule LowCardinality(String),
        score Float64,
        start Int32,
        end Int32
    ) COMMENT 'changes in text_raw; start and end count characters',
    glossary_version LowCardinality(String),
    model LowCardinality(String),
    language_probability Float64,
    avg_logprob Float64,
    no_speech_prob Float64,
    compression_ratio Float64,
    temperature Float64,
    beam_size Int32,
    context_frames Int32,
    hotwords_version LowCardinality(String),
    captured_at DateTime64(6, 'UTC') COMMENT 'when start_sample was spoken',
    speech_ended_at DateTime64(6, 'UTC') COMMENT 'when the last voiced sample of the window was spoken',
    windowed_at DateTime64(6, 'UTC'),
    transcribed_at DateTime64(6, 'UTC'),
    corrected_at DateTime64(6, 'UTC'),
    inserted_at DateTime64(6, 'UTC') DEFAULT now64(6),
    audio_topic LowCardinality(String) COMMENT 'where the sound lies in Kafka',
    audio_partition Int32,
    audio_first_offset Int64,
    audio_last_offset Int64,
    version UInt64 COMMENT 'grows with the time of correction',
    INDEX text_ngrams lower(text) TYPE text(tokenizer = ngrams(2)),
    INDEX captured_range captured_at TYPE minmax
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (session_id, channel_id, start_sample, segment_id)
SETTINGS non_replicated_deduplication_window = 1000;

-- Every glossary's reading of a segment is kept here when a newer one replaces it in `segments`.
CREATE TABLE IF NOT EXISTS segment_history
(
    session_id LowCardinality(String),
    channel_id LowCardinality(String),
    start_sample Int64,
    segment_id String,
    glossary_version LowCardinality(String),
    text String,
    text_raw String,
    corrections Nested
    (
        from_text String,
        to_text String,
        term String,
        rule LowCardinality(String),
        score Float64,
        start Int32,
        end Int32
    ),
    corrected_at DateTime64(6, 'UTC'),
    version UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (session_id, channel_id, start_sample, segment_id, glossary_version)
SETTINGS non_replicated_deduplication_window = 1000;

CREATE MATERIALIZED VIEW IF NOT EXISTS segment_history_feed TO segment_history AS
SELECT
    session_id, channel_id, start_sample, segment_id, glossary_version, text, text_raw,
    corrections.from_text, corrections.to_text, corrections.term, corrections.rule, corrections.score,
    corrections.start, corrections.end,
    corrected_at, version
FROM segments;

-- What the sink is about to insert: after a crash it inserts exactly the same records again, under the same token.
CREATE TABLE IF NOT EXISTS sink_plans
(
    consumer_group String,
    topic String,
    partition Int32,
    first_offset Int64,
    last_offset Int64,
    planned_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(planned_at)
ORDER BY (consumer_group, topic, partition);
