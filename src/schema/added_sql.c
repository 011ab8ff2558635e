/*-------------------------------------------------------------------------
 *
 * added_sql.c
 *	  fraiseql.add_relationship() and drop_relationship().
 *
 *	  What is added is checked against the catalogs and the names of the
 *	  moment as the caller.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(fsq_add_relationship);
PG_FUNCTION_INFO_V1(fsq_drop_relationship);

/* One end of a relationship to be added. */
typedef struct End
{
	FsqEntry   *entry;			/* of the hub, or one made for a relation that is not exposed */
	bool		exposed;
	int			ncolumns;
	FsqAttribute **columns;
} End;

/* Find the columns of an end by name. */
static void
open_columns(FsqHub *hub, End *end, Datum names)
{
	Datum	   *values;
	bool	   *nulls;

	deconstruct_array(DatumGetArrayTypeP(names), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR,
					  &values, &nulls, &end->ncolumns);
	if (end->ncolumns == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a relationship needs at least one column on each side")));
	end->columns = palloc(end->ncolumns * sizeof(FsqAttribute *));
	for (int i = 0; i < end->ncolumns; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("column names of a relationship must not be null")));
		end->columns[i] = fsq_entry_attribute_named(hub, end->entry,
													NameStr(*DatumGetName(values[i])));
		if (end->columns[i] == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							NameStr(*DatumGetName(values[i])), end->entry->name)));
		for (int j = 0; j < i; j++)
			if (end->columns[j] == end->columns[i])
				ereport(ERROR,
						(errcode(ERRCODE_DUPLICATE_COLUMN),
						 errmsg("column \"%s\" of relation \"%s\" is given twice",
								end->columns[i]->name, end->entry->name)));
	}
}

static void
check_types(End *source, End *target)
{
	if (source->ncolumns != target->ncolumns)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a relationship needs as many source columns as target columns"),
				 errdetail("There are %d source columns and %d target columns.",
						   source->ncolumns, target->ncolumns)));
	for (int i = 0; i < source->ncolumns; i++)
	{
		char	   *mismatch = fsq_edge_mismatch(source->columns[i], target->columns[i]);

		if (mismatch)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("%s", mismatch),
					 errhint("Columns can be joined if they have the same type, or both are exact numbers, "
							 "or text, or one is a uuid and the other text.")));
	}
}

/* The caller can read the target's columns. */
static void
check_select(End *target)
{
	if (pg_class_aclcheck(target->entry->relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		return;
	for (int i = 0; i < target->ncolumns; i++)
		if (pg_attribute_aclcheck(target->entry->relid, target->columns[i]->attnum, GetUserId(),
								  ACL_SELECT) != ACLCHECK_OK)
			aclcheck_error(ACLCHECK_NO_PRIV,
						   get_relkind_objtype(target->entry->relkind), target->entry->name);
}

/* Whether a link stands for the same columns, so that the new relationship replaces it. */
static bool
is_replaced(const FsqLink *link, const End *source, const End *target)
{
	if (link->edge->origin == FSQ_ORIGIN_ADDED || link->edge->source != source->entry ||
		link->edge->target != target->entry || link->edge->ncolumns != source->ncolumns)
		return false;
	for (int i = 0; i < source->ncolumns; i++)
	{
		bool		found = false;

		for (int j = 0; j < source->ncolumns && !found; j++)
			found = link->edge->source_columns[j] == source->columns[i]->attnum &&
				link->edge->target_columns[j] == target->columns[i]->attnum;
		if (!found)
			return false;
	}
	return true;
}

/* The name of a new field on an end is a GraphQL name and free. */
static void
check_field(FsqHub *hub, const char *field, const End *at, const End *source, const End *target)
{
	ListCell   *lc;

	fsq_config_check_base_name("field", field);
	for (int i = 0; i < at->entry->nattributes; i++)
		if (!at->entry->attributes[i].omitted && strcmp(at->entry->attributes[i].field, field) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("the field \"%s\" of \"%s\" is that of its column \"%s\"",
							field, at->entry->name, at->entry->attributes[i].name)));
	if (!at->exposed)
		return;
	foreach(lc, fsq_entry_links(hub, at->entry))
	{
		FsqLink    *link = lfirst(lc);

		if (!link->omitted && strcmp(link->field, field) == 0 && !is_replaced(link, source, target))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("\"%s\" has a relationship \"%s\" already", at->entry->name, field),
					 link->edge->origin == FSQ_ORIGIN_ADDED ?
					 errhint("Remove it with fraiseql.drop_relationship() first.") : 0));
	}
}

