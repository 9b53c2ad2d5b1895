-- What each program may touch in the database, and nothing more.
--
-- Run by `parleyctl migrate` after the migrations, whenever it changes; a name in
-- braces stands for that secret in INSTANCE/secrets.  The hub (daemons/push) and
-- attach have no user.

CREATE OR REPLACE USER accounts@localhost IDENTIFIED BY '{db-accounts}';
CREATE OR REPLACE USER contacts@localhost IDENTIFIED BY '{db-contacts}';
CREATE OR REPLACE USER history@localhost IDENTIFIED BY '{db-history}';
CREATE OR REPLACE USER groups@localhost IDENTIFIED BY '{db-groups}';
CREATE OR REPLACE USER health@localhost IDENTIFIED BY '{db-health}';
CREATE OR REPLACE USER writer@localhost IDENTIFIED BY '{db-writer}';
CREATE OR REPLACE USER relay@localhost IDENTIFIED BY '{db-relay}';
CREATE OR REPLACE USER deliver@localhost IDENTIFIED BY '{db-deliver}';

-- Accounts: only this program sees what a password hashes to.
GRANT SELECT, INSERT, UPDATE ON user TO accounts@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO accounts@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON refresh_token TO accounts@localhost;
GRANT SELECT, UPDATE ON one_time_link TO accounts@localhost;
GRANT SELECT ON contact TO accounts@localhost;
GRANT SELECT ON contact_request TO accounts@localhost;
GRANT SELECT ON block TO accounts@localhost;
GRANT SELECT ON conversation TO accounts@localhost;
GRANT SELECT ON member TO accounts@localhost;
GRANT SELECT, INSERT, DELETE ON device_position TO accounts@localhost;
GRANT SELECT, INSERT ON outbox TO accounts@localhost;

-- Every program that serves somebody: who is it, and does the session live?
GRANT SELECT (id, username, display_name, bio, email, locale, theme, presence, role, status,
    hidden, last_active_at, created_at, world_seq),
    UPDATE (last_active_at) ON user TO contacts@localhost;
GRANT SELECT, UPDATE (last_active_at, expires_at) ON session TO contacts@localhost;
GRANT SELECT (id, username, display_name, bio, email, locale, theme, presence, role, status,
    hidden, last_active_at, created_at, world_seq),
    UPDATE (last_active_at) ON user TO history@localhost;
GRANT SELECT, UPDATE (last_active_at, expires_at) ON session TO history@localhost;
GRANT SELECT (id, username, display_name, bio, email, locale, theme, presence, role, status,
    hidden, last_active_at, created_at, world_seq),
    UPDATE (last_active_at) ON user TO groups@localhost;
GRANT SELECT, UPDATE (last_active_at, expires_at) ON session TO groups@localhost;
GRANT SELECT (id, username, display_name, bio, email, locale, theme, presence, role, status,
    hidden, last_active_at, created_at, world_seq),
    UPDATE (last_active_at) ON user TO deliver@localhost;
GRANT SELECT, UPDATE (last_active_at, expires_at) ON session TO deliver@localhost;

-- Contacts: who knows whom, and the conversation that an acceptance opens.
GRANT SELECT, INSERT, UPDATE, DELETE ON contact TO contacts@localhost;
GRANT SELECT, INSERT, UPDATE ON contact_request TO contacts@localhost;
GRANT SELECT, INSERT, UPDATE ON contact_pair TO contacts@localhost;
GRANT SELECT, INSERT, DELETE ON block TO contacts@localhost;
GRANT SELECT, DELETE ON invitation TO contacts@localhost;
GRANT SELECT, INSERT, UPDATE ON conversation TO contacts@localhost;
GRANT SELECT, INSERT, UPDATE ON member TO contacts@localhost;
GRANT SELECT, INSERT ON message TO contacts@localhost;
GRANT SELECT, INSERT ON outbox TO contacts@localhost;

-- History: conversations, what is said in them, and how far it was read.
GRANT SELECT ON contact TO history@localhost;
GRANT SELECT ON contact_request TO history@localhost;
GRANT SELECT, INSERT, UPDATE ON contact_pair TO history@localhost;
GRANT SELECT ON block TO history@localhost;
GRANT SELECT, INSERT, UPDATE ON conversation TO history@localhost;
GRANT SELECT, INSERT, UPDATE ON member TO history@localhost;
GRANT SELECT, INSERT, UPDATE (content, mentions, recalled_at, recalled_said) ON message
    TO history@localhost;
GRANT SELECT, INSERT, DELETE ON pin TO history@localhost;
GRANT SELECT, INSERT ON outbox TO history@localhost;

-- Health: can the database be reached at all?
GRANT SELECT ON schema_migration TO health@localhost;
GRANT SELECT ON dead_letter TO health@localhost;

-- Writer: what a send looks at and writes; a row for who first speaks in the world.
GRANT SELECT (id, username, display_name, bio, email, locale, theme, presence, role, status,
    hidden, last_active_at, created_at, world_seq) ON user TO writer@localhost;
GRANT SELECT, UPDATE (last_seq, last_at) ON conversation TO writer@localhost;
GRANT SELECT, INSERT, UPDATE ON member TO writer@localhost;
GRANT SELECT ON conversation_ban TO writer@localhost;
GRANT SELECT ON invitation TO writer@localhost;
GRANT SELECT ON former_member TO writer@localhost;
GRANT SELECT, INSERT ON message TO writer@localhost;
GRANT INSERT ON outbox TO writer@localhost;

