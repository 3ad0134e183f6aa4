-- Instants are Unix milliseconds in UTC, 0 for "not yet". Ids are never used
-- again after a deletion. Whatever belongs to a patient is deleted with the
-- patient.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

-- What the clinic has set, the latest row of a key counting.
CREATE TABLE settings (
  id    INTEGER PRIMARY KEY AUTOINCREMENT,
  key   TEXT NOT NULL,
  value TEXT NOT NULL,
  by_id BIGINT NOT NULL,
  at    BIGINT NOT NULL
);

CREATE TABLE clinicians (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  chat_id    BIGINT NOT NULL UNIQUE,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  removed_at BIGINT NOT NULL,
  digest_at  BIGINT NOT NULL -- minutes after midnight, in the clinic's zone
);

CREATE TABLE patients (
  id             INTEGER PRIMARY KEY AUTOINCREMENT,
  clinician_id   BIGINT NOT NULL REFERENCES clinicians (id),
  name           TEXT NOT NULL,
  folded         TEXT NOT NULL,
  chat_id        BIGINT UNIQUE,
  zone           TEXT NOT NULL,
  created_at     BIGINT NOT NULL,
  unreachable_at BIGINT NOT NULL,
  muted_at       BIGINT NOT NULL,
  UNIQUE (clinician_id, folded)
);

-- Clinicians who look after a patient of somebody else's.
CREATE TABLE shares (
  patient_id   BIGINT NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
  clinician_id BIGINT NOT NULL REFERENCES clinicians (id),
  PRIMARY KEY (patient_id, clinician_id)
) WITHOUT ROWID;
CREATE INDEX shares_clinician ON shares (clinician_id);

