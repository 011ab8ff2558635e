/*-------------------------------------------------------------------------
 *
 * operator.c
 *	  The SQL operators behind the operators of filters, and names as SQL.
 *
 *	  Operators are found through the type's operator class and printed with
 *	  their schema, so that a statement means the same under every search_path.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "nodes/pg_list.h"
#include "plan/operator.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

static Oid
btree_operator(TypeCacheEntry *cache, int strategy)
{
	if (!OidIsValid(cache->btree_opf))
		return InvalidOid;
	return get_opfamily_member(cache->btree_opf, cache->btree_opintype, cache->btree_opintype,
							   strategy);
}

Oid
fsq_comparison_operator(Oid type, FsqOperator op)
{
	TypeCacheEntry *cache = lookup_type_cache(type, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR |
											  TYPECACHE_GT_OPR | TYPECACHE_BTREE_OPFAMILY);

	switch (op)
	{
		case FSQ_OP_EQ:
			return cache->eq_opr;
		case FSQ_OP_NEQ:
			return OidIsValid(cache->eq_opr) ? get_negator(cache->eq_opr) : InvalidOid;
		case FSQ_OP_GT:
			return cache->gt_opr;
		case FSQ_OP_LT:
			return cache->lt_opr;
		case FSQ_OP_GTE:
			return btree_operator(cache, BTGreaterEqualStrategyNumber);
		case FSQ_OP_LTE:
			return btree_operator(cache, BTLessEqualStrategyNumber);
		default:
			return InvalidOid;
	}
}

/* The namespace of a type. */
static Oid
type_namespace(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			result = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* The operator of that name in a schema, for exactly these types. */
static Oid
operator_in_schema(const char *name, Oid namespace, Oid left, Oid right)
{
	return GetSysCacheOid4(OPERNAMENSP, Anum_pg_operator_oid,
						   CStringGetDatum(name), ObjectIdGetDatum(left),
						   ObjectIdGetDatum(right), ObjectIdGetDatum(namespace));
}

Oid
fsq_pattern_operator(Oid type, const char *name, Oid *pattern_type)
{
	Oid			namespace = type_namespace(type);
	Oid			operator;

	*pattern_type = type;
	operator = operator_in_schema(name, namespace, type, type);
	if (OidIsValid(operator) && type != TEXTOID)
		return operator;
	*pattern_type = TEXTOID;
	operator = operator_in_schema(name, namespace, type, TEXTOID);
	if (OidIsValid(operator))
		return operator;
	return operator_in_schema(name, PG_CATALOG_NAMESPACE, TEXTOID, TEXTOID);
}

void
fsq_append_operator(StringInfo sql, Oid operator)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	appendStringInfo(sql, "OPERATOR(%s.%s)",
					 quote_identifier(get_namespace_name(form->oprnamespace)),
					 NameStr(form->oprname));
	ReleaseSysCache(tuple);
}

void
fsq_append_column(StringInfo sql, const char *alias, const FsqColumn *column)
{
	appendStringInfo(sql, "%s.%s", alias, quote_identifier(column->name));
}

void
fsq_append_relation(StringInfo sql, const FsqRelation *relation, const char *alias)
{
	appendStringInfo(sql, "%s.%s %s", quote_identifier(relation->namespace),
					 quote_identifier(relation->name), alias);
}