-- Relay: reads what was promised; what is no event becomes a dead letter.
GRANT SELECT, DELETE ON outbox TO relay@localhost;
GRANT SELECT, INSERT ON dead_letter TO relay@localhost;
GRANT SELECT, INSERT, UPDATE ON lease TO relay@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON lease_holder TO relay@localhost;

-- Deliver: handles it, and keeps what each device has.
GRANT SELECT, INSERT, DELETE ON outbox TO deliver@localhost;
GRANT SELECT, INSERT ON dead_letter TO deliver@localhost;
GRANT SELECT, INSERT, UPDATE ON lease TO deliver@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON lease_holder TO deliver@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON device_position TO deliver@localhost;
GRANT SELECT ON conversation TO deliver@localhost;
GRANT SELECT, UPDATE ON member TO deliver@localhost;
GRANT SELECT ON message TO deliver@localhost;
GRANT SELECT ON contact TO deliver@localhost;
GRANT SELECT ON contact_request TO deliver@localhost;
GRANT SELECT ON block TO deliver@localhost;
GRANT SELECT ON sync_mark TO deliver@localhost;

-- Opening a group, its settings, and its end are the program history's.
GRANT SELECT, INSERT, UPDATE, DELETE ON invitation TO history@localhost;
GRANT SELECT, INSERT, UPDATE ON invitation_ration TO history@localhost;
GRANT SELECT, DELETE ON former_member TO history@localhost;
GRANT SELECT, DELETE ON conversation_ban TO history@localhost;
GRANT SELECT, DELETE ON join_request TO history@localhost;
GRANT SELECT, INSERT, DELETE ON directory_word TO history@localhost;
GRANT SELECT ON invite_link TO history@localhost; -- the page of a group

-- Whoever deletes the account leaves all groups first.
GRANT UPDATE ON conversation TO accounts@localhost;
GRANT UPDATE, DELETE ON member TO accounts@localhost;
GRANT SELECT, INSERT, DELETE ON former_member TO accounts@localhost;
GRANT SELECT ON conversation_ban TO accounts@localhost;
GRANT SELECT, DELETE ON invitation TO accounts@localhost;
GRANT SELECT, DELETE ON join_request TO accounts@localhost;
GRANT SELECT, DELETE ON invitation_ration TO accounts@localhost;
GRANT DELETE, SELECT, INSERT ON directory_word TO accounts@localhost;
GRANT SELECT, INSERT ON message TO accounts@localhost;

-- Groups: members, and the ways in and out.
GRANT SELECT ON contact TO groups@localhost;
GRANT SELECT ON contact_request TO groups@localhost;
GRANT SELECT ON block TO groups@localhost;
GRANT SELECT, UPDATE ON conversation TO groups@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON member TO groups@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON former_member TO groups@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON conversation_ban TO groups@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON invitation TO groups@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON join_request TO groups@localhost;
GRANT SELECT, INSERT, UPDATE ON invitation_ration TO groups@localhost;
GRANT SELECT, INSERT, UPDATE ON invite_link TO groups@localhost;
GRANT SELECT, INSERT, DELETE ON directory_word TO groups@localhost;
GRANT SELECT, INSERT ON message TO groups@localhost;
GRANT SELECT, INSERT ON outbox TO groups@localhost;

-- What changes leaves a mark for GET /sync, which is history's to answer.
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_mark TO accounts@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_mark TO contacts@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_mark TO groups@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON sync_mark TO history@localhost;

-- People are found by their names, which accounts writes.
GRANT SELECT, INSERT, DELETE ON name_part TO accounts@localhost;
GRANT SELECT ON name_part TO contacts@localhost;
GRANT SELECT ON name_part TO groups@localhost;
GRANT SELECT ON name_part TO history@localhost;

-- What one arranges for oneself: labels, and the link to hand out.
GRANT SELECT, INSERT, UPDATE, DELETE ON contact_label TO contacts@localhost;
GRANT SELECT, INSERT, DELETE ON contact_labelled TO contacts@localhost;
GRANT SELECT, INSERT, DELETE ON contact_link TO contacts@localhost;
GRANT SELECT ON contact_labelled TO accounts@localhost;
GRANT SELECT ON contact_labelled TO groups@localhost;
GRANT SELECT ON contact_labelled TO history@localhost;
GRANT SELECT ON contact_label TO history@localhost;

-- Whoever asks what changed first has requests that are over say so.
GRANT UPDATE ON contact_request TO history@localhost;

-- An account that is deleted leaves the lists of others.
GRANT DELETE ON contact TO accounts@localhost;
GRANT SELECT, DELETE ON contact_label TO accounts@localhost;
GRANT DELETE ON contact_labelled TO accounts@localhost;
GRANT SELECT, DELETE ON contact_link TO accounts@localhost;
GRANT UPDATE ON contact_request TO accounts@localhost;
GRANT DELETE ON block TO accounts@localhost;
GRANT UPDATE (bond) ON conversation TO accounts@localhost;

-- Who is mentioned where: written by who sends, counted by who shows a list,
-- and taken back with the message.
GRANT SELECT, INSERT, UPDATE (nth), DELETE ON mention TO history@localhost;
GRANT SELECT, INSERT ON mention TO writer@localhost;
-- In the world channel, nobody is called by whom they blocked.
GRANT SELECT ON contact TO writer@localhost;
GRANT SELECT ON contact_request TO writer@localhost;
GRANT SELECT ON block TO writer@localhost;
GRANT SELECT ON mention TO groups@localhost;
