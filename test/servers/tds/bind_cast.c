/*
 * bind_cast.c
 *	  Conversions between the data types ("CAST and CONVERT", "Data type
 *	  conversion"), as calls of the helper functions in backend.sql.
 */
#include "bind.h"
#include "session.h"

#include <stdlib.h>
#include <string.h>

static void __attribute__((noreturn))
no_conversion(Type from, Type to, bool implicit)
{
	if (implicit)
		raise_error(206, 16, 2, "Operand type clash: %s is incompatible with %s", kind_info(from.k)->name, kind_info(to.k)->name);
	raise_error(529, 16, 1, "Explicit conversion from data type %s to %s is not allowed.", kind_info(from.k)->name, kind_info(to.k)->name);
}

/* Narrow a number of the backend to an integer type, with its range. */
static const char *
narrow(const char *sql, Kind from, Kind to)
{
	switch (to)
	{
		case K_BIT:
			return from == K_BIT ? sql : fmt("(CASE WHEN %s <> 0 THEN 1::int2 WHEN %s = 0 THEN 0::int2 END)", sql, sql);
		case K_TINYINT:
			return from == K_BIT || from == K_TINYINT ? sql : fmt("ms.i_tiny((%s)::int8)", sql);
		case K_SMALLINT:
			return from <= K_SMALLINT ? sql : fmt("ms.i_small((%s)::int8)", sql);
		case K_INT:
			return fmt("(%s)::int4", sql);
		default:
			return fmt("(%s)::int8", sql);
	}
}

static const char *
to_int(Ex e, Type to)
{
	if (is_int(e.t.k))
		return e.t.k == to.k ? e.sql : narrow(e.sql, e.t.k, to.k);
	if (is_exact(e.t.k) || e.t.k == K_REAL || e.t.k == K_FLOAT)
	{
		if (to.k == K_BIT)
			return narrow(e.sql, K_FLOAT, K_BIT);
		if (e.t.k == K_MONEY || e.t.k == K_SMALLMONEY)
			return narrow(fmt("round(%s)", e.sql), K_FLOAT, to.k);
		return narrow(fmt("trunc((%s)%s)", e.sql, e.t.k == K_REAL ? "::float8" : ""), K_FLOAT, to.k);
	}
	if (is_char(e.t.k))
	{
		if (to.k == K_BIT)
			return fmt("ms.s_bit(%s)", e.sql);
		return fmt("(ms.s_int(%s, '%s', '%s'))::%s", e.sql, kind_info(e.t.k)->name, kind_info(to.k)->name, type_storage(to));
	}
	if (is_binary(e.t.k))
		return fmt("(ms.b_int(%s, %d))::%s", e.sql, kind_info(to.k)->size, type_storage(to));
	if (e.t.k == K_DATETIME || e.t.k == K_SMALLDATETIME)
		return narrow(fmt("round(ms.t_days(%s))", e.sql), K_FLOAT, to.k);
	no_conversion(e.t, to, false);
}

static const char *
to_exact(Ex e, Type to)
{
	const char *st = type_storage(to);

	if (is_int(e.t.k))
		return fmt("(%s)::%s", e.sql, st);
	if (is_exact(e.t.k))
	{
		if (e.t.prec == to.prec && e.t.scale == to.scale && e.t.k == to.k)
			return e.sql;
		return fmt("(%s)::%s", e.sql, st);
	}
	if (e.t.k == K_REAL || e.t.k == K_FLOAT)
		return fmt("(ms.f_num(%s))::%s", e.sql, st);
	if (is_char(e.t.k))
		return fmt("(%s(%s, '%s'))::%s", to.k == K_MONEY || to.k == K_SMALLMONEY ? "ms.s_money" : "ms.s_num", e.sql, kind_info(e.t.k)->name, st);
	if (e.t.k == K_DATETIME || e.t.k == K_SMALLDATETIME)
		return fmt("(ms.t_days(%s))::%s", e.sql, st);
	no_conversion(e.t, to, false);
}

static const char *
to_float(Ex e, Type to)
{
	if (is_number(e.t.k))
		return e.t.k == to.k ? e.sql : fmt("(%s)::%s", e.sql, type_storage(to));
	if (is_char(e.t.k))
		return fmt("(ms.s_float(%s, '%s'))::%s", e.sql, kind_info(e.t.k)->name, type_storage(to));
	if (e.t.k == K_DATETIME || e.t.k == K_SMALLDATETIME)
		return fmt("(ms.t_days(%s))::%s", e.sql, type_storage(to));
	no_conversion(e.t, to, false);
}