/*
 * fraiseql.add_relationship(field, source, source_columns, target,
 * target_columns, cardinality, reverse_field)
 */
Datum
fsq_add_relationship(PG_FUNCTION_ARGS)
{
	static const char *const names[] = {
		"field", "source", "source_columns", "target", "target_columns"
	};
	Oid			types[] = {
		TEXTOID, REGCLASSOID, NAMEARRAYOID, REGCLASSOID, NAMEARRAYOID, TEXTOID, TEXTOID
	};
	Datum		values[7];
	char		nulls[8] = "       ";
	const char *field;
	FsqHub	   *hub;
	End			source;
	End			target;

	for (int i = 0; i < 7; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		if (!PG_ARGISNULL(i))
			continue;
		nulls[i] = 'n';
		if (i < lengthof(names))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"%s\" of add_relationship must not be null", names[i])));
	}
	field = text_to_cstring(PG_GETARG_TEXT_PP(0));
	if (!PG_ARGISNULL(5))
	{
		const char *cardinality = text_to_cstring(PG_GETARG_TEXT_PP(5));

		if (strcmp(cardinality, "one") != 0 && strcmp(cardinality, "many") != 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("invalid cardinality: \"%s\"", cardinality),
					 errhint("Valid values are \"one\" and \"many\".")));
	}

	hub = fsq_hub_create(CurrentMemoryContext, false);
	source.entry = fsq_config_entry(hub, PG_GETARG_OID(1), true, &source.exposed);
	target.entry = fsq_config_entry(hub, PG_GETARG_OID(3), false, &target.exposed);
	fsq_config_check_owner(source.entry->relid);
	open_columns(hub, &source, values[2]);
	open_columns(hub, &target, values[4]);
	check_select(&target);
	check_types(&source, &target);
	check_field(hub, field, &source, &source, &target);
	if (!PG_ARGISNULL(6))
	{
		const char *reverse = text_to_cstring(PG_GETARG_TEXT_PP(6));

		if (source.entry->relkind == RELKIND_COMPOSITE_TYPE)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("no field can lead to the composite type \"%s\"", source.entry->name),
					 errdetail("Its rows come from functions alone.")));
		check_field(hub, reverse, &target, &source, &target);
		if (source.entry->relid == target.entry->relid && strcmp(reverse, field) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("the two fields of a relationship of \"%s\" with itself need different names",
							source.entry->name)));
	}
	MemoryContextDelete(hub->schema.context);

	/* rows of relations that are gone go too */
	fsq_config_execute(FSQ_CONFIG_RELATIONSHIP,
				 "DELETE FROM fraiseql.relationship r WHERE NOT EXISTS "
				 "(SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) r.source) "
				 "OR NOT EXISTS "
				 "(SELECT FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) r.target)",
				 0, NULL, NULL, NULL);
	fsq_config_execute(FSQ_CONFIG_RELATIONSHIP,
				 "INSERT INTO fraiseql.relationship (field, source, source_columns, target, "
				 "target_columns, cardinality, reverse_field) VALUES ($1, $2, $3, $4, $5, $6, $7)",
				 7, types, values, nulls);
	PG_RETURN_VOID();
}

/* fraiseql.drop_relationship(source, field) */
Datum
fsq_drop_relationship(PG_FUNCTION_ARGS)
{
	Oid			relid = PG_GETARG_OID(0);
	Oid			types[] = {REGCLASSOID, TEXTOID};
	Datum		values[] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};
	const char *name = get_rel_name(relid);

	if (name != NULL)
		fsq_config_check_owner(relid);
	else if (!superuser())
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid)));
	if (fsq_config_execute(FSQ_CONFIG_RELATIONSHIP,
					 "DELETE FROM fraiseql.relationship "
					 "WHERE source OPERATOR(pg_catalog.=) $1 AND field OPERATOR(pg_catalog.=) $2",
					 2, types, values, NULL) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("\"%s\" has no added relationship \"%s\"",
						name ? name : psprintf("%u", relid),
						text_to_cstring(PG_GETARG_TEXT_PP(1))),
				 errdetail("Relationships of constraints and of column options cannot be removed here.")));
	PG_RETURN_VOID();
}
