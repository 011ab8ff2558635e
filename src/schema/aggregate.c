/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  The GraphQL types and fields of aggregates: usersAggregate at the root,
 *	  ordersAggregate of each user.
 *
 *	  Which aggregates a column has is what functions PostgreSQL has for its
 *	  type; identifiers are not summed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* The types that are made from a relation. */
typedef enum AggregateType
{
	TYPE_AGGREGATE,
	TYPE_SUM,
	TYPE_AVG,
	TYPE_MIN,
	TYPE_MAX,
	TYPE_VARIANCE,
	TYPE_BOOL,
	NTYPES
} AggregateType;

typedef struct FsqAggregateFields
{
	FsqField   *aggregate;
} FsqAggregateFields;

/* Aggregates of single columns: the field, the function, and what the object of them is. */
static const struct
{
	FsqAggregate aggregate;
	const char *field;
	const char *function;
	AggregateType type;
}			functions[] = {
	{FSQ_AGGREGATE_SUM, "sum", "sum", TYPE_SUM},
	{FSQ_AGGREGATE_AVG, "avg", "avg", TYPE_AVG},
	{FSQ_AGGREGATE_MIN, "min", "min", TYPE_MIN},
	{FSQ_AGGREGATE_MAX, "max", "max", TYPE_MAX},
	{FSQ_AGGREGATE_STDDEV, "stddev", "stddev", TYPE_VARIANCE},
	{FSQ_AGGREGATE_VARIANCE, "variance", "variance", TYPE_VARIANCE},
	{FSQ_AGGREGATE_BOOL_AND, "boolAnd", "bool_and", TYPE_BOOL},
	{FSQ_AGGREGATE_BOOL_OR, "boolOr", "bool_or", TYPE_BOOL}
};

/* ---- functions of columns ---- */

/* A function of one argument in a schema; InvalidOid if there is none. */
static Oid
find_function(const char *name, Oid type, Oid namespace)
{
	return GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(name),
						   PointerGetDatum(buildoidvector(&type, 1)),
						   ObjectIdGetDatum(namespace));
}

/* The schema of a type, or InvalidOid. */
static Oid
type_namespace(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			namespace = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		namespace = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
		ReleaseSysCache(tuple);
	}
	return namespace;
}

Oid
fsq_aggregate_function(FsqAggregate aggregate, Oid type, Oid *result)
{
	const char *name = NULL;
	Oid			argument = type == VARCHAROID ? TEXTOID : type_is_enum(type) ? ANYENUMOID : type;
	Oid			function;

	for (int i = 0; i < lengthof(functions); i++)
		if (functions[i].aggregate == aggregate)
			name = functions[i].function;
	function = find_function(name, argument, PG_CATALOG_NAMESPACE);
	/* an extension's type has its own */
	if (!OidIsValid(function))
		function = find_function(name, type, type_namespace(type));
	if (!OidIsValid(function) || get_func_prokind(function) != PROKIND_AGGREGATE)
		return InvalidOid;
	*result = get_func_rettype(function);
	if (*result == ANYENUMOID)
		*result = type;
	return function;
}

FsqValueType
fsq_aggregate_value_type(FsqAggregate aggregate, const FsqColumn *column, Oid result)
{
	FsqValueType value;

	if (aggregate != FSQ_AGGREGATE_MIN && aggregate != FSQ_AGGREGATE_MAX)
		return fsq_value_type(column->relation->schema, result);
	value = fsq_column_value_type(column);
	value.type = result;
	return value;
}

/* Whether a column has an aggregate, and which type its values have then. */
static bool
column_has(FsqColumn *column, FsqAggregate aggregate, FsqValueType *value)
{
	bool		extreme = aggregate == FSQ_AGGREGATE_MIN || aggregate == FSQ_AGGREGATE_MAX;
	Oid			result;

	if ((column->id && !extreme) || column->form == FSQ_JSON_ARRAY ||
		!OidIsValid(fsq_aggregate_function(aggregate, column->base_type, &result)))
		return false;
	*value = fsq_aggregate_value_type(aggregate, column, result);
	return true;
}

/* ---- types ---- */

