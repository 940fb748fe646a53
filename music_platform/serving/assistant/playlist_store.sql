-- Sessions of the assistant by a hash of their id, their lists, and the journal that made these.
CREATE TABLE IF NOT EXISTS sessions (
    session TEXT PRIMARY KEY,
    version INTEGER NOT NULL, -- turns so far: a turn that was computed from an older version is refused
    seen INTEGER NOT NULL, -- seconds since 1970, of the last turn
    state TEXT NOT NULL -- state of the dialogue, as JSON
) WITHOUT ROWID;

CREATE INDEX IF NOT EXISTS sessions_seen ON sessions (seen);

CREATE TABLE IF NOT EXISTS playlists (
    session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    name TEXT NOT NULL,
    UNIQUE (session, name)
);

CREATE TABLE IF NOT EXISTS entries (
    session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    name TEXT NOT NULL,
    position INTEGER NOT NULL, -- from 0, without gaps
    track_id TEXT NOT NULL,
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    album TEXT,
    year INTEGER,
    duration_ms INTEGER
);

CREATE INDEX IF NOT EXISTS entries_place ON entries (session, name, position);

CREATE TABLE IF NOT EXISTS journal (
    session TEXT NOT NULL REFERENCES sessions ON DELETE CASCADE,
    turn INTEGER NOT NULL, -- from 1, without gaps; those undone are the last
    operations TEXT NOT NULL, -- JSON list of playlists.Operation
    undone INTEGER NOT NULL, -- whether the turn was taken back
    PRIMARY KEY (session, turn)
) WITHOUT ROWID;
