-- The size of a part as it is stored. Parts of archives are compressed, so the lengths of their slices
-- do not add up to it; rows from before hold plain parts, whose lengths do.

ALTER TABLE shards ADD COLUMN part_size BIGINT;
COMMENT ON COLUMN shards.part_size IS 'bytes of the result as it is stored; null: the sum of part_lengths';
