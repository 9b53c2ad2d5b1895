-- Accounts, contacts, direct conversations, messages and the outbox.
--
-- Ids are 64-bit; times are milliseconds since the epoch, UTC.  Text is
-- utf8mb4.  Secondary indexes exist for a query; the query is named.

CREATE TABLE IF NOT EXISTS user (
  id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  username       VARCHAR(32) CHARACTER SET ascii COLLATE ascii_general_ci NOT NULL,
  display_name   VARCHAR(64) NOT NULL,
  bio            VARCHAR(500) NOT NULL DEFAULT '',
  email          VARCHAR(254) NULL,
  locale         VARCHAR(8) NOT NULL DEFAULT '',
  theme          VARCHAR(8) NOT NULL DEFAULT 'auto',
  presence       VARCHAR(12) NOT NULL DEFAULT 'online',
  role           TINYINT UNSIGNED NOT NULL DEFAULT 0,
  status         TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0 active, 1 banned, 2 deleted',
  hidden         BOOLEAN NOT NULL DEFAULT FALSE,
  password_hash  VARCHAR(160) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  last_active_at BIGINT NOT NULL DEFAULT 0,
  created_at     BIGINT NOT NULL,
  UNIQUE KEY username (username),
  KEY display_name (display_name)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS session (
  id             BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id        BIGINT UNSIGNED NOT NULL,
  device         VARCHAR(100) NOT NULL DEFAULT '',
  address        VARCHAR(45) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  created_at     BIGINT NOT NULL,
  last_active_at BIGINT NOT NULL,
  expires_at     BIGINT NOT NULL,
  ended_at       BIGINT NULL,
  KEY user_sessions (user_id, ended_at),
  KEY expired (expires_at)
) ENGINE=InnoDB;

-- One row a refresh token, kept after it is spent so that its reuse is seen.
CREATE TABLE IF NOT EXISTS refresh_token (
  hash       BINARY(32) NOT NULL PRIMARY KEY,
  session_id BIGINT UNSIGNED NOT NULL,
  spent_at   BIGINT NULL,
  created_at BIGINT NOT NULL,
  KEY of_session (session_id)
) ENGINE=InnoDB;

-- One-time links: the first administrator's, later others.
CREATE TABLE IF NOT EXISTS one_time_link (
  hash       BINARY(32) NOT NULL PRIMARY KEY,
  purpose    VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NULL
) ENGINE=InnoDB;

-- The lock under which requests, contacts and blocks of two people change; a
-- row is made when the two first have to do with each other.
CREATE TABLE IF NOT EXISTS contact_pair (
  low_id  BIGINT UNSIGNED NOT NULL,
  high_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (low_id, high_id)
) ENGINE=InnoDB;

-- A contact is two rows, one each side's own view.
CREATE TABLE IF NOT EXISTS contact (
  user_id    BIGINT UNSIGNED NOT NULL,
  contact_id BIGINT UNSIGNED NOT NULL,
  remark     VARCHAR(64) NOT NULL DEFAULT '',
  pinned     BOOLEAN NOT NULL DEFAULT FALSE,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, contact_id)
) ENGINE=InnoDB;

