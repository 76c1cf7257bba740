-- One folding of text for the index, the view and whoever asks: case, accents typed in two characters or in one, and
-- Hangul in syllables or in letters make no difference. `sinks/clickhouse/folding.py` holds the same expression.
ALTER TABLE segments
    ADD COLUMN IF NOT EXISTS folded String
        MATERIALIZED replaceAll(caseFoldUTF8(normalizeUTF8NFC(text)), 'i̇', 'i')
        COMMENT 'the text as search compares it' AFTER text_raw,
    ADD INDEX IF NOT EXISTS folded_ngrams folded TYPE text(tokenizer = ngrams(2)),
    DROP INDEX IF EXISTS text_ngrams;

-- Rows from before: folded when they are read until this has gone through in the background.
ALTER TABLE segments MATERIALIZE COLUMN folded;
ALTER TABLE segments MATERIALIZE INDEX folded_ngrams;

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
    folded,
    length(corrections.from_text) AS corrections_made,
    round(if(empty(words.probability), 0, arrayAvg(words.probability)), 3) AS confidence,
    arraySum(uncovered.end_sample) / 16000 - arraySum(uncovered.start_sample) / 16000 AS uncovered_s,
    utterance_id,
    utterance_end,
    segment_id,
    glossary_version,
    model
FROM segments FINAL;
