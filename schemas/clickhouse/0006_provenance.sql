-- What a text was decoded by and on, and speech that no word covers. Rows from before keep these empty.
-- `temperature` goes: it was 0 in every row. A score is NULL where the engine does not give it.
ALTER TABLE segments
    DROP COLUMN IF EXISTS temperature,
    MODIFY COLUMN language_probability Nullable(Float64),
    MODIFY COLUMN avg_logprob Nullable(Float64),
    MODIFY COLUMN no_speech_prob Nullable(Float64),
    MODIFY COLUMN compression_ratio Nullable(Float64),
    MODIFY COLUMN beam_size Nullable(Int32),
    MODIFY COLUMN context_frames Nullable(Int32),
    ADD COLUMN IF NOT EXISTS hotwords Array(String) COMMENT 'terms that were in the prompt' AFTER hotwords_version,
    ADD COLUMN IF NOT EXISTS engine LowCardinality(String) COMMENT 'what ran the model' AFTER model,
    ADD COLUMN IF NOT EXISTS engine_version LowCardinality(String) AFTER engine,
    ADD COLUMN IF NOT EXISTS device LowCardinality(String) COMMENT 'cpu or cuda' AFTER engine_version,
    ADD COLUMN IF NOT EXISTS processor LowCardinality(String) COMMENT 'of the machine that decoded' AFTER device,
    ADD COLUMN IF NOT EXISTS instruction_set LowCardinality(String) COMMENT 'in use by the engine' AFTER processor,
    ADD COLUMN IF NOT EXISTS gemm_backend LowCardinality(String) COMMENT 'what multiplied matrices' AFTER instruction_set,
    ADD COLUMN IF NOT EXISTS compute_type LowCardinality(String) AFTER gemm_backend,
    ADD COLUMN IF NOT EXISTS threads Int32 COMMENT 'of one multiplication' AFTER compute_type,
    ADD COLUMN IF NOT EXISTS libraries Map(LowCardinality(String), LowCardinality(String))
        COMMENT 'versions of those that shape a window, its text or its correction' AFTER threads,
    ADD COLUMN IF NOT EXISTS `uncovered.start_sample` Array(Int64) COMMENT 'speech that no word covers' AFTER end_sample,
    ADD COLUMN IF NOT EXISTS `uncovered.end_sample` Array(Int64) AFTER `uncovered.start_sample`;

-- What was said: one row for each segment, newest version only.
CREATE OR REPLACE VIEW transcript AS
SELECT
    session_id,
    channel_id,
    captured_at AS spoken_at,
    start_sample / 16000 AS start_s,
    end_sample / 16000 AS end_s,
    language,
    text,
    text_raw,
    length(corrections.from_text) AS corrections_made,
    round(if(empty(words.probability), 0, arrayAvg(words.probability)), 3) AS confidence,
    arraySum(uncovered.end_sample) / 16000 - arraySum(uncovered.start_sample) / 16000 AS uncovered_s,
    utterance_id,
    utterance_end,
    segment_id,
    glossary_version,
    model
FROM segments FINAL;

-- Where somebody spoke and the row has no word for it.
CREATE OR REPLACE VIEW speech_without_text AS
SELECT
    session_id,
    channel_id,
    addMicroseconds(captured_at, intDiv((first_sample - start_sample) * 1000000, 16000)) AS spoken_at,
    first_sample / 16000 AS start_s,
    behind_sample / 16000 AS end_s,
    text AS beside,
    utterance_id,
    segment_id
FROM segments FINAL
ARRAY JOIN uncovered.start_sample AS first_sample, uncovered.end_sample AS behind_sample;
