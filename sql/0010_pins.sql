-- Messages that are pinned in their conversation, by (conversation, seq) as the
-- messages themselves.  Changed under the lock of the conversation's row.
CREATE TABLE IF NOT EXISTS pin (
  conv_id    BIGINT UNSIGNED NOT NULL,
  seq        BIGINT UNSIGNED NOT NULL,
  by_id      BIGINT UNSIGNED NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (conv_id, seq)
) ENGINE=InnoDB;
