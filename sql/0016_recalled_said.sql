-- What a message that was taken out said, as a digest by a secret of the
-- instance: enough to know its repetition by, and no way back to the words.
--
-- The column is added at the end with a default, which takes no time.

ALTER TABLE message
  ADD COLUMN IF NOT EXISTS recalled_said VARCHAR(24) CHARACTER SET ascii COLLATE ascii_bin NULL COMMENT 'NULL: not taken out, or before it was kept';
