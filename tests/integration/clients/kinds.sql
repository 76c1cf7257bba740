CREATE TABLE kinds (
    id UInt32, text String, note Nullable(String), speaker LowCardinality(String),
    team LowCardinality(Nullable(String)), at DateTime64(6, 'UTC'), day Date, words Array(String),
    times Array(Array(UInt32)), said Nested(word String, at_ms UInt32), scores Map(String, Float64),
    place Tuple(x Int32, y Int32), grade Enum8('low' = -1, 'high' = 1), price Decimal(18, 3), code UUID,
    is_final Bool, tag FixedString(3), tags Array(LowCardinality(Nullable(String)))
) ENGINE = MergeTree ORDER BY id
