-- One table of another PostgreSQL, through both wrappers.
CREATE EXTENSION postgres_fdw;
CREATE SERVER postgres FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host '127.0.0.1', port :'port', database 'postgres', ssl_mode 'disable');
CREATE SERVER postgres_fdw FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port :'port', dbname 'postgres', sslmode 'disable');
CREATE SERVER postgres_fdw_tuned FOREIGN DATA WRAPPER postgres_fdw
	OPTIONS (host '127.0.0.1', port :'port', dbname 'postgres', sslmode 'disable', fetch_size '10000');
SELECT format('CREATE USER MAPPING FOR CURRENT_USER SERVER %1$I OPTIONS (%2$I %3$L, password %4$L);
	CREATE SCHEMA %1$I; IMPORT FOREIGN SCHEMA public FROM SERVER %1$I INTO %1$I',
	name, CASE name WHEN 'postgres' THEN 'username' ELSE 'user' END, :'user', :'password')
FROM unnest('{postgres,postgres_fdw,postgres_fdw_tuned}'::text[]) AS name \gexec