/* Any value as a string, before its length is looked at. */
static const char *
as_text(Ex e, int style)
{
	switch (e.t.k)
	{
		case K_NULL:
			return "NULL::text";
		case K_BIT:
		case K_TINYINT:
		case K_SMALLINT:
		case K_INT:
		case K_BIGINT:
			return fmt("(%s)::text", e.sql);
		case K_DECIMAL:
		case K_NUMERIC:
			return fmt("((%s)::%s)::text", e.sql, type_storage(e.t));
		case K_MONEY:
		case K_SMALLMONEY:
			return fmt("ms.money_str(%s, %d)", e.sql, style);
		case K_REAL:
			return fmt("ms.float_str(%s, %d, 7)", e.sql, style);
		case K_FLOAT:
			return fmt("ms.float_str(%s, %d, 15)", e.sql, style);
		case K_GUID:
			return fmt("upper((%s)::text)", e.sql);
		case K_DATE:
			return fmt("ms.date_str(%s, %d)", e.sql, style);
		case K_TIME:
			return fmt("ms.time_str(%s, %d, %d)", e.sql, e.t.scale, style);
		case K_DATETIME:
			return fmt("ms.dt_str(%s, %d, 3)", e.sql, style);
		case K_SMALLDATETIME:
			return fmt("ms.dt_str(%s, %d, 0)", e.sql, style);
		case K_DATETIME2:
			return fmt("ms.dt2_str(%s, %d, %d)", e.sql, e.t.scale, style);
		case K_DTO:
			return fmt("ms.dto_str(%s, %d, %d)", e.sql, e.t.scale, style);
		case K_VARIANT:
			return fmt("((%s).v)", e.sql);
		default:
			return e.sql;
	}
}

static const char *
to_char(Ex e, Type to, int style, CastMode mode)
{
	const char *sql;
	bool		max = to.len < 0;

	if (is_binary(e.t.k))
	{
		if (style == 1 || style == 2)
			sql = fmt("(%supper(encode(%s, 'hex')))", style == 1 ? "'0x' || " : "", e.sql);
		else
			sql = fmt("%s(%s)", is_nchar(to.k) ? "ms.b_utf16" : "ms.b_cp1252", e.sql);
		return max ? sql : fmt("left(%s, %d)", sql, to.len);
	}
	sql = as_text(e, style);
	if (is_nchar(e.t.k) && !is_nchar(to.k) && !e.lit && !strstr(coll_info(to.coll)->name, "_UTF8"))
		sql = fmt("ms.cp1252(%s)", sql);
	else if (is_nchar(e.t.k) && !is_nchar(to.k) && e.lit && utf16_units(e.text, strlen(e.text)) != strlen(e.text))
		sql = fmt("ms.cp1252(%s)", sql);
	if (!max)
	{
		if (is_char(e.t.k) || e.t.k == K_NULL || e.t.k == K_XML)
		{
			if (e.t.len < 0 || e.t.len > to.len)
				sql = fmt("left(%s, %d)", sql, to.len);
		}
		else if (is_int(e.t.k))
			sql = fmt("ms.fit_int(%s, %d, %s, '%s')", sql, to.len, is_nchar(to.k) ? "true" : "false", kind_info(to.k)->name);
		else if (is_exact(e.t.k) || e.t.k == K_REAL || e.t.k == K_FLOAT)
			sql = fmt("ms.fit_num(%s, %d, '%s', '%s')", sql, to.len, kind_info(e.t.k)->name, kind_info(to.k)->name);
		else if (e.t.k == K_GUID && to.len < 36)
			raise_error(8170, 16, 2, "Insufficient result space to convert uniqueidentifier value to char.");
		else
			sql = fmt("left(%s, %d)", sql, to.len);
	}
	if ((to.k == K_CHAR || to.k == K_NCHAR) && !max)
		sql = fmt("rpad(%s, %d)", sql, to.len);
	(void) mode;
	return sql;
}

static const char *
to_binary(Ex e, Type to, int style)
{
	const char *sql;

	switch (e.t.k)
	{
		case K_NULL:
			return "NULL::bytea";
		case K_CHAR:
		case K_VARCHAR:
		case K_TEXT:
			sql = style == 1 || style == 2 ? fmt("ms.s_hex(%s, %d)", e.sql, style) : fmt("ms.cp1252_b(%s)", e.sql);
			break;
		case K_NCHAR:
		case K_NVARCHAR:
		case K_NTEXT:
			sql = style == 1 || style == 2 ? fmt("ms.s_hex(%s, %d)", e.sql, style) : fmt("ms.utf16_b(%s)", e.sql);
			break;
		case K_BIT:
		case K_TINYINT:
			sql = fmt("substr(int2send((%s)::int2), 2)", e.sql);
			break;
		case K_SMALLINT:
			sql = fmt("int2send(%s)", e.sql);
			break;
		case K_INT:
			sql = fmt("int4send(%s)", e.sql);
			break;
		case K_BIGINT:
			sql = fmt("int8send(%s)", e.sql);
			break;
		case K_GUID:
			sql = fmt("ms.guid_b(%s)", e.sql);
			break;
		case K_BINARY:
		case K_VARBINARY:
		case K_IMAGE:
		case K_ROWVERSION:
			sql = e.sql;
			break;
		case K_XML:
			sql = fmt("ms.utf16_b(%s)", e.sql);
			break;
		default:
			no_conversion(e.t, to, false);
	}
	if (to.len > 0)
	{
		/* Numbers keep their last bytes, everything else its first ones. */
		if (is_int(e.t.k))
			sql = fmt("ms.b_right(%s, %d, %s)", sql, to.len, to.k == K_BINARY ? "true" : "false");
		else
		{
			if (e.t.len < 0 || e.t.len > to.len || !is_binary(e.t.k))
				sql = fmt("substr(%s, 1, %d)", sql, to.len);
			if (to.k == K_BINARY)
				sql = fmt("ms.b_pad(%s, %d)", sql, to.len);
		}
	}
	return sql;
}

