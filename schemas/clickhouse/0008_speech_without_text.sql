-- A segment without text marks speech that nothing was written of; only `speech_without_text` shows those.
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
FROM segments FINAL
WHERE text_raw != '';

-- Who spoke when: seconds of speech, segments and words of each channel in each minute.
CREATE OR REPLACE VIEW channel_minute AS
SELECT
    session_id,
    channel_id,
    toStartOfMinute(captured_at) AS minute,
    round(sum(end_sample - start_sample) / 16000, 3) AS speech_s,
    count() AS segments,
    sum(length(words.text)) AS words
FROM segments FINAL
WHERE text_raw != ''
GROUP BY session_id, channel_id, minute;

-- Where the time went, in milliseconds, from the end of speech to the row; only of what went through live.
CREATE OR REPLACE VIEW latency AS
SELECT
    session_id,
    channel_id,
    segment_id,
    speech_ended_at,
    (toUnixTimestamp64Micro(windowed_at) - toUnixTimestamp64Micro(speech_ended_at)) / 1000 AS window_ms,
    (toUnixTimestamp64Micro(transcribed_at) - toUnixTimestamp64Micro(windowed_at)) / 1000 AS transcribe_ms,
    (toUnixTimestamp64Micro(corrected_at) - toUnixTimestamp64Micro(transcribed_at)) / 1000 AS correct_ms,
    (toUnixTimestamp64Micro(inserted_at) - toUnixTimestamp64Micro(corrected_at)) / 1000 AS insert_ms,
    (toUnixTimestamp64Micro(inserted_at) - toUnixTimestamp64Micro(speech_ended_at)) / 1000 AS total_ms
FROM segments FINAL
WHERE text_raw != ''
    AND session_id NOT IN (SELECT session_id FROM replays WHERE NOT live)
    AND (session_id, glossary_version) NOT IN (SELECT session_id, glossary_version FROM recorrections);

-- Each recording run.
CREATE OR REPLACE VIEW sessions AS
SELECT
    session_id,
    min(captured_at) AS first_spoken_at,
    max(captured_at) AS last_spoken_at,
    arraySort(groupUniqArray(channel_id)) AS channels,
    count() AS segments,
    round(sum(end_sample - start_sample) / 16000, 3) AS speech_s
FROM segments FINAL
WHERE text_raw != ''
GROUP BY session_id;
