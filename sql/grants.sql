-- What each program may touch in the database, and nothing more.
--
-- Run by `parleyctl migrate` after the migrations, whenever it changes; {NAME}
-- stands for the secret in INSTANCE/secrets/NAME.  The hub (daemons/push) and
-- attach have no user.

CREATE OR REPLACE USER accounts@localhost IDENTIFIED BY '{db-accounts}';
CREATE OR REPLACE USER contacts@localhost IDENTIFIED BY '{db-contacts}';
CREATE OR REPLACE USER history@localhost IDENTIFIED BY '{db-history}';
CREATE OR REPLACE USER health@localhost IDENTIFIED BY '{db-health}';
CREATE OR REPLACE USER relay@localhost IDENTIFIED BY '{db-relay}';
CREATE OR REPLACE USER deliver@localhost IDENTIFIED BY '{db-deliver}';