/* Ticks since 0001-01-01 of anything that has a date or a time. */
static const char *
ticks(Ex e, Type to, int style)
{
	switch (e.t.k)
	{
		case K_DATETIME:
		case K_SMALLDATETIME:
		case K_DATETIME2:
			return e.sql;
		case K_DATE:
			return fmt("ms.d2t(%s)", e.sql);
		case K_TIME:
			return fmt("((%s) + 599266080000000000)", e.sql);
		case K_DTO:
			return fmt("((%s).t + (%s).o * 600000000::int8)", e.sql, e.sql);
		default:
			if (is_char(e.t.k))
				return fmt("ms.s_ticks(%s, '%s', '%s', %d, '%s')", e.sql, kind_info(to.k)->name, session.dateformat, style, kind_info(e.t.k)->name);
			if (is_number(e.t.k) && (to.k == K_DATETIME || to.k == K_SMALLDATETIME))
				return fmt("ms.days_t((%s)::float8)", e.sql);
			no_conversion(e.t, to, to.k != K_DATETIME);
	}
}

static const char *
to_temporal(Ex e, Type to, int style)
{
	const char *t;

	if (e.t.k == to.k && (e.t.scale == to.scale || e.t.k == K_DATETIME || e.t.k == K_SMALLDATETIME || e.t.k == K_DATE))
		return e.sql;
	if (to.k == K_DTO)
	{
		if (is_char(e.t.k))
			return fmt("ms.s_dto(%s, '%s', %d, %d, '%s')", e.sql, session.dateformat, style, to.scale, kind_info(e.t.k)->name);
		if (e.t.k == K_DTO)
			return fmt("ms.r_dto(%s, %d)", e.sql, to.scale);
		return fmt("ms.mk_dto(%s, 0)", ticks(e, to, style));
	}
	t = ticks(e, to, style);
	switch (to.k)
	{
		case K_DATE:
			return fmt("ms.t2d(%s)", t);
		case K_TIME:
			return fmt("ms.r_time(%s, %d)", t, to.scale);
		case K_DATETIME:
			return e.t.k == K_SMALLDATETIME ? t : fmt("ms.r_dt(%s)", t);
		case K_SMALLDATETIME:
			return fmt("ms.r_sdt(%s)", t);
		default:
			return fmt("ms.r_scale(%s, %d)", t, to.scale);
	}
}

static const char *
to_variant(Ex e, Type to)
{
	Ex			x = e;

	if (e.t.k == K_VARIANT)
		return e.sql;
	if (e.t.len < 0 || e.t.k == K_XML)
		no_conversion(e.t, to, true);
	if (is_binary(e.t.k))
		x.sql = fmt("encode(%s, 'hex')", e.sql);
	else if (is_temporal(e.t.k) && e.t.k != K_DTO)
		x.sql = fmt("(%s)::text", e.sql);
	else if (e.t.k == K_REAL || e.t.k == K_FLOAT)
		x.sql = fmt("(%s)::text", e.sql);
	else
		x.sql = fmt("(%s)::text", as_text(e, 0));
	return fmt("ms.mk_variant(%d, %d, %d, %d, %s)", kind_info(e.t.k)->system_id, type_bytes(e.t), e.t.prec, e.t.scale, x.sql);
}

/* A variant's value as the type that it is asked for. */
static const char *
from_variant(Ex e, Type to, int style)
{
	Ex			x = ex_of(fmt("ms.variant_str(%s)", e.sql), type_len(K_NVARCHAR, 4000));

	return cast_sql(x, to, style, CAST_EXPLICIT);
}

