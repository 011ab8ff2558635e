/*-------------------------------------------------------------------------
 *
 * keypair.c
 *	  Which types of columns can be joined by key, and as what.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "schema/keypair.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

static bool
is_exact_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == NUMERICOID;
}

static bool
is_text(Oid type)
{
	char		category;
	bool		preferred;

	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING;
}

/*
 * How keys of two base types are compared; FSQ_KEYPAIR_NONE if they cannot be,
 * which includes a type that has no equality.
 */
FsqKeyPair
fsq_keypair(Oid left, Oid right)
{
	if (left == right)
		return OidIsValid(lookup_type_cache(left, TYPECACHE_EQ_OPR)->eq_opr) ?
			FSQ_KEYPAIR_SAME : FSQ_KEYPAIR_NONE;
	if (is_exact_number(left) && is_exact_number(right))
		return FSQ_KEYPAIR_NUMBER;
	if (left == UUIDOID)
		return is_text(right) ? FSQ_KEYPAIR_UUID : FSQ_KEYPAIR_NONE;
	if (right == UUIDOID)
		return is_text(left) ? FSQ_KEYPAIR_UUID : FSQ_KEYPAIR_NONE;
	if (is_text(left) && is_text(right))
		return FSQ_KEYPAIR_TEXT;
	return FSQ_KEYPAIR_NONE;
}
