-- Events that deliver gave up on: outbox rows as they were, and why.
--
-- A row leaves when an operator has it delivered again, or drops it
-- (parleyctl dlq).  Its id is that of the outbox row it was.

CREATE TABLE IF NOT EXISTS dead_letter (
  id              BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  key_id          BIGINT UNSIGNED NOT NULL,
  audience        TINYINT UNSIGNED NOT NULL,
  conv_id         BIGINT UNSIGNED NOT NULL,
  seq             BIGINT UNSIGNED NOT NULL,
  members_version BIGINT UNSIGNED NOT NULL,
  users           VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  session_id      BIGINT UNSIGNED NOT NULL,
  except_session  BIGINT UNSIGNED NOT NULL,
  frame           MEDIUMTEXT NOT NULL,
  created_at      BIGINT NOT NULL,
  cause           VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'stable, snake_case',
  detail          VARCHAR(255) NOT NULL,
  attempts        INT UNSIGNED NOT NULL,
  first_at        BIGINT NOT NULL COMMENT 'when it first failed',
  last_at         BIGINT NOT NULL
) ENGINE=InnoDB;
