-- Which part of its session a replay played: a comparison leaves the rest out.
ALTER TABLE replays
    ADD COLUMN IF NOT EXISTS channels Array(String) COMMENT 'empty for all',
    ADD COLUMN IF NOT EXISTS from_s Float64 COMMENT 'seconds of stream time',
    ADD COLUMN IF NOT EXISTS to_s Float64 DEFAULT inf;
