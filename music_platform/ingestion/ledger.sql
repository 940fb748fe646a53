PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;

CREATE TABLE IF NOT EXISTS crawls (
    id INTEGER PRIMARY KEY,
    plan TEXT NOT NULL,            -- CrawlPlan.identity
    started_at TEXT NOT NULL,
    revisit_days REAL NOT NULL,    -- a song with a final outcome is not asked for again for so long
    finished_at TEXT
);

-- One row per visit of a URL: the ledger proper, never changed.
CREATE TABLE IF NOT EXISTS visits (
    id INTEGER PRIMARY KEY,
    crawl INTEGER,
    url TEXT NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,            -- index, style, artist, song, robots
    fetched_at TEXT NOT NULL,      -- UTC
    status INTEGER,                -- null: nothing came back
    robots TEXT NOT NULL,          -- allowed, denied, unreadable
    bytes INTEGER NOT NULL,
    sha256 TEXT,                   -- of the body
    parser_version INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    rest_days REAL,                -- Outcome.rest_days, null: final; 0 when the site was left over it
    tries INTEGER NOT NULL,
    final_path TEXT NOT NULL,      -- after redirects
    trouble TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS visits_by_url ON visits (url, id);

-- Pages a crawl has still to ask for (outcome is null) or is done with.
CREATE TABLE IF NOT EXISTS frontier (
    id INTEGER PRIMARY KEY,
    crawl INTEGER NOT NULL,
    url TEXT NOT NULL,
    site TEXT NOT NULL,
    kind TEXT NOT NULL,
    stage INTEGER NOT NULL,
    style TEXT NOT NULL,
    parent TEXT NOT NULL,
    outcome TEXT,
    UNIQUE (crawl, url)
);
CREATE INDEX IF NOT EXISTS frontier_pending ON frontier (crawl, site, stage, id) WHERE outcome IS NULL;
CREATE INDEX IF NOT EXISTS frontier_by_parent ON frontier (crawl, parent);

-- All links of each listing at its last visit, also those that the limits left out.
CREATE TABLE IF NOT EXISTS listings (
    url TEXT PRIMARY KEY,
    found TEXT NOT NULL            -- JSON list of pages, in the order of the listing
) WITHOUT ROWID;

-- The styles under which a crawl reached an artist; '' where the plan names the artist.
CREATE TABLE IF NOT EXISTS reached (
    crawl INTEGER NOT NULL,
    artist TEXT NOT NULL,
    style TEXT NOT NULL,
    PRIMARY KEY (crawl, artist, style)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS labels (
    artist_page TEXT NOT NULL,
    genre TEXT NOT NULL,
    PRIMARY KEY (artist_page, genre)
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS songs (
    url TEXT PRIMARY KEY,
    site TEXT NOT NULL,
    artist_page TEXT NOT NULL,
    fetched_at TEXT NOT NULL,
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    lyrics TEXT NOT NULL,
    genres TEXT NOT NULL,          -- JSON list: those the song's own page names
    language TEXT,
    album TEXT,
    year INTEGER,
    landed TEXT                    -- landing file, null: not yet landed
);
CREATE INDEX IF NOT EXISTS songs_unlanded ON songs (site, url) WHERE landed IS NULL;
CREATE INDEX IF NOT EXISTS songs_by_artist ON songs (artist_page);
