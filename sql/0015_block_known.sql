-- Whether somebody knew whom they blocked when they did: the list of blocks
-- shows the profiles of those alone.
--
-- The column is added at the end with a default, which takes no time.

ALTER TABLE block
  ADD COLUMN IF NOT EXISTS is_known BOOLEAN NOT NULL DEFAULT TRUE COMMENT 'when it was made';

-- Who was barred first, by somebody with whom they have nothing in common.
UPDATE block b JOIN block t ON t.user_id = b.blocked_id AND t.blocked_id = b.user_id
SET b.is_known = FALSE
WHERE t.created_at <= b.created_at
  AND NOT EXISTS (SELECT 1 FROM contact k WHERE k.user_id = b.user_id AND k.contact_id = b.blocked_id)
  AND NOT EXISTS (SELECT 1 FROM member x JOIN conversation c ON c.id = x.conv_id AND c.type IN (1, 2)
                  JOIN member y ON y.conv_id = x.conv_id AND y.user_id = b.blocked_id
                  WHERE x.user_id = b.user_id);
