-- functions.sql
--   T-SQL's functions that are not one of PostgreSQL's.

CREATE FUNCTION ms.len_arg(n int, f text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF n < 0 THEN
		PERFORM ms.err(536, 1, 16, 'Invalid length parameter passed to the ' || f || ' function.');
	END IF;
	RETURN n;
END $$;

CREATE FUNCTION ms.substring(x text, b int8, n int8) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN n < 0 THEN left(x, ms.len_arg(n::int, 'substring'))
		ELSE substr(x, greatest(b, 1)::int, greatest(0, least(n, 2147483646, b + n - greatest(b, 1)))::int) END
$$;
CREATE FUNCTION ms.substring(x bytea, b int8, n int8) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT substr(x, greatest(b, 1)::int, greatest(0, least(n, 1000000000, b + n - greatest(b, 1)))::int)
$$;
CREATE FUNCTION ms.stuff(x text, b int, n int, y text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN b < 1 OR b > length(x) OR n < 0 THEN NULL WHEN x IS NOT NULL THEN left(x, b - 1) || coalesce(y, '') || substr(x, b + n) END
$$;
CREATE FUNCTION ms.char(n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN n BETWEEN 1 AND 255 THEN ms.b_cp1252(set_byte('\x00'::bytea, 0, n)) END
$$;
CREATE FUNCTION ms.nchar(n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN n BETWEEN 1 AND 55295 OR n BETWEEN 57344 AND 65535 THEN chr(n) END
$$;
CREATE FUNCTION ms.ascii(x text) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN x <> '' THEN get_byte(ms.cp1252_b(left(x, 1)), 0) END
$$;
CREATE FUNCTION ms.unicode(x text) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN x = '' THEN NULL WHEN ascii(x) >= 65536 THEN 55296 + ((ascii(x) - 65536) >> 10) ELSE ascii(x) END
$$;
CREATE FUNCTION ms.quotename(x text, q text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN length(x) > 128 THEN NULL WHEN coalesce(q, '[') IN ('[', ']') THEN '[' || replace(x, ']', ']]') || ']'
		WHEN q = '''' THEN '''' || replace(x, '''', '''''') || '''' WHEN q = '"' THEN '"' || replace(x, '"', '""') || '"' END
$$;
CREATE FUNCTION ms.str(x float8, n int, places int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN length(s) > coalesce(n, 10) THEN repeat('*', coalesce(n, 10)) ELSE lpad(s, coalesce(n, 10)) END FROM (SELECT round(x::numeric, coalesce(places, 0))::text AS s) q
$$;
CREATE FUNCTION ms.string_escape(x text, kind text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT substr(j, 2, length(j) - 2) FROM (SELECT to_json(x)::text AS j) q $$;
CREATE FUNCTION ms.log(x float8, b float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN b IS NULL THEN ln(x) ELSE ln(x) / ln(b) END $$;

-- A literal text as a regular expression.
CREATE FUNCTION ms.re_quote(x text) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT regexp_replace(x, '([][().*+?{}|^$\\])', '\\\1', 'g') $$;

CREATE FUNCTION ms.replace(x text, y text, z text, ci bool) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN x IS NULL OR y IS NULL OR z IS NULL THEN NULL WHEN y = '' THEN x WHEN NOT ci THEN replace(x, y, z)
		ELSE regexp_replace(x COLLATE "und-x-icu", ms.re_quote(y), replace(z, '\', '\\'), 'gi') END
$$;
CREATE FUNCTION ms.charindex(y text, x text, b int, ci bool) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN p = 0 THEN 0 ELSE p + greatest(b, 1) - 1 END
	FROM (SELECT CASE WHEN ci THEN strpos(lower(substr(x, greatest(b, 1)) COLLATE "und-x-icu") COLLATE "C", lower(y COLLATE "und-x-icu") COLLATE "C")
		ELSE strpos(substr(x, greatest(b, 1)) COLLATE "C", y COLLATE "C") END AS p) q
$$;

-- LIKE ---------------------------------------------------------------------

CREATE FUNCTION ms.like_re(p text, esc text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	r text := '^';
	i int := 1;
	j int;
	c text;
	body text;
BEGIN
	IF p IS NULL THEN
		RETURN NULL;
	END IF;
	WHILE i <= length(p) LOOP
		c := substr(p, i, 1);
		IF c = esc AND i < length(p) THEN
			i := i + 1;
			r := r || ms.re_quote(substr(p, i, 1));
		ELSIF c = '%' THEN
			r := r || '.*';
		ELSIF c = '_' THEN
			r := r || '.';
		ELSIF c = '[' THEN
			j := strpos(substr(p, i + 1), ']');
			IF j <= 1 THEN
				RETURN 'a^';
			END IF;
			body := substr(p, i + 1, j - 1);
			r := r || '[' || CASE WHEN left(body, 1) = '^' THEN '^' || regexp_replace(substr(body, 2), '([][\\^])', '\\\1', 'g') ELSE regexp_replace(body, '([][\\^])', '\\\1', 'g') END || ']';
			i := i + j;
		ELSE
			r := r || ms.re_quote(c);
		END IF;
		i := i + 1;
	END LOOP;
	RETURN r || '$';
END $$;
-- Where a pattern begins to match: its % at both ends left off.
CREATE FUNCTION ms.patindex_re(re text, x text, ci bool) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	core text := substr(re, 2, length(re) - 2);
	i int;
	free_start bool := left(core, 2) = '.*';
BEGIN
	IF x IS NULL OR re IS NULL THEN
		RETURN NULL;
	END IF;
	IF free_start THEN
		core := substr(core, 3);
	END IF;
	FOR i IN 1 .. CASE WHEN free_start THEN length(x) + 1 ELSE 1 END LOOP
		IF (CASE WHEN ci THEN substr(x, i) COLLATE "und-x-icu" ~* ('^' || core || '$') ELSE substr(x, i) ~ ('^' || core || '$') END) THEN
			RETURN i;
		END IF;
	END LOOP;
	RETURN 0;
END $$;
CREATE FUNCTION ms.patindex(p text, x text, ci bool) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT ms.patindex_re(ms.like_re(p, NULL), x, ci) $$;

-- Numbers --------------------------------------------------------------------

-- Half away from zero, floats too.
CREATE FUNCTION ms.round(x float8, n int) RETURNS float8 IMMUTABLE LANGUAGE sql AS $$ SELECT round(x::text::numeric, n)::float8 $$;
CREATE FUNCTION ms.round(x numeric, n int) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT round(x, n) $$;
CREATE FUNCTION ms.trunc(x float8, n int) RETURNS float8 IMMUTABLE LANGUAGE sql AS $$ SELECT trunc(x::text::numeric, n)::float8 $$;
CREATE FUNCTION ms.trunc(x numeric, n int) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT trunc(x, n) $$;

-- Dates ------------------------------------------------------------------------

CREATE FUNCTION ms.dateadd(part text, n int8, x int8) RETURNS int8 IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	r int8;
BEGIN
	IF n IS NULL OR x IS NULL THEN
		RETURN NULL;
	END IF;
	IF part IN ('year', 'quarter', 'month') THEN
		r := ms.tk(ms.ts(x / 864000000000 * 864000000000) + make_interval(months => (n * CASE part WHEN 'year' THEN 12 WHEN 'quarter' THEN 3 ELSE 1 END)::int)) + x % 864000000000;
	ELSE
		r := x + CASE part WHEN 'week' THEN 6048000000000 WHEN 'hour' THEN 36000000000 WHEN 'minute' THEN 600000000 WHEN 'second' THEN 10000000
			WHEN 'millisecond' THEN 10000 WHEN 'microsecond' THEN 10 WHEN 'nanosecond' THEN 0 ELSE 864000000000 END * n + CASE part WHEN 'nanosecond' THEN round(n / 100.0)::int8 ELSE 0 END;
	END IF;
	IF r < 0 OR r >= 3155378976000000000 THEN
		PERFORM ms.err(517, 1, 16, 'Adding a value to a ''datetime2'' column caused an overflow.');
	END IF;
	RETURN r;
END $$;

-- How many boundaries of the part lie between two times.
CREATE FUNCTION ms.datediff(part text, a int8, b int8) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE part
		WHEN 'year' THEN (extract(year FROM ms.ts(b)) - extract(year FROM ms.ts(a)))::int8
		WHEN 'quarter' THEN (4 * (extract(year FROM ms.ts(b)) - extract(year FROM ms.ts(a))) + extract(quarter FROM ms.ts(b)) - extract(quarter FROM ms.ts(a)))::int8
		WHEN 'month' THEN (12 * (extract(year FROM ms.ts(b)) - extract(year FROM ms.ts(a))) + extract(month FROM ms.ts(b)) - extract(month FROM ms.ts(a)))::int8
		WHEN 'week' THEN (b / 864000000000 + 1) / 7 - (a / 864000000000 + 1) / 7
		WHEN 'hour' THEN b / 36000000000 - a / 36000000000
		WHEN 'minute' THEN b / 600000000 - a / 600000000
		WHEN 'second' THEN b / 10000000 - a / 10000000
		WHEN 'millisecond' THEN b / 10000 - a / 10000
		WHEN 'microsecond' THEN b / 10 - a / 10
		WHEN 'nanosecond' THEN (b - a) * 100
		ELSE b / 864000000000 - a / 864000000000 END
$$;
CREATE FUNCTION ms.datepart(part text, x int8) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE part
		WHEN 'hour' THEN (x % 864000000000 / 36000000000)::int
		WHEN 'minute' THEN (x % 36000000000 / 600000000)::int
		WHEN 'second' THEN (x % 600000000 / 10000000)::int
		WHEN 'millisecond' THEN (x % 10000000 / 10000)::int
		WHEN 'microsecond' THEN (x % 10000000 / 10)::int
		WHEN 'nanosecond' THEN (x % 10000000 * 100)::int
		WHEN 'weekday' THEN extract(dow FROM ms.ts(x))::int + 1
		WHEN 'dayofyear' THEN extract(doy FROM ms.ts(x))::int
		WHEN 'iso_week' THEN extract(week FROM ms.ts(x))::int
		WHEN 'week' THEN ((extract(doy FROM ms.ts(x))::int + extract(dow FROM date_trunc('year', ms.ts(x)))::int - 1) / 7) + 1
		WHEN 'year' THEN extract(year FROM ms.ts(x))::int
		WHEN 'quarter' THEN extract(quarter FROM ms.ts(x))::int
		WHEN 'month' THEN extract(month FROM ms.ts(x))::int
		ELSE extract(day FROM ms.ts(x))::int END
$$;
CREATE FUNCTION ms.datename(part text, x int8) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE part WHEN 'month' THEN to_char(ms.ts(x), 'FMMonth') WHEN 'weekday' THEN to_char(ms.ts(x), 'FMDay') ELSE ms.datepart(part, x)::text END
$$;
CREATE FUNCTION ms.eomonth(x date, n int) RETURNS date IMMUTABLE LANGUAGE sql AS $$
	SELECT (date_trunc('month', x) + make_interval(months => coalesce(n, 0) + 1) - interval '1 day')::date
$$;
CREATE FUNCTION ms.datefromparts(y int, m int, d int) RETURNS date IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN make_date(y, m, d);
EXCEPTION WHEN OTHERS THEN
	PERFORM ms.err(289, 1, 16, 'Cannot construct data type date, some of the arguments have values which are not valid.');
END $$;
CREATE FUNCTION ms.dt_parts(y int, m int, d int, h int, mi int, s int, frac int8) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.d2t(ms.datefromparts(y, m, d)) + ((h * 60 + mi) * 60 + s)::int8 * 10000000 + frac
$$;
CREATE FUNCTION ms.isdate(x text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	PERFORM ms.r_dt(ms.s_ticks(x, 'datetime', 'mdy', 0, 'varchar'));
	RETURN CASE WHEN x IS NULL OR x = '' THEN 0 ELSE 1 END;
EXCEPTION WHEN OTHERS THEN
	RETURN 0;
END $$;
CREATE FUNCTION ms.offset_arg(x text) RETURNS int IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN x ~ '^-?\d+$' THEN x::int ELSE ms.offset_minutes(x) END $$;
CREATE FUNCTION ms.to_dto(t int8, o text) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$ SELECT ms.mk_dto(t - ms.offset_arg(o) * 600000000::int8, ms.offset_arg(o)) $$;
CREATE FUNCTION ms.switch_dto(x ms.dto, o text) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$ SELECT ms.mk_dto((x).t, ms.offset_arg(o)) $$;

-- AT TIME ZONE, with Windows' names for some zones.
CREATE FUNCTION ms.zone(z text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	r text;
BEGIN
	SELECT v.iana INTO r FROM (VALUES ('utc', 'UTC'), ('central european standard time', 'Europe/Warsaw'), ('w. europe standard time', 'Europe/Berlin'),
		('romance standard time', 'Europe/Paris'), ('gmt standard time', 'Europe/London'), ('eastern standard time', 'America/New_York'),
		('central standard time', 'America/Chicago'), ('pacific standard time', 'America/Los_Angeles'), ('tokyo standard time', 'Asia/Tokyo'),
		('india standard time', 'Asia/Kolkata')) v(win, iana) WHERE v.win = lower(z);
	IF r IS NULL THEN
		PERFORM ms.err(9820, 1, 16, 'The time zone parameter ''' || z || ''' provided to AT TIME ZONE clause is invalid.');
	END IF;
	RETURN r;
END $$;
CREATE FUNCTION ms.t_zone(x int8, z text) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.mk_dto(u.t, ((x - u.t) / 600000000)::int) FROM (SELECT ms.tk((ms.ts(x) AT TIME ZONE ms.zone(z)) AT TIME ZONE 'UTC') + x % 10 AS t) u
$$;
CREATE FUNCTION ms.dto_zone(x ms.dto, z text) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.mk_dto((x).t, ((ms.tk((ms.ts((x).t) AT TIME ZONE 'UTC') AT TIME ZONE ms.zone(z)) - (x).t / 10 * 10) / 600000000)::int)
$$;

-- Others -------------------------------------------------------------------------

CREATE FUNCTION ms.isnumeric(x text) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN btrim(x) ~* '^[+-]?\$?([0-9][0-9,]*\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$' THEN 1 ELSE 0 END
$$;
CREATE FUNCTION ms.hashbytes(alg text, x text) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE upper(alg) WHEN 'SHA2_256' THEN sha256(ms.cp1252_b(x)) WHEN 'SHA2_512' THEN sha512(ms.cp1252_b(x)) WHEN 'MD5' THEN decode(md5(ms.cp1252_b(x)), 'hex') END
$$;
CREATE FUNCTION ms.isjson(x text) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN CASE WHEN x IS NULL THEN NULL WHEN json_typeof(x::json) IN ('object', 'array') THEN 1 ELSE 0 END;
EXCEPTION WHEN OTHERS THEN
	RETURN 0;
END $$;
CREATE FUNCTION ms.json_item(j jsonb, path text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_path_query_first(j, regexp_replace(path, '^(strict|lax)\s+', '')::jsonpath) #>> '{}'
$$;
CREATE FUNCTION ms.json_value(x text, path text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN jsonb_typeof(v) NOT IN ('object', 'array') THEN v #>> '{}' END FROM (SELECT jsonb_path_query_first(x::jsonb, regexp_replace(path, '^(strict|lax)\s+', '')::jsonpath) AS v) q
$$;
CREATE FUNCTION ms.json_query(x text, path text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN jsonb_typeof(v) IN ('object', 'array') THEN v::text END FROM (SELECT jsonb_path_query_first(x::jsonb, coalesce(path, '$')::jsonpath) AS v) q
$$;
CREATE FUNCTION ms.json_rows(x text, path text) RETURNS SETOF jsonb IMMUTABLE LANGUAGE sql AS $$
	SELECT jsonb_array_elements(CASE WHEN jsonb_typeof(v) = 'array' THEN v ELSE jsonb_build_array(v) END)
	FROM (SELECT jsonb_path_query_first(x::jsonb, regexp_replace(path, '^(strict|lax)\s+', '')::jsonpath) AS v) q
$$;
CREATE FUNCTION ms.openjson(x text, path text) RETURNS TABLE (k text, v text, t int2) IMMUTABLE LANGUAGE sql AS $$
	SELECT e.key, e.value #>> '{}', CASE jsonb_typeof(e.value) WHEN 'null' THEN 0 WHEN 'string' THEN 1 WHEN 'number' THEN 2 WHEN 'boolean' THEN 3 WHEN 'array' THEN 4 ELSE 5 END::int2
	FROM (SELECT jsonb_path_query_first(x::jsonb, path::jsonpath) AS j) q, LATERAL (
		SELECT (o.n - 1)::text AS key, o.value FROM jsonb_array_elements(CASE jsonb_typeof(q.j) WHEN 'array' THEN q.j ELSE '[]' END) WITH ORDINALITY o(value, n)
		UNION ALL SELECT o.key, o.value FROM jsonb_each(CASE jsonb_typeof(q.j) WHEN 'object' THEN q.j ELSE '{}' END) o) e
$$;
