/*-------------------------------------------------------------------------
 *
 * key.c
 *	  The columns of a link: their common form, and the SQL that compares them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "plan/key.h"
#include "plan/operator.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* Types whose datum is that of text and whose equality compares bytes. */
static bool
is_plain_text(Oid type)
{
	return type == TEXTOID || type == VARCHAROID;
}

static bool
is_deterministic(Oid collation)
{
	return !OidIsValid(collation) || get_collation_isdeterministic(collation);
}

/* The form in which two columns of one type are compared. */
static FsqKeyForm
form_of_same(FsqColumn *parent, FsqColumn *child)
{
	Oid			type = child->base_type;

	if (is_integer(type))
		return FSQ_KEY_INTEGER;
	if (type == NUMERICOID)
		return FSQ_KEY_NUMERIC;
	if (type == UUIDOID)
		return FSQ_KEY_UUID;
	if ((is_plain_text(type) || type == BPCHAROID) &&
		is_deterministic(parent->collation) && is_deterministic(child->collation))
		return FSQ_KEY_TEXT;
	return FSQ_KEY_DATUM;
}

static FsqKeyForm
form_of_pair(FsqColumn *parent, FsqColumn *child)
{
	switch (fsq_keypair(parent->base_type, child->base_type))
	{
		case FSQ_KEYPAIR_SAME:
			return form_of_same(parent, child);
		case FSQ_KEYPAIR_NUMBER:
			return is_integer(parent->base_type) && is_integer(child->base_type) ?
				FSQ_KEY_INTEGER : FSQ_KEY_NUMERIC;
		case FSQ_KEYPAIR_TEXT:
			return FSQ_KEY_TEXT;
		case FSQ_KEYPAIR_UUID:
			return FSQ_KEY_UUID;
		case FSQ_KEYPAIR_NONE:
			break;
	}
	elog(ERROR, "columns \"%s\" and \"%s\" cannot be joined", parent->name, child->name);
	return FSQ_KEY_DATUM;
}

/* Whether text is compared in the child's own type, or (false) cast to text. */
static bool
compared_as_is(FsqColumn *parent, FsqColumn *child, bool exact)
{
	if (is_plain_text(child->base_type) || child->base_type == parent->base_type)
		return true;
	/* blanks at the end: more may be found, which only an exact form minds */
	return child->base_type == BPCHAROID && !exact;
}

void
fsq_key_init(FsqKeyColumn *key, FsqColumn *parent, FsqColumn *child, bool exact)
{
	key->form = form_of_pair(parent, child);
	key->parent_type = parent->base_type;
	key->child_type = child->base_type;
	key->param_type = child->base_type;
	key->both_cases = false;
	key->cache = NULL;
	key->collation = child->collation;
	if (key->form == FSQ_KEY_UUID && child->base_type != UUIDOID)
	{
		key->both_cases = !exact;
		if (exact || !(is_plain_text(child->base_type) || child->base_type == BPCHAROID))
			key->param_type = TEXTOID;
	}
	else if (key->form == FSQ_KEY_TEXT && !compared_as_is(parent, child, exact))
		key->param_type = TEXTOID;
	if (key->form == FSQ_KEY_DATUM)
	{
		key->cache = lookup_type_cache(child->base_type,
									   TYPECACHE_EQ_OPR_FINFO | TYPECACHE_HASH_PROC_FINFO);
		if (!is_deterministic(parent->collation))
			key->collation = parent->collation;
	}
	get_typlenbyvalalign(key->param_type, &key->typlen, &key->typbyval, &key->typalign);
	if (!OidIsValid(get_array_type(key->param_type)))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("keys of type %s cannot be joined: there is no array type for it",
						format_type_be(key->param_type))));
}

