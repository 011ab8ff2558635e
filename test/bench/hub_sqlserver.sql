-- One table of the TDS server, through both wrappers.
CREATE EXTENSION tds_fdw;
CREATE SERVER sqlserver FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host '127.0.0.1', port :'port', encrypt 'optional');
CREATE SERVER tds_fdw FOREIGN DATA WRAPPER tds_fdw OPTIONS (servername '127.0.0.1', port :'port', tds_version '7.4', msg_handler 'blackhole');
CREATE SERVER tds_fdw_tuned FOREIGN DATA WRAPPER tds_fdw OPTIONS (servername '127.0.0.1', port :'port', tds_version '7.4', msg_handler 'blackhole');
SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER %1$I OPTIONS (username %2$L, password %3$L);
	CREATE SCHEMA %1$I; IMPORT FOREIGN SCHEMA dbo FROM SERVER %1$I INTO %1$I', name, :'user', :'password')
FROM unnest('{sqlserver,tds_fdw,tds_fdw_tuned}'::text[]) AS name \gexec
-- by default it runs the query once more, for the number of its rows
ALTER FOREIGN TABLE tds_fdw_tuned.big OPTIONS (ADD use_remote_estimate 'false');
