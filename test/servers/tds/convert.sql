-- convert.sql
--   Conversions between T-SQL's data types, and the errors they raise.
--
-- Times are ticks of 100 ns: since 0001-01-01, or since midnight for time.

CREATE SCHEMA IF NOT EXISTS ms;
CREATE SCHEMA IF NOT EXISTS d;

CREATE COLLATION ms.ci_as (provider = icu, locale = 'en-u-ks-level2', deterministic = false);
CREATE COLLATION ms.cs_as (provider = icu, locale = 'en-u-ks-level3', deterministic = false);
CREATE COLLATION ms.ci_ai (provider = icu, locale = 'en-u-ks-level1', deterministic = false);
CREATE COLLATION ms.cs_ai (provider = icu, locale = 'en-u-ks-level1-kc', deterministic = false);

CREATE TYPE ms.dto AS (t int8, o int2);
CREATE TYPE ms.variant AS (id int4, len int4, p int4, s int4, v text);

-- An error in SQL Server's terms.
CREATE FUNCTION ms.err(num int, state int, sev int, msg text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION USING ERRCODE = 'TS001', MESSAGE = msg, DETAIL = num || '|' || state || '|' || sev;
END $$;

-- A conversion whose error is NULL (TRY_CAST); expr has the value as $1.
CREATE FUNCTION ms.try_cast(x text, expr text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	r text;
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	END IF;
	EXECUTE 'SELECT (' || expr || ')::text' INTO r USING x;
	RETURN r;
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;

-- Integers -------------------------------------------------------------

CREATE FUNCTION ms.i_tiny(x int8) RETURNS int2 IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF x < 0 OR x > 255 THEN
		PERFORM ms.err(220, 2, 16, 'Arithmetic overflow error for data type tinyint, value = ' || x || '.');
	END IF;
	RETURN x;
END $$;

CREATE FUNCTION ms.i_small(x int8) RETURNS int2 IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF x < -32768 OR x > 32767 THEN
		PERFORM ms.err(220, 1, 16, 'Arithmetic overflow error for data type smallint, value = ' || x || '.');
	END IF;
	RETURN x;
END $$;

-- Text to an integer type: 245, 244, 248, 8114, 8115.
CREATE FUNCTION ms.s_int(x text, src text, dst text) RETURNS int8 IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	n numeric;
	lo numeric;
	hi numeric;
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	END IF;
	IF btrim(x) = '' THEN
		RETURN 0;
	END IF;
	IF btrim(x) !~ '^[+-]?[0-9]+$' THEN
		IF dst = 'bigint' THEN
			PERFORM ms.err(8114, 5, 16, 'Error converting data type ' || src || ' to bigint.');
		END IF;
		PERFORM ms.err(245, 1, 16, 'Conversion failed when converting the ' || src || ' value ''' || x || ''' to data type ' || dst || '.');
	END IF;
	n := btrim(x)::numeric;
	SELECT v.lo, v.hi INTO lo, hi FROM (VALUES ('tinyint', 0, 255), ('smallint', -32768, 32767), ('int', -2147483648, 2147483647),
		('bigint', -9223372036854775808, 9223372036854775807)) v(t, lo, hi) WHERE v.t = dst;
	IF n < lo OR n > hi THEN
		IF dst = 'bigint' THEN
			PERFORM ms.err(8115, 2, 16, 'Arithmetic overflow error converting expression to data type bigint.');
		ELSIF dst = 'int' THEN
			PERFORM ms.err(248, 1, 16, 'The conversion of the ' || src || ' value ''' || x || ''' overflowed an int column.');
		END IF;
		PERFORM ms.err(244, 1, 16, 'The conversion of the ' || src || ' value ''' || x || ''' overflowed an ' || CASE dst WHEN 'tinyint' THEN 'INT1' ELSE 'INT2' END || ' column. Use a larger integer column.');
	END IF;
	RETURN n;
END $$;

CREATE FUNCTION ms.s_bit(x text) RETURNS int2 IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	ELSIF lower(btrim(x)) = 'true' THEN
		RETURN 1;
	ELSIF lower(btrim(x)) IN ('false', '') THEN
		RETURN 0;
	ELSIF btrim(x) ~ '^[+-]?[0-9]+$' THEN
		RETURN CASE WHEN btrim(x)::numeric = 0 THEN 0 ELSE 1 END;
	END IF;
	PERFORM ms.err(245, 1, 16, 'Conversion failed when converting the varchar value ''' || x || ''' to data type bit.');
END $$;

CREATE FUNCTION ms.b_int(x bytea, size int) RETURNS int8 IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	v bit(64) := 0::bit(64);
	i int;
	n int := octet_length(x);
	r int8 := 0;
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	END IF;
	FOR i IN greatest(0, n - size) .. n - 1 LOOP
		r := (r << 8) | get_byte(x, i);
	END LOOP;
	IF size = 4 THEN
		RETURN (r << 32) >> 32;
	ELSIF size = 2 THEN
		RETURN (r << 48) >> 48;
	END IF;
	RETURN r;
END $$;

-- Other numbers ----------------------------------------------------------

CREATE FUNCTION ms.s_num(x text, src text) RETURNS numeric IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	ELSIF btrim(x) ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$' THEN
		RETURN btrim(x)::numeric;
	END IF;
	PERFORM ms.err(8114, 5, 16, 'Error converting data type ' || src || ' to numeric.');
END $$;

CREATE FUNCTION ms.s_money(x text, src text) RETURNS numeric IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	s text := replace(replace(btrim(x), ',', ''), '$', '');
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	ELSIF s = '' THEN
		RETURN 0;
	ELSIF s ~ '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)$' THEN
		RETURN s::numeric;
	END IF;
	PERFORM ms.err(235, 0, 16, 'Cannot convert a char value to money. The char value has incorrect syntax.');
END $$;

CREATE FUNCTION ms.s_float(x text, src text) RETURNS float8 IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	ELSIF btrim(x) = '' THEN
		RETURN 0;
	ELSIF btrim(x) ~* '^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$' THEN
		RETURN btrim(x)::float8;
	END IF;
	PERFORM ms.err(8114, 5, 16, 'Error converting data type ' || src || ' to float.');
END $$;

-- All the digits of a float, for decimals.
CREATE FUNCTION ms.f_num(x float8) RETURNS numeric IMMUTABLE LANGUAGE sql AS $$ SELECT x::text::numeric $$;

CREATE FUNCTION ms.money_str(x numeric, style int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE style WHEN 1 THEN btrim(to_char(x, 'FM999,999,999,999,999,990.00')) WHEN 2 THEN round(x, 4)::numeric(19, 4)::text ELSE round(x, 2)::numeric(19, 2)::text END
$$;

-- A float as CAST shows it: six significant digits (style 0), 16 (2), 17 (3).
CREATE FUNCTION ms.float_str(x float8, style int, digits int) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	sig int := CASE style WHEN 0 THEN 6 WHEN 1 THEN 8 WHEN 2 THEN 16 ELSE 17 END;
	s text;
	e int;
	m text;
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	END IF;
	IF x = 0 THEN
		RETURN CASE WHEN style = 0 THEN '0' ELSE '0.' || repeat('0', sig - 1) || 'e+000' END;
	END IF;
	IF style = 3 THEN
		RETURN x::text;
	END IF;
	s := btrim(to_char(x, '9.' || repeat('9', sig - 1) || 'EEEE'));
	m := split_part(s, 'e', 1);
	e := split_part(s, 'e', 2)::int;
	IF style <> 0 THEN
		RETURN m || 'e' || CASE WHEN e < 0 THEN '-' ELSE '+' END || lpad(abs(e)::text, 3, '0');
	END IF;
	IF e BETWEEN -5 AND 5 THEN
		s := round(x::numeric, greatest(0, sig - 1 - e))::text;
		RETURN CASE WHEN strpos(s, '.') > 0 THEN rtrim(rtrim(s, '0'), '.') ELSE s END;
	END IF;
	RETURN rtrim(rtrim(m, '0'), '.') || 'e' || CASE WHEN e < 0 THEN '-' ELSE '+' END || lpad(abs(e)::text, 3, '0');
END $$;

CREATE FUNCTION ms.fit_int(x text, n int, wide bool, dst text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF length(x) <= n OR x IS NULL THEN
		RETURN x;
	ELSIF wide THEN
		PERFORM ms.err(8115, 2, 16, 'Arithmetic overflow error converting expression to data type ' || dst || '.');
	END IF;
	RETURN '*';
END $$;

CREATE FUNCTION ms.fit_num(x text, n int, src text, dst text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF length(x) > n THEN
		PERFORM ms.err(8115, 5, 16, 'Arithmetic overflow error converting ' || src || ' to data type ' || dst || '.');
	END IF;
	RETURN x;
END $$;

-- Text and binary ----------------------------------------------------------

-- UTF-16 code units, as LEN and DATALENGTH count.
CREATE FUNCTION ms.u16len(x text) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN octet_length(x) < length(x) + 3 THEN length(x) ELSE 2 * length(x) - length(regexp_replace(x COLLATE "C", '[\U00010000-\U0010ffff]', '', 'g')) END
$$;

-- What code page 1252 lacks becomes '?'.
CREATE FUNCTION ms.cp1252(x text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN octet_length(x) = length(x) THEN x
		ELSE regexp_replace(regexp_replace(x COLLATE "C", '[\U00010000-\U0010ffff]', '??', 'g'), '[^\u0001-\u007f\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]', '?', 'g') END
$$;

CREATE FUNCTION ms.cp1252_b(x text) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$ SELECT convert_to(ms.cp1252(x), 'WIN1252') $$;

CREATE FUNCTION ms.utf16_b(x text) RETURNS bytea IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	r bytea := '';
	c int;
	i int;
BEGIN
	FOR i IN 1 .. length(x) LOOP
		c := ascii(substr(x, i, 1));
		IF c >= 65536 THEN
			r := r || ms.le2(55296 + ((c - 65536) >> 10)) || ms.le2(56320 + ((c - 65536) & 1023));
		ELSE
			r := r || ms.le2(c);
		END IF;
	END LOOP;
	RETURN CASE WHEN x IS NULL THEN NULL ELSE r END;
END $$;

CREATE FUNCTION ms.le2(c int) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT set_byte(set_byte('\x0000'::bytea, 0, c & 255), 1, c >> 8)
$$;

CREATE FUNCTION ms.b_utf16(x bytea) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	r text := '';
	c int;
	lo int;
	i int := 0;
BEGIN
	WHILE i + 1 < octet_length(x) LOOP
		c := get_byte(x, i) + 256 * get_byte(x, i + 1);
		i := i + 2;
		IF c BETWEEN 55296 AND 56319 AND i + 1 < octet_length(x) THEN
			lo := get_byte(x, i) + 256 * get_byte(x, i + 1);
			c := 65536 + ((c & 1023) << 10) + (lo & 1023);
			i := i + 2;
		END IF;
		r := r || chr(CASE WHEN c = 0 THEN 65533 ELSE c END);
	END LOOP;
	RETURN CASE WHEN x IS NULL THEN NULL ELSE r END;
END $$;

CREATE FUNCTION ms.b_cp1252(x bytea) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	RETURN convert_from(x, 'WIN1252');
EXCEPTION WHEN OTHERS THEN
	RETURN convert_from(x, 'LATIN1');
END $$;

CREATE FUNCTION ms.s_hex(x text, style int) RETURNS bytea IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF style = 1 AND x !~* '^0x([0-9a-f]{2})*$' OR style = 2 AND x !~* '^([0-9a-f]{2})*$' THEN
		PERFORM ms.err(8114, 5, 16, 'Error converting data type varchar to varbinary.');
	END IF;
	RETURN decode(CASE style WHEN 1 THEN substr(x, 3) ELSE x END, 'hex');
END $$;

CREATE FUNCTION ms.b_right(x bytea, n int, pad bool) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN octet_length(x) > n THEN substr(x, octet_length(x) - n + 1)
		WHEN pad THEN decode(repeat('00', n - octet_length(x)), 'hex') || x ELSE x END
$$;

CREATE FUNCTION ms.b_pad(x bytea, n int) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT x || decode(repeat('00', greatest(0, n - octet_length(x))), 'hex')
$$;

-- Assignment: too long is error 2628, blanks at the end aside.
CREATE FUNCTION ms.too_long(tbl text, col text, v text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM ms.err(2628, 1, 16, 'String or binary data would be truncated in table ''' || tbl || ''', column ''' || col || '''. Truncated value: ''' || v || '''.');
END $$;

CREATE FUNCTION ms.fit(x text, n int, tbl text, col text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN length(x) <= n THEN x WHEN length(rtrim(x)) <= n THEN left(x, n) WHEN x IS NOT NULL THEN ms.too_long(tbl, col, left(x, n)) END
$$;

CREATE FUNCTION ms.fit_n(x text, n int, tbl text, col text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN length(x) * 2 <= n OR ms.u16len(x) <= n THEN x WHEN ms.u16len(rtrim(x)) <= n THEN left(x, n) WHEN x IS NOT NULL THEN ms.too_long(tbl, col, left(x, n)) END
$$;

CREATE FUNCTION ms.fit_b(x bytea, n int, tbl text, col text) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN octet_length(x) <= n THEN x WHEN x IS NOT NULL THEN ms.too_long(tbl, col, '')::bytea END
$$;

-- uniqueidentifier ---------------------------------------------------------

CREATE FUNCTION ms.s_guid(x text) RETURNS uuid IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	s text := btrim(left(x, CASE WHEN x LIKE '{%' THEN 38 ELSE 36 END), '{}');
BEGIN
	IF x IS NULL THEN
		RETURN NULL;
	ELSIF s ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' THEN
		RETURN s::uuid;
	END IF;
	PERFORM ms.err(8169, 2, 16, 'Conversion failed when converting from a character string to uniqueidentifier.');
END $$;

-- The sixteen bytes in the order they are stored: three groups turned round.
CREATE FUNCTION ms.guid_b(x uuid) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT substr(b, 4, 1) || substr(b, 3, 1) || substr(b, 2, 1) || substr(b, 1, 1) || substr(b, 6, 1) || substr(b, 5, 1) || substr(b, 8, 1) || substr(b, 7, 1) || substr(b, 9)
	FROM (SELECT uuid_send(x) AS b) q
$$;

CREATE FUNCTION ms.b_guid(x bytea) RETURNS uuid IMMUTABLE LANGUAGE sql AS $$
	SELECT encode(ms.guid_b(encode(ms.b_pad(substr(x, 1, 16), 16), 'hex')::uuid), 'hex')::uuid
$$;

-- Bytes 10-15, 8-9, 6-7, 4-5, 0-3 of that are what ORDER BY goes by.
CREATE FUNCTION ms.guid_key(x uuid) RETURNS bytea IMMUTABLE LANGUAGE sql AS $$
	SELECT substr(b, 11) || substr(b, 9, 2) || substr(b, 7, 2) || substr(b, 5, 2) || substr(b, 1, 4) FROM (SELECT ms.guid_b(x) AS b) q
$$;

CREATE FUNCTION ms.s_xml(x text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF NOT xml_is_well_formed_content(x) THEN
		PERFORM ms.err(9400, 1, 16, 'XML parsing: line 1, character 1, unexpected end of input');
	END IF;
	RETURN regexp_replace(x, '^\s*<\?xml[^>]*\?>', '');
END $$;

-- sql_variant --------------------------------------------------------------

CREATE FUNCTION ms.mk_variant(id int, len int, p int, s int, v text) RETURNS ms.variant IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN v IS NOT NULL THEN ROW(id, len, p, s, v)::ms.variant END
$$;

-- Its value as CAST to a string gives it.
CREATE FUNCTION ms.variant_str(x ms.variant) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE (x).id WHEN 61 THEN ms.dt_str((x).v::int8, 0, 3) WHEN 58 THEN ms.dt_str((x).v::int8, 0, 0) WHEN 42 THEN ms.dt2_str((x).v::int8, (x).s, 0)
		WHEN 41 THEN ms.time_str((x).v::int8, (x).s, 0) WHEN 62 THEN ms.float_str((x).v::float8, 0, 15) WHEN 59 THEN ms.float_str((x).v::float8, 0, 7) ELSE (x).v END
$$;

CREATE FUNCTION ms.variant_property(x text, prop text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE lower(prop) WHEN 'basetype' THEN ms.type_name((x::ms.variant).id) WHEN 'precision' THEN (x::ms.variant).p::text WHEN 'scale' THEN (x::ms.variant).s::text
		WHEN 'maxlength' THEN (x::ms.variant).len::text END
$$;

-- Dates and times ------------------------------------------------------------

-- Ticks from and to what PostgreSQL has; what is beyond microseconds is cut off.
CREATE FUNCTION ms.d2t(x date) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$ SELECT (x - date '0001-01-01')::int8 * 864000000000 $$;
CREATE FUNCTION ms.t2d(x int8) RETURNS date IMMUTABLE LANGUAGE sql AS $$ SELECT date '0001-01-01' + (x / 864000000000)::int4 $$;
CREATE FUNCTION ms.ts(x int8) RETURNS timestamp IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.t2d(x)::timestamp + (x % 864000000000 / 10) * interval '1 microsecond'
$$;
CREATE FUNCTION ms.tk(x timestamp) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.d2t(x::date) + (extract(epoch FROM x::time) * 1000000)::int8 * 10
$$;
CREATE FUNCTION ms.now() RETURNS int8 STABLE LANGUAGE sql AS $$ SELECT ms.tk(statement_timestamp() AT TIME ZONE 'UTC') $$;

CREATE FUNCTION ms.out_of_range(name text, x int8) RETURNS int8 LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	PERFORM ms.err(242, 3, 16, 'The conversion of a ' || name || ' data type to a datetime data type resulted in an out-of-range value.');
END $$;

-- Rounding: to 1/300 s, to minutes, to a scale.
CREATE FUNCTION ms.r_dt(x int8) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN x < 552877920000000000 THEN ms.out_of_range('datetime2', x)
		ELSE x / 864000000000 * 864000000000 + (((x % 864000000000) * 300 + 5000000) / 10000000 * 10000000 + 150) / 300 END
$$;
CREATE FUNCTION ms.r_sdt(x int8) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN x < 599266080000000000 OR x >= 655889184000000000 THEN ms.out_of_range('datetime2', x)
		ELSE (x + 300000000) / 600000000 * 600000000 END
$$;
CREATE FUNCTION ms.r_scale(x int8, s int) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE s WHEN 7 THEN x ELSE (x + (10 ^ (7 - s))::int8 / 2) / (10 ^ (7 - s))::int8 * (10 ^ (7 - s))::int8 END
$$;
CREATE FUNCTION ms.r_time(x int8, s int) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$ SELECT ms.r_scale(x % 864000000000, s) % 864000000000 $$;

CREATE FUNCTION ms.mk_dto(t int8, o int) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$ SELECT CASE WHEN t IS NOT NULL THEN ROW(t, o)::ms.dto END $$;
CREATE FUNCTION ms.r_dto(x ms.dto, s int) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$ SELECT ms.mk_dto(ms.r_scale((x).t, s), (x).o) $$;

-- datetime's numbers: days since 1900.
CREATE FUNCTION ms.t_days(x int8) RETURNS float8 IMMUTABLE LANGUAGE sql AS $$ SELECT (x - 599266080000000000) / 864000000000.0::float8 $$;
CREATE FUNCTION ms.days_t(x float8) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$ SELECT 599266080000000000 + round(x * 864000000000.0)::int8 $$;

CREATE FUNCTION ms.offset_minutes(x text) RETURNS int IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN upper(x) = 'Z' OR x IS NULL OR x = '' THEN 0
		ELSE (CASE left(x, 1) WHEN '-' THEN -1 ELSE 1 END) * (substr(x, 2, 2)::int * 60 + right(x, 2)::int) END
$$;

-- A date and time in any of the forms that need no style: ticks and offset.
CREATE FUNCTION ms.parse_dt(x text, dst text, fmt text, style int, OUT t int8, OUT o int) IMMUTABLE LANGUAGE plpgsql AS $$
DECLARE
	s text := btrim(x);
	m text[];
	y int;
	mo int;
	dd int;
	h int := 0;
	mi int := 0;
	sec int := 0;
	frac text := '';
	off text;
	datepart text;
	timepart text;
	order_ text := fmt;
	months constant text := 'janfebmaraprmayjunjulaugsepoctnovdec';
BEGIN
	IF x IS NULL THEN
		RETURN;
	END IF;
	IF s = '' THEN
		t := 599266080000000000;
		o := 0;
		RETURN;
	END IF;
	-- the time at the end, with its offset
	m := regexp_match(s, '^(.*?)(?:^|[T ]|\s)\s*(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:[.:,](\d{1,9}))?)?\s*([AP]M)?\s*(Z|[+-]\d\d:\d\d)?$', 'i');
	IF m IS NOT NULL THEN
		datepart := btrim(m[1]);
		h := m[2]::int;
		mi := m[3]::int;
		sec := coalesce(m[4], '0')::int;
		frac := coalesce(m[5], '');
		IF upper(m[6]) = 'PM' AND h < 12 THEN
			h := h + 12;
		ELSIF upper(m[6]) = 'AM' AND h = 12 THEN
			h := 0;
		END IF;
		off := m[7];
	ELSE
		datepart := s;
	END IF;
	IF length(frac) > 7 OR (dst IN ('datetime', 'smalldatetime') AND length(frac) > 3) OR h > 23 OR mi > 59 OR sec > 59
		OR (off IS NOT NULL AND dst IN ('datetime', 'smalldatetime')) THEN
		RAISE EXCEPTION USING ERRCODE = '22007';
	END IF;
	IF style IN (103, 104, 105, 3, 4, 5) THEN
		order_ := 'dmy';
	ELSIF style IN (101, 110, 1, 10) THEN
		order_ := 'mdy';
	END IF;
	IF datepart = '' THEN
		y := 1900; mo := 1; dd := 1;
	ELSIF datepart ~ '^\d{8}$' THEN
		y := left(datepart, 4)::int; mo := substr(datepart, 5, 2)::int; dd := right(datepart, 2)::int;
	ELSIF datepart ~ '^\d{4}$' THEN
		y := datepart::int; mo := 1; dd := 1;
	ELSIF datepart ~ '^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}$' THEN
		m := regexp_match(datepart, '^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$');
		y := m[1]::int; mo := m[2]::int; dd := m[3]::int;
		-- the old types read 2024-01-02 by DATEFORMAT, but for the form with T
		IF dst IN ('datetime', 'smalldatetime') AND order_ IN ('dmy', 'ydm') AND strpos(s, 'T') = 0 AND style = 0 THEN
			mo := m[3]::int; dd := m[2]::int;
		END IF;
	ELSIF datepart ~ '^\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}$' THEN
		m := regexp_match(datepart, '^(\d{1,2})[-/.](\d{1,2})[-/.](\d{2,4})$');
		y := m[3]::int;
		IF order_ = 'dmy' THEN
			dd := m[1]::int; mo := m[2]::int;
		ELSIF order_ = 'ymd' AND y < 100 THEN
			dd := m[3]::int; mo := m[2]::int; y := m[1]::int;
		ELSE
			mo := m[1]::int; dd := m[2]::int;
		END IF;
		IF y < 100 THEN
			y := y + CASE WHEN y < 50 THEN 2000 ELSE 1900 END;
		END IF;
	ELSE
		m := regexp_match(datepart, '^([a-z]{3})[a-z]*\.?\s+(\d{1,2}),?\s+(\d{4})$', 'i');
		IF m IS NULL THEN
			m := regexp_match(datepart, '^(\d{1,2})[\s-]+([a-z]{3})[a-z]*,?[\s-]+(\d{4})$', 'i');
			IF m IS NOT NULL THEN
				m := ARRAY[m[2], m[1], m[3]];
			END IF;
		END IF;
		IF m IS NULL OR strpos(months, lower(m[1])) % 3 <> 1 THEN
			RAISE EXCEPTION USING ERRCODE = '22007';
		END IF;
		y := m[3]::int; mo := (strpos(months, lower(m[1])) + 2) / 3; dd := m[2]::int;
	END IF;
	t := ms.d2t(make_date(y, mo, dd)) + ((h * 60 + mi) * 60 + sec)::int8 * 10000000 + rpad(frac, 7, '0')::int8;
	o := ms.offset_minutes(off);
EXCEPTION WHEN SQLSTATE '22007' OR SQLSTATE '22008' THEN
	IF dst IN ('datetime', 'smalldatetime') AND y IS NOT NULL AND mo IS NOT NULL THEN
		PERFORM ms.err(242, 3, 16, 'The conversion of a varchar data type to a ' || dst || ' data type resulted in an out-of-range value.');
	END IF;
	PERFORM ms.err(241, 1, 16, 'Conversion failed when converting date and/or time from character string.');
END $$;

CREATE FUNCTION ms.s_ticks(x text, dst text, fmt text, style int, src text) RETURNS int8 IMMUTABLE LANGUAGE sql AS $$
	SELECT (ms.parse_dt(x, dst, fmt, style)).t
$$;

CREATE FUNCTION ms.s_dto(x text, fmt text, style int, scale int, src text) RETURNS ms.dto IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.mk_dto(ms.r_scale(p.t - p.o * 600000000::int8, scale), p.o) FROM ms.parse_dt(x, 'datetimeoffset', fmt, style) p
$$;

-- To text ----------------------------------------------------------------

CREATE FUNCTION ms.frac(x int8, s int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE s WHEN 0 THEN '' ELSE '.' || left(lpad((x % 10000000)::text, 7, '0'), s) END
$$;

-- The styles of CONVERT that are in use; ms is what follows the seconds.
CREATE FUNCTION ms.style(x int8, style int, ms text) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE CASE style WHEN 100 THEN 0 ELSE style END
		WHEN 0 THEN to_char(ms.ts(x), 'Mon ') || lpad(extract(day FROM ms.ts(x))::text, 2) || to_char(ms.ts(x), ' YYYY ') || lpad(to_char(ms.ts(x), 'FMHH12:MIAM'), 7)
		WHEN 1 THEN to_char(ms.ts(x), 'MM/DD/YY') WHEN 101 THEN to_char(ms.ts(x), 'MM/DD/YYYY')
		WHEN 2 THEN to_char(ms.ts(x), 'YY.MM.DD') WHEN 102 THEN to_char(ms.ts(x), 'YYYY.MM.DD')
		WHEN 3 THEN to_char(ms.ts(x), 'DD/MM/YY') WHEN 103 THEN to_char(ms.ts(x), 'DD/MM/YYYY')
		WHEN 4 THEN to_char(ms.ts(x), 'DD.MM.YY') WHEN 104 THEN to_char(ms.ts(x), 'DD.MM.YYYY')
		WHEN 5 THEN to_char(ms.ts(x), 'DD-MM-YY') WHEN 105 THEN to_char(ms.ts(x), 'DD-MM-YYYY')
		WHEN 6 THEN to_char(ms.ts(x), 'DD Mon YY') WHEN 106 THEN to_char(ms.ts(x), 'DD Mon YYYY')
		WHEN 7 THEN to_char(ms.ts(x), 'Mon DD, YY') WHEN 107 THEN to_char(ms.ts(x), 'Mon DD, YYYY')
		WHEN 8 THEN to_char(ms.ts(x), 'HH24:MI:SS') WHEN 108 THEN to_char(ms.ts(x), 'HH24:MI:SS') WHEN 24 THEN to_char(ms.ts(x), 'HH24:MI:SS')
		WHEN 10 THEN to_char(ms.ts(x), 'MM-DD-YY') WHEN 110 THEN to_char(ms.ts(x), 'MM-DD-YYYY')
		WHEN 11 THEN to_char(ms.ts(x), 'YY/MM/DD') WHEN 111 THEN to_char(ms.ts(x), 'YYYY/MM/DD')
		WHEN 12 THEN to_char(ms.ts(x), 'YYMMDD') WHEN 112 THEN to_char(ms.ts(x), 'YYYYMMDD')
		WHEN 14 THEN to_char(ms.ts(x), 'HH24:MI:SS') || replace(ms, '.', ':') WHEN 114 THEN to_char(ms.ts(x), 'HH24:MI:SS') || replace(ms, '.', ':')
		WHEN 20 THEN to_char(ms.ts(x), 'YYYY-MM-DD HH24:MI:SS') WHEN 120 THEN to_char(ms.ts(x), 'YYYY-MM-DD HH24:MI:SS')
		WHEN 21 THEN to_char(ms.ts(x), 'YYYY-MM-DD HH24:MI:SS') || ms WHEN 121 THEN to_char(ms.ts(x), 'YYYY-MM-DD HH24:MI:SS') || ms
		WHEN 25 THEN to_char(ms.ts(x), 'YYYY-MM-DD HH24:MI:SS') || ms
		WHEN 23 THEN to_char(ms.ts(x), 'YYYY-MM-DD')
		WHEN 126 THEN to_char(ms.ts(x), 'YYYY-MM-DD"T"HH24:MI:SS') || ms
		WHEN 127 THEN to_char(ms.ts(x), 'YYYY-MM-DD"T"HH24:MI:SS') || ms
		ELSE NULL END
$$;

CREATE FUNCTION ms.dt_str(x int8, style int, s int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.style(x, style, CASE WHEN s = 0 THEN '.000' WHEN style = 126 AND x % 10000000 = 0 THEN '' ELSE ms.frac((x % 864000000000 + 5000) / 10000 * 10000, 3) END)
$$;
CREATE FUNCTION ms.dt2_str(x int8, s int, style int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT ms.style(x, CASE style WHEN 0 THEN 121 ELSE style END, ms.frac(x % 864000000000, s))
$$;
CREATE FUNCTION ms.date_str(x date, style int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN style IN (0, 20, 21, 23, 120, 121, 126, 127) THEN to_char(x, 'YYYY-MM-DD') ELSE ms.style(ms.d2t(x), style, '') END
$$;
CREATE FUNCTION ms.time_str(x int8, s int, style int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN style IN (8, 108, 20, 120, 24) THEN to_char(ms.ts(x), 'HH24:MI:SS') ELSE to_char(ms.ts(x), 'HH24:MI:SS') || ms.frac(x, s) END
$$;
CREATE FUNCTION ms.offset_str(o int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE WHEN o < 0 THEN '-' ELSE '+' END || lpad((abs(o) / 60)::text, 2, '0') || ':' || lpad((abs(o) % 60)::text, 2, '0')
$$;
CREATE FUNCTION ms.dto_str(x ms.dto, s int, style int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
	SELECT CASE style WHEN 127 THEN ms.dt2_str((x).t, s, 126) || 'Z' WHEN 126 THEN ms.dt2_str((x).t + (x).o * 600000000::int8, s, 126) || ms.offset_str((x).o)
		ELSE ms.dt2_str((x).t + (x).o * 600000000::int8, s, style) || ' ' || ms.offset_str((x).o) END
$$;