void
fsq_key_expression(StringInfo sql, const char *alias, FsqColumn *parent,
				   FsqColumn *child, bool exact)
{
	FsqKeyForm	form = form_of_pair(parent, child);

	if (form == FSQ_KEY_UUID && child->base_type != UUIDOID)
	{
		bool		as_is = is_plain_text(child->base_type) || child->base_type == BPCHAROID;

		if (exact)
			appendStringInfoString(sql, "pg_catalog.lower(");
		fsq_append_column(sql, alias, child);
		if (exact || !as_is)
			appendStringInfoString(sql, "::pg_catalog.text");
		if (exact)
			appendStringInfoChar(sql, ')');
		return;
	}
	fsq_append_column(sql, alias, child);
	if (form == FSQ_KEY_TEXT && !compared_as_is(parent, child, exact))
		appendStringInfoString(sql, "::pg_catalog.text");
}

void
fsq_key_operator(StringInfo sql, const FsqKeyColumn *key)
{
	fsq_append_operator(sql, fsq_comparison_operator(key->param_type, FSQ_OP_EQ));
}

const char *
fsq_key_arrays(const FsqKeyColumn *keys, int n)
{
	for (int i = 0; i < n; i++)
		if (type_is_rowtype(keys[i].param_type))
			return "(SELECT ";
	return "ROWS FROM (";
}

void
fsq_append_collation(StringInfo sql, Oid collation)
{
	HeapTuple	tuple = SearchSysCache1(COLLOID, ObjectIdGetDatum(collation));
	Form_pg_collation form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for collation %u", collation);
	form = (Form_pg_collation) GETSTRUCT(tuple);
	appendStringInfo(sql, " COLLATE %s.",
					 quote_identifier(get_namespace_name(form->collnamespace)));
	appendStringInfoString(sql, quote_identifier(NameStr(form->collname)));
	ReleaseSysCache(tuple);
}

/* Append one side of a join, in the form in which both meet. */
static void
append_join_side(StringInfo sql, const char *alias, FsqColumn *column, FsqKeyPair pair)
{
	if (pair == FSQ_KEYPAIR_UUID && column->base_type != UUIDOID)
	{
		appendStringInfoString(sql, "pg_catalog.lower(");
		fsq_append_column(sql, alias, column);
		appendStringInfoString(sql, "::pg_catalog.text)");
		return;
	}
	fsq_append_column(sql, alias, column);
	if (pair == FSQ_KEYPAIR_UUID ||
		(pair == FSQ_KEYPAIR_TEXT && !is_plain_text(column->base_type)))
		appendStringInfoString(sql, "::pg_catalog.text");
}

void
fsq_key_join(StringInfo sql, const char *inner_alias, FsqColumn *inner,
			 const char *outer_alias, FsqColumn *outer)
{
	FsqKeyPair	pair = fsq_keypair(inner->base_type, outer->base_type);

	append_join_side(sql, inner_alias, inner, pair);
	appendStringInfoChar(sql, ' ');
	switch (pair)
	{
		case FSQ_KEYPAIR_SAME:
			fsq_append_operator(sql, fsq_comparison_operator(inner->base_type, FSQ_OP_EQ));
			break;
		default:
			/* among numbers of different types, and texts */
			appendStringInfoString(sql, "OPERATOR(pg_catalog.=)");
			break;
	}
	appendStringInfoChar(sql, ' ');
	append_join_side(sql, outer_alias, outer, pair);
	/* two collations need a decision; the inner one is that of its index */
	if (OidIsValid(inner->collation) && OidIsValid(outer->collation) &&
		inner->collation != outer->collation)
		fsq_append_collation(sql, inner->collation);
}

bool
fsq_read_uuid(const char *str, int length, pg_uuid_t *uuid)
{
	const char *p = str;

	if (length != 36)
		return false;
	for (int i = 0; i < UUID_LEN; i++)
	{
		int			byte = 0;

		if ((i == 4 || i == 6 || i == 8 || i == 10) && *p++ != '-')
			return false;
		for (int j = 0; j < 2; j++, p++)
		{
			if (*p >= '0' && *p <= '9')
				byte = byte * 16 + (*p - '0');
			else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'f')
				byte = byte * 16 + ((*p | 0x20) - 'a' + 10);
			else
				return false;
		}
		uuid->data[i] = byte;
	}
	return true;
}
