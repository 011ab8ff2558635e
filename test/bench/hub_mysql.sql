-- One table of MariaDB, through both wrappers.
CREATE EXTENSION mysql_fdw;
CREATE SERVER mysql FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host '127.0.0.1', port :'port', ssl_mode 'DISABLED');
CREATE SERVER mysql_fdw FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port :'port');
CREATE SERVER mysql_fdw_tuned FOREIGN DATA WRAPPER mysql_fdw OPTIONS (host '127.0.0.1', port :'port', fetch_size '10000');
SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER %1$I OPTIONS (username ''hub'', password ''secret'');
	CREATE SCHEMA %1$I; IMPORT FOREIGN SCHEMA bench FROM SERVER %1$I INTO %1$I', name)
FROM unnest('{mysql,mysql_fdw,mysql_fdw_tuned}'::text[]) AS name \gexec
