-- What a session was made from, where it was not recorded but replayed; `diff` and `latency` need to know.
CREATE TABLE IF NOT EXISTS replays
(
    session_id String,
    of_session String,
    live Bool COMMENT 'played in real time through the shared stages: its latencies mean something',
    settings Map(String, String) COMMENT 'every setting that shapes a text; empty where the shared stages were used',
    overrides Map(String, String) COMMENT 'those that were changed for the replay, with the value they had before',
    replayed_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(replayed_at)
ORDER BY session_id;

-- Which sessions were corrected again by which glossary: their rows tell no latency any more.
CREATE TABLE IF NOT EXISTS recorrections
(
    session_id String,
    glossary_version String,
    recorrected_at DateTime64(6, 'UTC') DEFAULT now64(6)
)
ENGINE = ReplacingMergeTree(recorrected_at)
ORDER BY (session_id, glossary_version);

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
WHERE session_id NOT IN (SELECT session_id FROM replays WHERE NOT live)
    AND (session_id, glossary_version) NOT IN (SELECT session_id, glossary_version FROM recorrections);