static const char *
cast_plain(Ex e, Type to, int style, CastMode mode)
{
	if (e.t.k == K_NULL)
		return fmt("NULL::%s", type_storage(to));
	if (e.t.k == K_VARIANT && to.k != K_VARIANT)
	{
		if (mode != CAST_EXPLICIT)
			raise_error(257, 16, 3, "Implicit conversion from data type sql_variant to %s is not allowed. Use the CONVERT function to run this query.", kind_info(to.k)->name);
		return from_variant(e, to, style);
	}
	if (to.k == K_VARIANT)
		return to_variant(e, to);
	if (mode != CAST_EXPLICIT && is_char(e.t.k) && is_binary(to.k))
		raise_error(257, 16, 3, "Implicit conversion from data type %s to %s is not allowed. Use the CONVERT function to run this query.", kind_info(e.t.k)->name, kind_info(to.k)->name);
	if (is_int(to.k))
		return to_int(e, to);
	if (is_exact(to.k))
		return to_exact(e, to);
	if (to.k == K_REAL || to.k == K_FLOAT)
		return to_float(e, to);
	if (is_char(to.k))
		return to_char(e, to, style, mode);
	if (is_binary(to.k))
		return to_binary(e, to, style);
	if (is_temporal(to.k))
		return to_temporal(e, to, style);
	if (to.k == K_GUID)
	{
		if (e.t.k == K_GUID)
			return e.sql;
		if (is_char(e.t.k))
			return fmt("ms.s_guid(%s)", e.sql);
		if (is_binary(e.t.k))
			return fmt("ms.b_guid(%s)", e.sql);
	}
	if (to.k == K_XML)
	{
		if (e.t.k == K_XML)
			return e.sql;
		if (is_char(e.t.k))
			return fmt("ms.s_xml(%s)", e.sql);
	}
	no_conversion(e.t, to, mode != CAST_EXPLICIT);
}

/* An expression as another type; style is that of CONVERT. */
const char *
cast_sql(Ex e, Type to, int style, CastMode mode)
{
	Ex			arg = e;

	if (mode != CAST_TRY || e.t.k == K_NULL)
		return cast_plain(e, to, style, mode == CAST_TRY ? CAST_EXPLICIT : mode);
	/* TRY_: the conversion runs as a statement of its own, whose error is NULL. */
	arg.sql = fmt("($1::%s)", type_storage(e.t));
	arg.lit = false;
	return fmt("(ms.try_cast((%s)::text, %s)::%s)", e.sql, pg_quote(cast_plain(arg, to, style, CAST_EXPLICIT)), type_storage(to));
}

/* The same with the type and nullability that go with it. */
Ex
cast_ex(Ex e, Type to)
{
	Ex			r = e;

	if (e.t.k == to.k && e.t.len == to.len && e.t.prec == to.prec && e.t.scale == to.scale)
		return e;
	/* PostgreSQL promotes numbers as T-SQL does; a cast would only hide an index. */
	if (!(is_char(e.t.k) && is_char(to.k)) && !(is_int(e.t.k) && is_int(to.k) && e.t.k < to.k))
	{
		r.sql = cast_sql(e, to, 0, CAST_IMPLICIT);
		r.lit = false;
	}
	if (is_char(to.k))
		to.coll = to.coll ? to.coll : e.t.coll;
	r.t = to;
	return r;
}

/*
 * A value on its way into a column: what does not fit is an error ("String or
 * binary data would be truncated"), blanks at the end aside.
 */
const char *
assign_sql(Ex e, Column *c, Object *o)
{
	Type		to = c->type,
				wide = to;
	const char *sql;

	if (!is_char(to.k) && !(is_binary(to.k) && to.k != K_ROWVERSION))
		return cast_sql(e, to, 0, CAST_ASSIGN);
	if (to.len < 0 || (is_char(e.t.k) && e.t.len > 0 && e.t.len <= to.len) ||
		(!is_char(e.t.k) && !is_binary(e.t.k)) || (is_binary(e.t.k) && e.t.len > 0 && e.t.len <= to.len))
		return cast_sql(e, to, 0, CAST_ASSIGN);
	wide.len = -1;
	wide.k = is_nchar(to.k) ? K_NVARCHAR : is_char(to.k) ? K_VARCHAR : K_VARBINARY;
	sql = cast_sql(e, wide, 0, CAST_ASSIGN);
	sql = fmt("%s(%s, %d, %s, %s)", is_nchar(to.k) ? "ms.fit_n" : is_char(to.k) ? "ms.fit" : "ms.fit_b", sql, to.len,
			  pg_quote(fmt("%s.%s.%s", o->db, o->schema, o->name)), pg_quote(c->name));
	if (to.k == K_CHAR || to.k == K_NCHAR)
		return fmt("rpad(%s, %d)", sql, to.len);
	if (to.k == K_BINARY)
		return fmt("ms.b_pad(%s, %d)", sql, to.len);
	return sql;
}