-- pair_low/pair_high are set while the request is pending, so that there is
-- never more than one open request between two people.
CREATE TABLE IF NOT EXISTS contact_request (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  from_id    BIGINT UNSIGNED NOT NULL,
  to_id      BIGINT UNSIGNED NOT NULL,
  pair_low   BIGINT UNSIGNED NULL,
  pair_high  BIGINT UNSIGNED NULL,
  note       VARCHAR(500) NOT NULL DEFAULT '',
  greeting   VARCHAR(500) NOT NULL DEFAULT '',
  status     TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0 pending, 1 accepted, 2 rejected, 3 cancelled',
  created_at BIGINT NOT NULL,
  decided_at BIGINT NULL,
  UNIQUE KEY open_pair (pair_low, pair_high),
  KEY incoming (to_id, status, id),
  KEY outgoing (from_id, status, id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS block (
  user_id    BIGINT UNSIGNED NOT NULL,
  blocked_id BIGINT UNSIGNED NOT NULL,
  created_at BIGINT NOT NULL,
  PRIMARY KEY (user_id, blocked_id),
  KEY blocked_by (blocked_id, user_id)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS conversation (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  type            TINYINT UNSIGNED NOT NULL COMMENT '1 direct, 2 group, 3 system, 4 world',
  user_low        BIGINT UNSIGNED NULL COMMENT 'direct: the two people',
  user_high       BIGINT UNSIGNED NULL,
  bond            TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'direct: 1 contacts, 2 one has blocked the other; kept by lib/contact',
  title           VARCHAR(100) NOT NULL DEFAULT '',
  last_seq        BIGINT UNSIGNED NOT NULL DEFAULT 0,
  last_at         BIGINT NOT NULL COMMENT 'created_at of the newest message',
  members_version BIGINT UNSIGNED NOT NULL DEFAULT 1,
  created_at      BIGINT NOT NULL,
  UNIQUE KEY direct_pair (user_low, user_high)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS member (
  conv_id       BIGINT UNSIGNED NOT NULL,
  user_id       BIGINT UNSIGNED NOT NULL,
  role          TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT '1 member, 2 admin, 3 owner',
  joined_seq    BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'last_seq when joining',
  cleared_seq   BIGINT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'own view starts after it',
  read_seq      BIGINT UNSIGNED NOT NULL DEFAULT 0,
  delivered_seq BIGINT UNSIGNED NOT NULL DEFAULT 0,
  pinned        BOOLEAN NOT NULL DEFAULT FALSE,
  muted         BOOLEAN NOT NULL DEFAULT FALSE,
  hidden_seq    BIGINT UNSIGNED NULL COMMENT 'hidden until a message after it; NULL: shown',
  joined_at     BIGINT NOT NULL,
  PRIMARY KEY (conv_id, user_id),
  KEY conversations_of (user_id, conv_id)
) ENGINE=InnoDB;

-- Clustered by conversation: a page of history is one range of one tree.  The
-- id that the world sees is made of both parts of the key (lib/message/id.c),
-- so it needs neither a column nor an index.
CREATE TABLE IF NOT EXISTS message (
  conv_id       BIGINT UNSIGNED NOT NULL,
  seq           BIGINT UNSIGNED NOT NULL,
  sender_id     BIGINT UNSIGNED NOT NULL,
  sender_type   TINYINT UNSIGNED NOT NULL DEFAULT 1 COMMENT '1 user, 2 system, 3 app',
  client_msg_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  type          VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  content       MEDIUMTEXT NOT NULL,
  reply_to      BIGINT UNSIGNED NULL,
  created_at    BIGINT NOT NULL,
  edited_at     BIGINT NULL,
  recalled_at   BIGINT NULL,
  PRIMARY KEY (conv_id, seq),
  UNIQUE KEY once (sender_id, client_msg_id)
) ENGINE=InnoDB;

-- Lives until deliver has handled it.  See lib/delivery/outbox.h.
CREATE TABLE IF NOT EXISTS outbox (
  id              BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  key_id          BIGINT UNSIGNED NOT NULL,
  audience        TINYINT UNSIGNED NOT NULL,
  conv_id         BIGINT UNSIGNED NOT NULL DEFAULT 0,
  seq             BIGINT UNSIGNED NOT NULL DEFAULT 0,
  members_version BIGINT UNSIGNED NOT NULL DEFAULT 0,
  users           VARCHAR(96) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '' COMMENT 'ids, space-separated',
  session_id      BIGINT UNSIGNED NOT NULL DEFAULT 0,
  except_session  BIGINT UNSIGNED NOT NULL DEFAULT 0,
  frame           MEDIUMTEXT NOT NULL,
  created_at      BIGINT NOT NULL
) ENGINE=InnoDB;

-- What a device (session) has acknowledged.  Rows are made at log-in with the
-- conversations' last_seq of that moment.
CREATE TABLE IF NOT EXISTS device_position (
  session_id BIGINT UNSIGNED NOT NULL,
  conv_id    BIGINT UNSIGNED NOT NULL,
  acked_seq  BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (session_id, conv_id)
) ENGINE=InnoDB;
