-- A hub over three sources, one of which (mysql) is reached through a proxy that
-- can silence it; and what its clients note of each answer.
CREATE EXTENSION fraiseql;
SELECT format('CREATE SERVER mysql FOREIGN DATA WRAPPER fraiseql_mysql OPTIONS (host ''127.0.0.1'', port %1$L, ssl_mode ''DISABLED'', connection_timeout ''2s'', timeout ''2s'', recovery_timeout ''2s'', circuit_breaker ''on'');
	CREATE SERVER postgres FOREIGN DATA WRAPPER fraiseql_postgres OPTIONS (host ''127.0.0.1'', port %2$L, database ''postgres'', ssl_mode ''disable'');
	CREATE SERVER sqlserver FOREIGN DATA WRAPPER fraiseql_sqlserver OPTIONS (host ''127.0.0.1'', port %3$L, encrypt ''optional'');
	CREATE USER MAPPING FOR CURRENT_USER SERVER mysql OPTIONS (username ''hub'', password ''secret'');
	CREATE USER MAPPING FOR CURRENT_USER SERVER postgres OPTIONS (username %4$L, password %5$L);
	CREATE USER MAPPING FOR CURRENT_USER SERVER sqlserver OPTIONS (username %6$L, password %7$L)',
	:'mysql', :'postgres', :'sqlserver', :'user', :'password', :'sqlserver_user', :'sqlserver_password') \gexec
CREATE SCHEMA hub;
IMPORT FOREIGN SCHEMA storm LIMIT TO (orders) FROM SERVER mysql INTO hub;
IMPORT FOREIGN SCHEMA public LIMIT TO (invoices) FROM SERVER postgres INTO hub;
IMPORT FOREIGN SCHEMA dbo LIMIT TO (visits) FROM SERVER sqlserver INTO hub;
ALTER DATABASE storm SET fraiseql.schemas = 'hub';

-- what: whole, partial (all but the orders, and an error that names their
-- server), or wrong
CREATE UNLOGGED TABLE answers (started timestamptz NOT NULL, ended timestamptz NOT NULL, what text NOT NULL);
CREATE FUNCTION judge(id integer, answer jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE
		WHEN answer = jsonb_build_object('data', jsonb_build_object('order', v, 'invoice', v, 'visit', v)) THEN 'whole'
		WHEN answer->'data' = jsonb_build_object('order', null, 'invoice', v, 'visit', v)
			AND jsonb_array_length(answer->'errors') = 1
			AND answer->'errors'->0->'path' = '["order"]'
			AND answer->'errors'->0->'extensions'->>'database' = 'mysql' THEN 'partial'
		ELSE 'wrong'
	END
	FROM (SELECT jsonb_build_object('n', 7 * id)) AS n (v)
$$;