/* An object type's field for a value; in the current context. */
static FsqField *
value_field(FsqType *parent, const char *name, FsqType *type, FsqAggregate aggregate,
			FsqColumn *column)
{
	FsqField   *field = fsq_hub_field_make(parent, name, type, FSQ_FIELD_AGGREGATE);
	FsqFieldBinding *binding = field->binding;

	binding->relation = parent->binding;
	binding->aggregate = aggregate;
	binding->column = column;
	return field;
}

/* UserSum and its like: the columns that have such an aggregate; NULL: none. */
static FsqType *
make_values_type(FsqRelation *relation, const char *name, FsqAggregate aggregate)
{
	FsqType    *type = fsq_hub_type_make(fsq_hub(relation->schema), FSQ_OBJECT, name);

	type->binding = relation;
	for (int i = 0; i < relation->ncolumns; i++)
	{
		FsqColumn  *column = &relation->columns[i];
		FsqValueType value;

		if (column_has(column, aggregate, &value))
			type->fields = lappend(type->fields,
								   value_field(type, column->field, value.gql_type,
											   FSQ_AGGREGATE_NONE, column));
	}
	return type->fields ? type : NULL;
}

static FsqType *aggregate_type(FsqRelation *relation, AggregateType number);

/* UserAggregate */
static FsqType *
make_aggregate_type(FsqRelation *relation, const char *name)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqType    *type = fsq_hub_type_make(hub, FSQ_OBJECT, name);
	FsqType    *count = fsq_type_non_null(fsq_scalar_type(hub, "BigInt"));
	FsqType    *columns = fsq_column_enum_type(relation);
	FsqField   *field;

	type->binding = relation;
	type->fields = list_make1(value_field(type, "count", count, FSQ_AGGREGATE_COUNT, NULL));
	if (columns)
	{
		field = value_field(type, "countDistinct", count, FSQ_AGGREGATE_COUNT_DISTINCT, NULL);
		field->arguments = list_make1(fsq_hub_argument_make(hub, "column", fsq_type_non_null(columns),
															FSQ_ARGUMENT_COLUMN));
		type->fields = lappend(type->fields, field);
	}
	for (int i = 0; i < lengthof(functions); i++)
	{
		FsqType    *values = aggregate_type(relation, functions[i].type);
		FsqFieldBinding *binding;

		if (values == NULL)
			continue;
		field = fsq_hub_field_make(type, functions[i].field, fsq_type_non_null(values), FSQ_FIELD_OBJECT);
		binding = field->binding;
		binding->relation = relation;
		binding->aggregate = functions[i].aggregate;
		type->fields = lappend(type->fields, field);
	}
	return type;
}

/* The endings of the types' names. */
static const char *const suffixes[NTYPES] = {
	[TYPE_AGGREGATE] = "Aggregate",
	[TYPE_SUM] = "Sum",
	[TYPE_AVG] = "Avg",
	[TYPE_MIN] = "Min",
	[TYPE_MAX] = "Max",
	[TYPE_VARIANCE] = "VarianceAggregate",
	[TYPE_BOOL] = "BoolAggregate"
};

static FsqType *
make_type(FsqRelation *relation, AggregateType number)
{
	char	   *name = psprintf("%s%s", relation->type_name, suffixes[number]);

	if (number == TYPE_AGGREGATE)
		return make_aggregate_type(relation, name);
	for (int i = 0; i < lengthof(functions); i++)
		if (functions[i].type == number)
			return make_values_type(relation, name, functions[i].aggregate);
	return NULL;
}

/* A type that is not there. */
static FsqType no_type;

/* A type of a relation; NULL if it has none. */
static FsqType *
aggregate_type(FsqRelation *relation, AggregateType number)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;

	if (relation->aggregate_types && relation->aggregate_types[number])
		return relation->aggregate_types[number] == &no_type ? NULL : relation->aggregate_types[number];
	fsq_relation_load_columns(relation);
	old = MemoryContextSwitchTo(hub->schema.context);
	if (relation->aggregate_types == NULL)
		relation->aggregate_types = palloc0(sizeof(FsqType *) * NTYPES);
	type = make_type(relation, number);
	if (type)
	{
		type->is_complete = true;
		fsq_names_add(hub->types, type->name, type);
	}
	MemoryContextSwitchTo(old);
	relation->aggregate_types[number] = type ? type : &no_type;
	return type;
}

