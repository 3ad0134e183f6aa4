-- A course that was changed between the end of a time and the tick after it was not
-- woken for that any more. All are looked at once; each then knows its next wake. The
-- last update is a moment that is over, and not so long that it looks like a backlog.
UPDATE courses SET wake_at = COALESCE((SELECT MAX(at) FROM inbox), 1)
WHERE wake_at > COALESCE((SELECT MAX(at) FROM inbox), 1);

-- How often the card of a workout was shown.
ALTER TABLE workouts ADD COLUMN cards BIGINT NOT NULL DEFAULT 0;