CREATE TABLE invites (
  hash       TEXT PRIMARY KEY,
  role       TEXT NOT NULL,
  patient_id BIGINT REFERENCES patients (id) ON DELETE CASCADE,
  by_id      BIGINT REFERENCES clinicians (id),
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at    BIGINT NOT NULL,
  used_by    BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX invites_patient ON invites (patient_id);

CREATE TABLE protocols (
  version TEXT PRIMARY KEY,
  json    TEXT NOT NULL
);

CREATE TABLE courses (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  patient_id       BIGINT NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
  protocol         TEXT NOT NULL REFERENCES protocols (version),
  track            TEXT NOT NULL,
  consented_at     BIGINT NOT NULL,
  stopped_at       BIGINT NOT NULL,
  discharged_at    BIGINT NOT NULL,
  ended_at         BIGINT NOT NULL,
  heard_at         BIGINT NOT NULL,
  sequence         BIGINT NOT NULL,
  silent           BIGINT NOT NULL,
  fear_skips       BIGINT NOT NULL,
  not_before       BIGINT NOT NULL,
  open_kind        TEXT NOT NULL,
  open_n           BIGINT NOT NULL,
  prompt_day       TEXT NOT NULL,
  prompt_count     BIGINT NOT NULL,
  milestone        BIGINT NOT NULL,
  reminder_at      BIGINT NOT NULL,
  silence_alert_at BIGINT NOT NULL,
  usual_asked      BOOLEAN NOT NULL,
  mode             TEXT NOT NULL,
  cause            TEXT NOT NULL,
  wake_at          BIGINT NOT NULL,
  set_aside_at     BIGINT NOT NULL,
  saved_at         BIGINT NOT NULL,
  -- The course in one line, for lists.
  state            TEXT NOT NULL,
  phases           TEXT NOT NULL,
  first_needle     BIGINT NOT NULL,
  last_pain        BIGINT NOT NULL,
  trend            TEXT NOT NULL,
  open_alerts      BIGINT NOT NULL,
  gravest          BIGINT NOT NULL,
  is_silent        BOOLEAN NOT NULL,
  needs_release    BOOLEAN NOT NULL
);
CREATE INDEX courses_patient ON courses (patient_id);
CREATE INDEX courses_wake ON courses (wake_at) WHERE wake_at > 0;

CREATE TABLE needlings (
  course_id   BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n           BIGINT NOT NULL,
  at          BIGINT NOT NULL,
  recorded_at BIGINT NOT NULL,
  by_id       BIGINT NOT NULL,
  targets     TEXT NOT NULL,
  extensive   BOOLEAN NOT NULL,
  cleared_at  BIGINT NOT NULL,
  welcome_at  BIGINT NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE TABLE targets (
  course_id    BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n            BIGINT NOT NULL,
  muscle       TEXT NOT NULL,
  side         TEXT NOT NULL,
  first_needle BIGINT NOT NULL,
  last_needle  BIGINT NOT NULL,
  extensive    BOOLEAN NOT NULL,
  phase        TEXT NOT NULL,
  rm           BIGINT NOT NULL,
  unit         TEXT NOT NULL,
  usual_g      BIGINT NOT NULL,
  weighed      BOOLEAN NOT NULL,
  load_g       BIGINT NOT NULL,
  entry_g      BIGINT NOT NULL,
  load_set_at  BIGINT NOT NULL,
  shown        TEXT NOT NULL,
  greens       BIGINT NOT NULL,
  reds         BIGINT NOT NULL,
  reds20       BIGINT NOT NULL,
  advanced_at  BIGINT NOT NULL,
  stretched_at BIGINT NOT NULL,
  reentry      BIGINT NOT NULL,
  reentry_g    BIGINT NOT NULL,
  next_consent BOOLEAN NOT NULL,
  keep8        BOOLEAN NOT NULL,
  no_stretch   BOOLEAN NOT NULL,
  proposal     TEXT NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE TABLE practices (
  course_id   BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n           BIGINT NOT NULL,
  key         TEXT NOT NULL,
  kind        TEXT NOT NULL,
  targets     TEXT NOT NULL,
  asked_at    BIGINT NOT NULL,
  answer      TEXT NOT NULL,
  answered_at BIGINT NOT NULL,
  feel        BIGINT NOT NULL,
  feel_at     BIGINT NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE TABLE workouts (
  course_id     BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n             BIGINT NOT NULL,
  asked_at      BIGINT NOT NULL,
  safety        BOOLEAN NOT NULL,
  before        BIGINT NOT NULL,
  before_at     BIGINT NOT NULL,
  reminded      BOOLEAN NOT NULL,
  ask_usual     BOOLEAN NOT NULL,
  card_at       BIGINT NOT NULL,
  card_nudged   BOOLEAN NOT NULL,
  reasked       BOOLEAN NOT NULL,
  offer         TEXT NOT NULL,
  status        TEXT NOT NULL,
  why_asked     BOOLEAN NOT NULL,
  done_at       BIGINT NOT NULL,
  ask_finish    BOOLEAN NOT NULL,
  ask_weight    BOOLEAN NOT NULL,
  after         BIGINT NOT NULL,
  after_at      BIGINT NOT NULL,
  quality       TEXT NOT NULL,
  reserve       TEXT NOT NULL,
  feared        TEXT NOT NULL,
  two_hour      BIGINT NOT NULL,
  two_hour_at   BIGINT NOT NULL,
  next          BIGINT NOT NULL,
  next_at       BIGINT NOT NULL,
  next_prevents BOOLEAN NOT NULL,
  flag          TEXT NOT NULL,
  corrected     BOOLEAN NOT NULL,
  closed_at     BIGINT NOT NULL,
  postponed     BOOLEAN NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE TABLE exercises (
  course_id  BIGINT NOT NULL,
  workout    BIGINT NOT NULL,
  n          BIGINT NOT NULL,
  target     BIGINT NOT NULL,
  phase      TEXT NOT NULL,
  rm         BIGINT NOT NULL,
  load_g     BIGINT NOT NULL,
  shown      TEXT NOT NULL,
  input      TEXT NOT NULL,
  decision   TEXT NOT NULL,
  next_g     BIGINT NOT NULL,
  next_shown TEXT NOT NULL,
  suggested  TEXT NOT NULL,
  outdated   BOOLEAN NOT NULL,
  PRIMARY KEY (course_id, workout, n),
  FOREIGN KEY (course_id, workout) REFERENCES workouts (course_id, n) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE holds (
  course_id   BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n           BIGINT NOT NULL,
  kind        TEXT NOT NULL,
  intent      TEXT NOT NULL,
  reason      TEXT NOT NULL,
  by_id       BIGINT NOT NULL,
  workout     BIGINT NOT NULL,
  from_at     BIGINT NOT NULL,
  until_at    BIGINT NOT NULL,
  clearance   BOOLEAN NOT NULL,
  choice      TEXT NOT NULL,
  chosen_at   BIGINT NOT NULL,
  reported    BOOLEAN NOT NULL,
  told        BOOLEAN NOT NULL,
  asked       BIGINT NOT NULL,
  asked_at    BIGINT NOT NULL,
  corrected   BOOLEAN NOT NULL,
  released_at BIGINT NOT NULL,
  released_by BIGINT NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE TABLE observations (
  course_id BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n         BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  score     BIGINT NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE TABLE alerts (
  course_id   BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n           BIGINT NOT NULL,
  key         TEXT NOT NULL,
  level       BIGINT NOT NULL,
  intent      TEXT NOT NULL,
  rules       TEXT NOT NULL,
  workout     BIGINT NOT NULL,
  target      BIGINT NOT NULL,
  raised_at   BIGINT NOT NULL,
  acked_at    BIGINT NOT NULL,
  acked_by    BIGINT NOT NULL,
  reminded_at BIGINT NOT NULL,
  corrected   BOOLEAN NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

-- The audit trail: rows are added and never altered.
CREATE TABLE changes (
  course_id BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  n         BIGINT NOT NULL,
  at        BIGINT NOT NULL,
  by_id     BIGINT NOT NULL,
  what      TEXT NOT NULL,
  target    BIGINT NOT NULL,
  workout   BIGINT NOT NULL,
  was       TEXT NOT NULL,
  became    TEXT NOT NULL,
  why       TEXT NOT NULL,
  rules     TEXT NOT NULL,
  PRIMARY KEY (course_id, n)
) WITHOUT ROWID;

CREATE INDEX alerts_open ON alerts (level, raised_at, course_id, n) WHERE acked_at = 0;
-- A course as it was before and right after its last needling, while that can be
-- taken back.
CREATE TABLE undo (
  patient_id BIGINT PRIMARY KEY REFERENCES patients (id) ON DELETE CASCADE,
  course_id  BIGINT NOT NULL REFERENCES courses (id) ON DELETE CASCADE,
  needling   BIGINT NOT NULL,
  until_at   BIGINT NOT NULL,
  before     TEXT NOT NULL,
  after      TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX undo_course ON undo (course_id);

CREATE TABLE forms (
  chat_id BIGINT PRIMARY KEY,
  json    BLOB NOT NULL
) WITHOUT ROWID;

-- A broadcast that is on its way has a wake_at: then the next batch of its
-- deliveries is made, from its recipients, or its author is told how far it has
-- got.
CREATE TABLE broadcasts (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  by_id      BIGINT NOT NULL REFERENCES clinicians (id),
  chat_id    BIGINT NOT NULL,
  text       TEXT NOT NULL,
  message_id BIGINT NOT NULL,
  body       BLOB,
  muscle     TEXT NOT NULL,
  phase      TEXT NOT NULL,
  silent     BOOLEAN NOT NULL,
  held       BOOLEAN NOT NULL,
  state      TEXT NOT NULL,
  at_once    BOOLEAN NOT NULL,
  created_at BIGINT NOT NULL,
  send_at    BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  count      BIGINT NOT NULL,
  board      BIGINT NOT NULL,
  wake_at    BIGINT NOT NULL,
  meant      BIGINT NOT NULL,
  expanded   BOOLEAN NOT NULL,
  parked     BOOLEAN NOT NULL,
  shown_at   BIGINT NOT NULL,
  shown      TEXT NOT NULL
);
CREATE INDEX broadcasts_wake ON broadcasts (wake_at) WHERE wake_at > 0;
CREATE INDEX broadcasts_author ON broadcasts (by_id, state);

-- Whom a broadcast is for, fixed when it is confirmed. A row goes when its
-- delivery is made.
CREATE TABLE recipients (
  broadcast_id BIGINT NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
  patient_id   BIGINT NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
  PRIMARY KEY (broadcast_id, patient_id)
) WITHOUT ROWID;
CREATE INDEX recipients_patient ON recipients (patient_id);

-- What was, is and will be said. A row is written when it is planned and when
-- it has ended; in between only the narrow tables below change.
CREATE TABLE messages (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  key          TEXT NOT NULL UNIQUE,
  kind         TEXT NOT NULL,
  n            BIGINT NOT NULL,
  lane         BIGINT NOT NULL,
  audience     BIGINT NOT NULL,
  patient_id   BIGINT REFERENCES patients (id) ON DELETE CASCADE,
  course_id    BIGINT REFERENCES courses (id) ON DELETE CASCADE,
  broadcast_id BIGINT REFERENCES broadcasts (id) ON DELETE CASCADE,
  chat_id      BIGINT NOT NULL,
  earliest_at  BIGINT NOT NULL,
  due_at       BIGINT NOT NULL,
  expires_at   BIGINT NOT NULL,
  body         BLOB,
  secret       BOOLEAN NOT NULL,
  state        TEXT NOT NULL,
  reason       TEXT NOT NULL,
  attempts     BIGINT NOT NULL,
  repeated     BOOLEAN NOT NULL,
  message_id   BIGINT NOT NULL,
  planned_at   BIGINT NOT NULL,
  sent_at      BIGINT NOT NULL,
  ended_at     BIGINT NOT NULL
);
CREATE INDEX messages_chat ON messages (chat_id);
CREATE INDEX messages_patient ON messages (patient_id) WHERE patient_id IS NOT NULL;
CREATE INDEX messages_course ON messages (course_id, state) WHERE course_id IS NOT NULL;
-- One digest waits for each clinician.
CREATE UNIQUE INDEX messages_digest ON messages (chat_id) WHERE kind = 'digest' AND state = 'waiting';
CREATE INDEX messages_broadcast ON messages (broadcast_id, kind, state, reason) WHERE broadcast_id IS NOT NULL;

-- What a patient and the clinic wrote to each other; by_id is NULL for the
-- patient. One offer to send a text makes one note.
CREATE TABLE notes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  patient_id BIGINT NOT NULL REFERENCES patients (id) ON DELETE CASCADE,
  by_id      BIGINT REFERENCES clinicians (id),
  text       TEXT NOT NULL,
  at         BIGINT NOT NULL,
  offer      BIGINT UNIQUE
);
CREATE INDEX notes_patient ON notes (patient_id, at);

-- The queue: what waits, most urgent first.
CREATE TABLE due (
  lane       BIGINT NOT NULL,
  due_at     BIGINT NOT NULL,
  msg_id     BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  expires_at BIGINT NOT NULL,
  chat_id    BIGINT NOT NULL,
  attempts   BIGINT NOT NULL,
  PRIMARY KEY (lane, due_at, msg_id)
) WITHOUT ROWID;
CREATE INDEX due_message ON due (msg_id);

-- What somebody is sending at this moment.
CREATE TABLE inflight (
  msg_id      BIGINT PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
  owner       TEXT NOT NULL,
  attempt     BIGINT NOT NULL,
  lane        BIGINT NOT NULL,
  chat_id     BIGINT NOT NULL,
  due_at      BIGINT NOT NULL,
  expires_at  BIGINT NOT NULL,
  lease_until BIGINT NOT NULL,
  started_at  BIGINT NOT NULL
) WITHOUT ROWID;

-- Updates that have been handled.
CREATE TABLE inbox (
  update_id BIGINT PRIMARY KEY,
  at        BIGINT NOT NULL
) WITHOUT ROWID;
CREATE INDEX inbox_at ON inbox (at);
