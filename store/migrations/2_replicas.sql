-- Several processes may share a PostgreSQL database. What one has claimed is its
-- own as long as its lease runs, whatever it is, so that a delivery needs none.

-- The processes that share this database.
CREATE TABLE replicas (
  owner       TEXT NOT NULL PRIMARY KEY,
  joined_at   BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  share       BIGINT NOT NULL
) WITHOUT ROWID;

-- Chats that another process has just written to, or that Telegram has closed for
-- a while; chat 0 stands for all of them.
CREATE TABLE pauses (
  chat_id      BIGINT NOT NULL PRIMARY KEY,
  quiet_until  BIGINT NOT NULL,
  closed_until BIGINT NOT NULL,
  closed_at    BIGINT NOT NULL
) WITHOUT ROWID;

-- Counts the changes of a course, so that whoever has read it can tell whether it
-- still is what it was.
ALTER TABLE courses ADD COLUMN version BIGINT NOT NULL DEFAULT 0;

ALTER TABLE inflight DROP COLUMN lease_until;
