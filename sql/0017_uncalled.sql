-- Whom a message calls is uncalled when it is taken out.  Of those that were
-- taken out before that was so, calls are left, which the list of what mentions
-- somebody would show for ever, and their count until it is read.
--
-- They go as they would have gone: under the lock of the conversation, where
-- whoever calls or uncalls somebody counts; and those after them step down.
-- The conversations are found before, without a lock.  Again it finds none.

CREATE TEMPORARY TABLE uncalled (
  conv_id BIGINT UNSIGNED NOT NULL,
  user_id BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (conv_id, user_id)
);
INSERT INTO uncalled
SELECT DISTINCT n.conv_id, n.user_id FROM mention n
JOIN message m ON m.conv_id = n.conv_id AND m.seq = n.seq
WHERE m.recalled_at IS NOT NULL;

START TRANSACTION;
UPDATE uncalled u STRAIGHT_JOIN conversation c ON c.id = u.conv_id
SET c.last_seq = c.last_seq;
DELETE n FROM uncalled u
STRAIGHT_JOIN mention n ON n.conv_id = u.conv_id AND n.user_id = u.user_id
STRAIGHT_JOIN message m ON m.conv_id = n.conv_id AND m.seq = n.seq
WHERE m.recalled_at IS NOT NULL;
UPDATE (SELECT x.conv_id, x.user_id, x.seq,
          ROW_NUMBER() OVER (PARTITION BY x.conv_id, x.user_id ORDER BY x.seq) AS nth
        FROM uncalled u
        STRAIGHT_JOIN mention x ON x.conv_id = u.conv_id AND x.user_id = u.user_id) r
STRAIGHT_JOIN mention n ON n.conv_id = r.conv_id AND n.user_id = r.user_id AND n.seq = r.seq
SET n.nth = r.nth;
COMMIT;
DROP TEMPORARY TABLE uncalled;
