-- Bounds on what waits outside groups.

-- The requests of one person: for their list of them, and to count them.
ALTER TABLE join_request
  ADD KEY IF NOT EXISTS of_user (user_id, conv_id);

-- How many who are no contacts somebody has invited, on the last day that they
-- did: one row a person, the lock under which it is counted.
CREATE TABLE IF NOT EXISTS invitation_ration (
  user_id BIGINT UNSIGNED NOT NULL PRIMARY KEY,
  day     INT UNSIGNED NOT NULL COMMENT 'since the epoch, UTC',
  sent    INT UNSIGNED NOT NULL
) ENGINE=InnoDB;