FsqType *
fsq_aggregate_type(FsqRelation *relation)
{
	return aggregate_type(relation, TYPE_AGGREGATE);
}

FsqType *
fsq_aggregate_type_by_name(FsqHub *hub, const char *name)
{
	for (int i = 0; i < NTYPES; i++)
	{
		FsqRelation *relation = fsq_relation_of_derived(hub, name, suffixes[i]);

		if (relation)
			return aggregate_type(relation, i);
	}
	return NULL;
}

/* ---- fields ---- */

/* The name of the field that aggregates what a list field shows. */
static char *
field_name(FsqHub *hub, const char *list)
{
	return psprintf(hub->naming == FSQ_NAMING_PRESERVE ? "%s_aggregate" : "%sAggregate", list);
}

/* The list field whose aggregate has a name; NULL: it is no such name. */
static char *
list_name(FsqHub *hub, const char *name)
{
	const char *suffix = hub->naming == FSQ_NAMING_PRESERVE ? "_aggregate" : "Aggregate";
	size_t		length = strlen(name);
	size_t		n = strlen(suffix);

	return length > n && strcmp(name + length - n, suffix) == 0 ? pnstrdup(name, length - n) : NULL;
}

/* A field that aggregates the rows of a relation. */
static FsqField *
make_field(FsqType *parent, const char *list, FsqRelation *relation, bool nullable)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqType    *type = fsq_aggregate_type(relation);
	FsqField   *field = fsq_hub_field_make(parent, field_name(hub, list),
										   nullable ? type : fsq_type_non_null(type),
										   FSQ_FIELD_AGGREGATES);

	field->directives = fsq_source_directive(relation);
	field->arguments = list_make1(fsq_hub_argument_make(hub, "where", fsq_where_type(relation),
														FSQ_ARGUMENT_WHERE));
	return field;
}

/* The field of a relation at the root. */
static FsqField *
root_field(FsqRelation *relation)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqAggregateFields *fields = relation->aggregate_fields;
	MemoryContext old;

	if (fields)
		return fields->aggregate;
	old = MemoryContextSwitchTo(hub->schema.context);
	fields = palloc0(sizeof(FsqAggregateFields));
	fields->aggregate = make_field(hub->schema.query, relation->list_field, relation,
								   relation->foreign);
	((FsqFieldBinding *) fields->aggregate->binding)->relation = relation;
	MemoryContextSwitchTo(old);
	relation->aggregate_fields = fields;
	return fields->aggregate;
}

/* The field of a relationship to many rows. */
static FsqField *
object_field(FsqRelationship *relationship)
{
	FsqHub	   *hub = fsq_hub(relationship->source->schema);
	FsqAggregateFields *fields = relationship->aggregate_fields;
	FsqFieldBinding *binding;
	MemoryContext old;

	if (fields)
		return fields->aggregate;
	old = MemoryContextSwitchTo(hub->schema.context);
	fields = palloc0(sizeof(FsqAggregateFields));
	fields->aggregate = make_field(fsq_object_type(relationship->source), relationship->field,
								   fsq_relationship_target(relationship), relationship->nullable);
	binding = fields->aggregate->binding;
	binding->relation = relationship->source;
	binding->relationship = relationship;
	MemoryContextSwitchTo(old);
	relationship->aggregate_fields = fields;
	return fields->aggregate;
}

FsqField *
fsq_aggregate_root_field(FsqHub *hub, const char *name)
{
	char	   *list = list_name(hub, name);
	FsqEntry   *entry = list ? fsq_names_get(hub->by_list, list) : NULL;
	FsqRelation *relation = fsq_entry_relation(hub, entry);

	return relation ? root_field(relation) : NULL;
}

FsqField *
fsq_aggregate_object_field(FsqRelation *relation, const char *name)
{
	char	   *list = list_name(fsq_hub(relation->schema), name);
	FsqRelationship *relationship = list ?
		fsq_relation_relationship_by_field(relation, list) : NULL;

	return relationship && relationship->to_many ? object_field(relationship) : NULL;
}

List *
fsq_aggregate_root_fields(FsqRelation *relation)
{
	return list_make1(root_field(relation));
}

List *
fsq_aggregate_object_fields(FsqRelationship *relationship)
{
	return list_make1(object_field(relationship));
}
