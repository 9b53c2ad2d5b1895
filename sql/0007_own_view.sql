-- What somebody makes of a conversation: muted for a time, marked unread, a
-- draft; and who was mentioned where.
--
-- All columns are added at the end with a default, which takes no time.

ALTER TABLE member
  ADD COLUMN IF NOT EXISTS silent_until  BIGINT NULL COMMENT 'muted until then; NULL: for good',
  ADD COLUMN IF NOT EXISTS marked        BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'unread, whatever was read',
  ADD COLUMN IF NOT EXISTS draft         TEXT NULL,
  ADD COLUMN IF NOT EXISTS draft_at      BIGINT NULL,
  ADD COLUMN IF NOT EXISTS draft_version INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'steps whenever the draft changes or goes';

-- Whom a message mentions, as its rendering needs it: "12:bob 0:all".
ALTER TABLE message
  ADD COLUMN IF NOT EXISTS mentions VARCHAR(1200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';

-- One row for each who is mentioned by name, one for all that are mentioned at
-- once.  nth counts them, so how many there are beyond a seq is a difference of
-- two look-ups, however many there are.
CREATE TABLE IF NOT EXISTS mention (
  conv_id BIGINT UNSIGNED NOT NULL,
  user_id BIGINT UNSIGNED NOT NULL COMMENT '0: everybody',
  seq     BIGINT UNSIGNED NOT NULL,
  nth     INT UNSIGNED NOT NULL,
  PRIMARY KEY (conv_id, user_id, seq)
) ENGINE=InnoDB;
