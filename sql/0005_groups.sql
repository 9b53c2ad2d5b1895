-- Groups and the world channel: settings, rights, and the ways in.
--
-- Columns are added with a default, so that programs which do not know them
-- yet go on.  What is counted or limited (nmembers, uses) changes under the
-- lock of the conversation's row.

ALTER TABLE conversation
  ADD COLUMN IF NOT EXISTS singleton   TINYINT UNSIGNED NULL COMMENT '1: the world channel',
  ADD COLUMN IF NOT EXISTS status      TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0 open, 1 dissolved, 2 switched off (world)',
  ADD COLUMN IF NOT EXISTS description VARCHAR(500) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS join_policy TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0 none, 1 open, 2 approval, 3 invite',
  ADD COLUMN IF NOT EXISTS from_start  BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'newcomers see what was said before',
  ADD COLUMN IF NOT EXISTS muted_all   BOOLEAN NOT NULL DEFAULT FALSE,
  ADD COLUMN IF NOT EXISTS slow_mode_s INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'seconds between two messages of one person',
  ADD COLUMN IF NOT EXISTS nmembers    INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of a group',
  ADD COLUMN IF NOT EXISTS max_members INT UNSIGNED NOT NULL DEFAULT 0;
ALTER TABLE conversation
  ADD UNIQUE KEY IF NOT EXISTS singleton (singleton),
  ADD KEY IF NOT EXISTS directory (join_policy, id);

-- permissions: 1 invite, 2 remove, 4 mute, 8 edit, 16 pin, 32 delete_messages.
-- ranked: the owner first, then admins, then members, by id.
ALTER TABLE member
  ADD COLUMN IF NOT EXISTS permissions  SMALLINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'of an admin',
  ADD COLUMN IF NOT EXISTS nickname     VARCHAR(64) NOT NULL DEFAULT '',
  ADD COLUMN IF NOT EXISTS muted_until  BIGINT NULL COMMENT 'may not send before; NULL: may',
  ADD COLUMN IF NOT EXISTS last_sent_at BIGINT NOT NULL DEFAULT 0 COMMENT 'for slow mode';
ALTER TABLE member
  ADD KEY IF NOT EXISTS ranked (conv_id, role DESC, user_id);

-- Who left a group or was removed: they know of it, and see it no more.
CREATE TABLE IF NOT EXISTS former_member (
  conv_id    BIGINT UNSIGNED NOT NULL,
  user_id    BIGINT UNSIGNED NOT NULL,
  was_kicked BOOLEAN NOT NULL DEFAULT FALSE,
  left_at    BIGINT NOT NULL,
  PRIMARY KEY (conv_id, user_id),
  KEY of_user (user_id, left_at)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS conversation_ban (
  conv_id    BIGINT UNSIGNED NOT NULL,
  user_id    BIGINT UNSIGNED NOT NULL,
  by_id      BIGINT UNSIGNED NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (conv_id, user_id)
) ENGINE=InnoDB;

-- Somebody who was asked in, and has not answered yet.
CREATE TABLE IF NOT EXISTS invitation (
  conv_id    BIGINT UNSIGNED NOT NULL,
  user_id    BIGINT UNSIGNED NOT NULL,
  by_id      BIGINT UNSIGNED NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (conv_id, user_id),
  KEY of_user (user_id, conv_id)
) ENGINE=InnoDB;

-- Somebody who asked to be let in, and has no answer yet.
CREATE TABLE IF NOT EXISTS join_request (
  conv_id    BIGINT UNSIGNED NOT NULL,
  user_id    BIGINT UNSIGNED NOT NULL,
  note       VARCHAR(500) NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  PRIMARY KEY (conv_id, user_id)
) ENGINE=InnoDB;

-- The token of a link is made of its id and a secret of the instance, so it
-- can be shown again and is not kept.
CREATE TABLE IF NOT EXISTS invite_link (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  conv_id    BIGINT UNSIGNED NOT NULL,
  by_id      BIGINT UNSIGNED NOT NULL,
  expires_at BIGINT NULL COMMENT 'NULL: never',
  max_uses   INT UNSIGNED NULL COMMENT 'NULL: any number',
  uses       INT UNSIGNED NOT NULL DEFAULT 0,
  revoked_at BIGINT NULL,
  created_at BIGINT NOT NULL,
  KEY of_conversation (conv_id, id)
) ENGINE=InnoDB;

-- The titles of open groups from each of their words on (each character where
-- words have no blanks between them), so that the directory is searched by an
-- index, in Chinese too.
CREATE TABLE IF NOT EXISTS directory_word (
  word    VARCHAR(40) NOT NULL,
  conv_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (word, conv_id),
  KEY of_conversation (conv_id, word)
) ENGINE=InnoDB;

-- How far the world channel was when the account was made: what is unread
-- there before the user has a row of their own.
ALTER TABLE user
  ADD COLUMN IF NOT EXISTS world_seq BIGINT UNSIGNED NOT NULL DEFAULT 0;

INSERT INTO conversation (type, singleton, title, last_at, created_at)
SELECT 4, 1, 'World', ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000), ROUND(UNIX_TIMESTAMP(NOW(3)) * 1000)
WHERE NOT EXISTS (SELECT 1 FROM conversation WHERE singleton = 1);
