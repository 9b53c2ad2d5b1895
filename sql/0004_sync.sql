-- What GET /sync reads: when a conversation or a member's place in it last
-- changed, and marks of whatever else changed for somebody.
--
-- moved_at follows every change of its row by itself, whoever makes it, by
-- the clock of the database (every session of ours is in UTC).  It has no
-- index, so a send writes not one page more.
ALTER TABLE conversation ADD COLUMN IF NOT EXISTS
  moved_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3);
ALTER TABLE member ADD COLUMN IF NOT EXISTS
  moved_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3);

-- "Look at this again": one row a thing, however often it changes.  What is
-- gone by then has been removed.  `changed` finds what is new for somebody.
CREATE TABLE IF NOT EXISTS sync_mark (
  scope      TINYINT UNSIGNED NOT NULL COMMENT '1 a user, 2 the members of a conversation',
  scope_id   BIGINT UNSIGNED NOT NULL,
  kind       TINYINT UNSIGNED NOT NULL COMMENT '1 contact, 2 request, 3 block, 4 conversation, 5 member',
  ref        BIGINT UNSIGNED NOT NULL,
  changed_at BIGINT NOT NULL,
  PRIMARY KEY (scope, scope_id, kind, ref),
  KEY changed (scope, scope_id, changed_at)
) ENGINE=InnoDB;
