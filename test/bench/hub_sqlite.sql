-- The SQLite table, and its local twin.
CREATE SERVER source FOREIGN DATA WRAPPER fraiseql_sqlite OPTIONS (path :'file', read_only 'true');
CREATE SCHEMA source;
IMPORT FOREIGN SCHEMA main FROM SERVER source INTO source;
CREATE TABLE big AS SELECT * FROM source.big;
ALTER TABLE big ADD PRIMARY KEY (id);
VACUUM ANALYZE big;
