-- Whether a replay went through to its end: one that was cut off must not be taken for what a session says now.
ALTER TABLE replays
    ADD COLUMN IF NOT EXISTS whole Bool DEFAULT true COMMENT 'false while it is played, and for good where it was cut off';
