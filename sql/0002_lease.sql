-- Who works on which shard.  See lib/delivery/lease.h.

-- One row a daemon (role and node) that is alive; it is renewed as a whole.
CREATE TABLE IF NOT EXISTS lease_holder (
  role        TINYINT UNSIGNED NOT NULL COMMENT '1 relay, 2 deliver, 3 deliver on Kafka',
  node        VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  incarnation BIGINT UNSIGNED NOT NULL COMMENT 'another one for each start, rising',
  expires_at  BIGINT NOT NULL COMMENT 'by the clock of the database',
  PRIMARY KEY (role, node)
) ENGINE=InnoDB;

-- One row a shard; it is free where its holder has no row of that incarnation.
CREATE TABLE IF NOT EXISTS lease (
  role        TINYINT UNSIGNED NOT NULL,
  shard       SMALLINT UNSIGNED NOT NULL,
  node        VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '',
  incarnation BIGINT UNSIGNED NOT NULL DEFAULT 0,
  fence       INT UNSIGNED NOT NULL DEFAULT 0 COMMENT 'rises with each change of hands',
  PRIMARY KEY (role, shard)
) ENGINE=InnoDB;
