/*-------------------------------------------------------------------------
 *
 * sql.c
 *	  The SQL functions that show the schema: sdl(), and what the views
 *	  relationships and schema_problems read.
 *
 *	  Each makes a schema of its own and throws it away, so that a session
 *	  does not keep the whole of a large schema for having printed it once,
 *	  and comments are those of this moment.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "schema/hub.h"
#include "utils/array.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(fsq_sdl);
PG_FUNCTION_INFO_V1(fsq_relationships);
PG_FUNCTION_INFO_V1(fsq_schema_problems);

/* fraiseql.sdl(): the GraphQL schema of the caller as a document. */
Datum
fsq_sdl(PG_FUNCTION_ARGS)
{
	FsqHub	   *hub = fsq_hub_create(CurrentMemoryContext, false);
	StringInfoData out;

	initStringInfo(&out);
	fsq_schema_print(&out, &hub->schema);
	MemoryContextDelete(hub->schema.context);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

static Datum
column_names(FsqRelation *relation, int n, const AttrNumber *columns)
{
	Datum	   *names = palloc(n * sizeof(Datum));

	for (int i = 0; i < n; i++)
		names[i] = DirectFunctionCall1(namein,
									   CStringGetDatum(fsq_relation_column(relation, columns[i])->name));
	return PointerGetDatum(construct_array(names, n, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
}

static void
put_relationship(ReturnSetInfo *result, FsqRelationship *relationship)
{
	Datum		values[8];
	bool		nulls[8] = {false};

	values[0] = ObjectIdGetDatum(relationship->source->relid);
	values[1] = CStringGetTextDatum(relationship->field);
	values[2] = column_names(relationship->source, relationship->ncolumns,
							 relationship->source_columns);
	values[3] = ObjectIdGetDatum(relationship->target_relid);
	values[4] = column_names(relationship->target, relationship->ncolumns,
							 relationship->target_columns);
	values[5] = CStringGetTextDatum(relationship->to_many ? "many" : "one");
	values[6] = BoolGetDatum(relationship->nullable);
	values[7] = CStringGetTextDatum(relationship->origin);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* fraiseql.relationships: each relationship that the caller may follow. */
Datum
fsq_relationships(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	FsqHub	   *hub;

	InitMaterializedSRF(fcinfo, 0);
	hub = fsq_hub_create(CurrentMemoryContext, false);
	for (int i = 0; i < hub->nentries; i++)
	{
		FsqRelation *relation = fsq_entry_relation(hub, &hub->entries[i]);
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (relation == NULL)
			continue;
		foreach(lc, fsq_relation_relationships(relation))
			put_relationship(result, lfirst(lc));
	}
	MemoryContextDelete(hub->schema.context);
	return (Datum) 0;
}

static void
put_problem(ReturnSetInfo *result, FsqHub *hub, FsqProblem *problem)
{
	Datum		values[4];
	bool		nulls[4] = {false};
	FsqEntry   *entry = problem->entry;

	nulls[0] = nulls[1] = entry == NULL;
	if (entry)
	{
		values[0] = DirectFunctionCall1(namein, CStringGetDatum(hub->namespace_names[entry->position]));
		values[1] = DirectFunctionCall1(namein, CStringGetDatum(entry->name));
	}
	else if (problem->object)
	{
		values[1] = DirectFunctionCall1(namein, CStringGetDatum(problem->object));
		nulls[1] = false;
	}
	nulls[2] = problem->column == NULL;
	if (problem->column)
		values[2] = DirectFunctionCall1(namein, CStringGetDatum(problem->column));
	values[3] = CStringGetTextDatum(problem->problem);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/*
 * fraiseql.schema_problems: what was renamed or left out when names and
 * relationships were made from the catalogs.
 */
Datum
fsq_schema_problems(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	FsqHub	   *hub;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	hub = fsq_hub_create(CurrentMemoryContext, true);
	hub->schema.all_types(&hub->schema);
	/* also of relations that the role may not read: names do not depend on it */
	for (int i = 0; i < hub->nentries; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (hub->entries[i].omitted)
			continue;
		fsq_entry_functions(hub, &hub->entries[i]);
		fsq_entry_links(hub, &hub->entries[i]);
		fsq_override_problems(hub, &hub->entries[i]);
	}
	foreach(lc, hub->problems)
		put_problem(result, hub, lfirst(lc));
	MemoryContextDelete(hub->schema.context);
	return (Datum) 0;
}
