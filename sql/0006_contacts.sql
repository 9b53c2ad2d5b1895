-- Contacts: people are found by their names, requests expire, and what one
-- arranges for oneself: labels, hidden contacts, a link to hand out.

-- What each name is found by: the username, the display name, and what they
-- say from each of their words and characters on, folded by lib/base/fold.c, so
-- that what somebody types is a range of the key.
-- `parleyctl migrate` fills it for those who were there before.
CREATE TABLE IF NOT EXISTS name_part (
  place   TINYINT UNSIGNED NOT NULL COMMENT '1 username, 2 display name, 3 a word in either, 4 within a word',
  part    VARBINARY(192) NOT NULL,
  user_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (place, part, user_id),
  KEY of_user (user_id, part)
) ENGINE=InnoDB;

-- How far names were written in this version of the folding: all users up to.
CREATE TABLE IF NOT EXISTS name_progress (
  version TINYINT UNSIGNED NOT NULL PRIMARY KEY,
  upto    BIGINT UNSIGNED NOT NULL
) ENGINE=InnoDB;

-- It served a search by '%text%', which no index serves.
ALTER TABLE user DROP KEY IF EXISTS display_name;

-- A request is open for contact.request_days from created_at on, so the newest
-- that are open, and those that are over, are ranges of a key.
ALTER TABLE contact_request
  MODIFY COLUMN status TINYINT UNSIGNED NOT NULL DEFAULT 0 COMMENT '0 pending, 1 accepted, 2 rejected, 3 cancelled, 4 expired',
  ADD KEY IF NOT EXISTS incoming_at (to_id, status, created_at, id),
  ADD KEY IF NOT EXISTS outgoing_at (from_id, status, created_at, id),
  DROP KEY IF EXISTS incoming,
  DROP KEY IF EXISTS outgoing;

ALTER TABLE contact
  ADD COLUMN IF NOT EXISTS hidden BOOLEAN NOT NULL DEFAULT FALSE COMMENT 'not listed';

-- Labels are their owner's alone; a contact may have several.
CREATE TABLE IF NOT EXISTS contact_label (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id    BIGINT UNSIGNED NOT NULL,
  name       VARCHAR(32) NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY once (user_id, name)
) ENGINE=InnoDB;

CREATE TABLE IF NOT EXISTS contact_labelled (
  user_id    BIGINT UNSIGNED NOT NULL COMMENT 'whose label and contact',
  contact_id BIGINT UNSIGNED NOT NULL,
  label_id   BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (user_id, contact_id, label_id),
  KEY of_label (label_id, contact_id)
) ENGINE=InnoDB;

-- The link that somebody hands out; a new one takes the place of the old.  Its
-- token is made of its id and a secret of the instance, and is not kept.
CREATE TABLE IF NOT EXISTS contact_link (
  id         BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  user_id    BIGINT UNSIGNED NOT NULL,
  created_at BIGINT NOT NULL,
  UNIQUE KEY of_user (user_id)
) ENGINE=InnoDB;
