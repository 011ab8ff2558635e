/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  The GraphQL types and fields of aggregates: usersAggregate and usersGroupBy
 *	  at the root, ordersAggregate and ordersGroupBy of each user.
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
#include "schema/aggregate.h"
#include "schema/names.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

typedef struct FsqAggregateFields
{
	FsqField   *aggregate;
	FsqField   *group_by;		/* NULL: no column can be grouped by */
	/* of a relationship */
	FsqInputValue *where;
	FsqInputValue *order_by;
} FsqAggregateFields;

const FsqAggregateRule fsq_aggregate_rules[FSQ_N_AGGREGATE_RULES] = {
	{FSQ_AGGREGATE_SUM, "sum", "sum", FSQ_TYPE_SUM, FSQ_TYPE_SUM_FILTER, FSQ_TYPE_SUM_AVG_ORDER_BY},
	{FSQ_AGGREGATE_AVG, "avg", "avg", FSQ_TYPE_AVG, FSQ_TYPE_AVG_FILTER, FSQ_TYPE_SUM_AVG_ORDER_BY},
	{FSQ_AGGREGATE_MIN, "min", "min", FSQ_TYPE_MIN, FSQ_TYPE_MIN_MAX_FILTER, FSQ_TYPE_MIN_MAX_ORDER_BY},
	{FSQ_AGGREGATE_MAX, "max", "max", FSQ_TYPE_MAX, FSQ_TYPE_MIN_MAX_FILTER, FSQ_TYPE_MIN_MAX_ORDER_BY},
	{FSQ_AGGREGATE_STDDEV, "stddev", "stddev", FSQ_TYPE_VARIANCE, FSQ_NO_TYPE, FSQ_NO_TYPE},
	{FSQ_AGGREGATE_VARIANCE, "variance", "variance", FSQ_TYPE_VARIANCE, FSQ_NO_TYPE, FSQ_NO_TYPE},
	{FSQ_AGGREGATE_BOOL_AND, "boolAnd", "bool_and", FSQ_TYPE_BOOL, FSQ_NO_TYPE, FSQ_NO_TYPE},
	{FSQ_AGGREGATE_BOOL_OR, "boolOr", "bool_or", FSQ_TYPE_BOOL, FSQ_NO_TYPE, FSQ_NO_TYPE}
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

/*
 * A function that the owner of a type has made for it, in the type's schema: an
 * extension's types have theirs.  What others call so is nobody's answer.
 */
static Oid
find_own_function(const char *name, Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Form_pg_type form;
	Oid			function;
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	form = (Form_pg_type) GETSTRUCT(tuple);
	function = find_function(name, type, form->typnamespace);
	owner = form->typowner;
	ReleaseSysCache(tuple);
	if (!OidIsValid(function))
		return InvalidOid;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	if (((Form_pg_proc) GETSTRUCT(tuple))->proowner != owner)
		function = InvalidOid;
	ReleaseSysCache(tuple);
	return function;
}

Oid
fsq_aggregate_function(FsqAggregate aggregate, Oid type, Oid *result)
{
	const char *name = NULL;
	Oid			argument = type == VARCHAROID ? TEXTOID : type_is_enum(type) ? ANYENUMOID : type;
	Oid			function;

	for (int i = 0; i < FSQ_N_AGGREGATE_RULES; i++)
		if (fsq_aggregate_rules[i].aggregate == aggregate)
			name = fsq_aggregate_rules[i].function;
	function = find_function(name, argument, PG_CATALOG_NAMESPACE);
	if (!OidIsValid(function))
		function = find_own_function(name, type);
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
	FsqSchema  *schema = column->relation->schema;
	FsqValueType value;

	if (aggregate != FSQ_AGGREGATE_MIN && aggregate != FSQ_AGGREGATE_MAX)
	{
		value = fsq_value_type(schema, result);
		if (fsq_hub(schema)->rules->computed_numbers && (result == INT8OID || result == NUMERICOID))
			value.form = FSQ_JSON_NUMBER;
		return value;
	}
	value = fsq_column_value_type(column);
	value.type = result;
	return value;
}

FsqValueType
fsq_count_value_type(FsqSchema *schema)
{
	FsqHub	   *hub = fsq_hub(schema);
	FsqValueType value = fsq_value_type(schema, INT8OID);

	value.gql_type = fsq_scalar_type(hub, hub->rules->count);
	if (hub->rules->computed_numbers)
		value.form = FSQ_JSON_NUMBER;
	return value;
}

bool
fsq_column_has_aggregate(FsqColumn *column, FsqAggregate aggregate, FsqValueType *value)
{
	bool		extreme = aggregate == FSQ_AGGREGATE_MIN || aggregate == FSQ_AGGREGATE_MAX;
	Oid			result;

	if ((column->id && !extreme) || column->form == FSQ_JSON_ARRAY ||
		!OidIsValid(fsq_aggregate_function(aggregate, column->base_type, &result)))
		return false;
	*value = fsq_aggregate_value_type(aggregate, column, result);
	return true;
}

bool
fsq_column_is_key(FsqColumn *column)
{
	FsqType    *type = fsq_column_enum_type(column->relation);
	ListCell   *lc;

	foreach(lc, type ? type->enum_values : NIL)
		if (((FsqEnumValue *) lfirst(lc))->binding == column)
			return true;
	return false;
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

		if (fsq_column_has_aggregate(column, aggregate, &value))
			type->fields = lappend(type->fields,
								   value_field(type, column->field, value.gql_type,
											   FSQ_AGGREGATE_NONE, column));
	}
	return type->fields ? type : NULL;
}

/* A field for an object of values of the same row; in the current context. */
static FsqField *
inner_field(FsqType *parent, const char *name, FsqType *type, FsqAggregate aggregate)
{
	FsqField   *field = fsq_hub_field_make(parent, name, fsq_type_non_null(type), FSQ_FIELD_OBJECT);
	FsqFieldBinding *binding = field->binding;

	binding->relation = parent->binding;
	binding->aggregate = aggregate;
	return field;
}

/* UserAggregate */
static FsqType *
make_aggregate_type(FsqRelation *relation, const char *name)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqType    *type = fsq_hub_type_make(hub, FSQ_OBJECT, name);
	FsqType    *count = fsq_type_non_null(fsq_scalar_type(hub, hub->rules->count));
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
	for (int i = 0; i < FSQ_N_AGGREGATE_RULES; i++)
	{
		const FsqAggregateRule *rule = &fsq_aggregate_rules[i];
		FsqType    *values = fsq_aggregate_type_of(relation, rule->type);

		if (values)
			type->fields = lappend(type->fields,
								   inner_field(type, rule->field, values, rule->aggregate));
	}
	return type;
}

/* UserGroupBy */
static FsqType *
make_group_type(FsqRelation *relation, const char *name)
{
	FsqType    *type = fsq_hub_type_make(fsq_hub(relation->schema), FSQ_OBJECT, name);
	FsqType    *key = fsq_aggregate_type_of(relation, FSQ_TYPE_GROUP_BY_KEY);

	if (key == NULL)
		return NULL;
	type->description = "Rows with the same key, and what is computed of them";
	type->binding = relation;
	type->fields = list_make2(inner_field(type, "key", key, FSQ_AGGREGATE_NONE),
							  inner_field(type, "aggregate", fsq_aggregate_type(relation),
										  FSQ_AGGREGATE_NONE));
	return type;
}

/* UserGroupByKey: the columns that can be grouped by; NULL: none. */
static FsqType *
make_key_type(FsqRelation *relation, const char *name)
{
	FsqType    *type = fsq_hub_type_make(fsq_hub(relation->schema), FSQ_OBJECT, name);

	type->description = "What the rows of a group have in common: columns that \"by\" names";
	type->binding = relation;
	for (int i = 0; i < relation->ncolumns; i++)
	{
		FsqColumn  *column = &relation->columns[i];
		FsqField   *field;

		if (!fsq_column_is_key(column))
			continue;
		field = fsq_hub_field_make(type, column->field, column->gql_type, FSQ_FIELD_GROUP_KEY);
		((FsqFieldBinding *) field->binding)->relation = relation;
		((FsqFieldBinding *) field->binding)->column = column;
		type->fields = lappend(type->fields, field);
	}
	return type->fields ? type : NULL;
}

/* The endings of the types' names. */
static const char *const suffixes[FSQ_N_AGGREGATE_TYPES] = {
	[FSQ_TYPE_AGGREGATE] = "Aggregate",
	[FSQ_TYPE_SUM] = "Sum",
	[FSQ_TYPE_AVG] = "Avg",
	[FSQ_TYPE_MIN] = "Min",
	[FSQ_TYPE_MAX] = "Max",
	[FSQ_TYPE_VARIANCE] = "VarianceAggregate",
	[FSQ_TYPE_BOOL] = "BoolAggregate",
	[FSQ_TYPE_GROUP_BY] = "GroupBy",
	[FSQ_TYPE_GROUP_BY_KEY] = "GroupByKey",
	[FSQ_TYPE_HAVING] = "HavingInput",
	[FSQ_TYPE_AGGREGATE_FILTER] = "AggregateFilter",
	[FSQ_TYPE_SUM_FILTER] = "SumFilter",
	[FSQ_TYPE_AVG_FILTER] = "AvgFilter",
	[FSQ_TYPE_MIN_MAX_FILTER] = "MinMaxFilter",
	[FSQ_TYPE_AGGREGATE_ORDER_BY] = "AggregateOrderByInput",
	[FSQ_TYPE_SUM_AVG_ORDER_BY] = "SumAvgOrderByInput",
	[FSQ_TYPE_MIN_MAX_ORDER_BY] = "MinMaxOrderByInput",
	[FSQ_TYPE_GROUP_BY_ORDER_BY] = "GroupByOrderByInput",
	[FSQ_TYPE_GROUP_BY_KEY_ORDER_BY] = "GroupByKeyOrderByInput",
	[FSQ_TYPE_BUCKETS] = "BucketsInput"
};

static FsqType *
make_type(FsqRelation *relation, FsqAggregateType number)
{
	char	   *name = psprintf("%s%s", relation->type_name,
								fsq_naming_word(fsq_hub(relation->schema)->rules, suffixes[number]));

	if (number == FSQ_TYPE_AGGREGATE)
		return make_aggregate_type(relation, name);
	if (number == FSQ_TYPE_GROUP_BY)
		return make_group_type(relation, name);
	if (number == FSQ_TYPE_GROUP_BY_KEY)
		return make_key_type(relation, name);
	for (int i = 0; i < FSQ_N_AGGREGATE_RULES; i++)
		if (fsq_aggregate_rules[i].type == number)
			return make_values_type(relation, name, fsq_aggregate_rules[i].aggregate);
	return fsq_aggregate_input_type(relation, number, name);
}

/* A type that is not there. */
static FsqType no_type;

FsqType *
fsq_aggregate_type_of(FsqRelation *relation, FsqAggregateType number)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	MemoryContext old;
	FsqType    *type;

	if (relation->aggregate_types && relation->aggregate_types[number])
		return relation->aggregate_types[number] == &no_type ? NULL : relation->aggregate_types[number];
	fsq_relation_load_columns(relation);
	old = MemoryContextSwitchTo(hub->schema.context);
	if (relation->aggregate_types == NULL)
		relation->aggregate_types = palloc0(sizeof(FsqType *) * FSQ_N_AGGREGATE_TYPES);
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
	return fsq_aggregate_type_of(relation, FSQ_TYPE_AGGREGATE);
}

FsqType *
fsq_aggregate_type_by_name(FsqHub *hub, const char *name)
{
	if (strcmp(name, FSQ_TIME_BUCKET) == 0)
		return fsq_time_bucket_type(hub);
	for (int i = 0; i < FSQ_N_AGGREGATE_TYPES; i++)
	{
		FsqRelation *relation = fsq_relation_of_derived(hub, name,
														fsq_naming_word(hub->rules, suffixes[i]));

		if (relation)
			return fsq_aggregate_type_of(relation, i);
	}
	return NULL;
}

/* ---- fields ---- */

/* The list field to which a name adds an ending; NULL: it has not got that. */
static char *
list_name(const char *name, const char *suffix)
{
	size_t		length = strlen(name);
	size_t		n = strlen(suffix);

	return length > n && strcmp(name + length - n, suffix) == 0 ? pnstrdup(name, length - n) : NULL;
}

/* A field that reads many rows of a relation to compute something of them. */
static FsqField *
make_field(FsqType *parent, const char *list, const char *suffix, FsqRelation *relation,
		   FsqType *type, bool nullable, FsqFieldKind kind)
{
	FsqField   *field = fsq_hub_field_make(parent, psprintf("%s%s", list, suffix),
										   nullable ? type : fsq_type_non_null(type), kind);

	field->directives = fsq_source_directive(relation);
	return field;
}

static void
add_argument(FsqHub *hub, FsqField *field, const char *name, FsqType *type, FsqArgumentKind kind)
{
	if (type)
		field->arguments = lappend(field->arguments,
								   fsq_hub_argument_make(hub, fsq_naming_word(hub->rules, name), type, kind));
}

/* usersAggregate(where) */
static FsqField *
make_aggregate_field(FsqType *parent, const char *list, FsqRelation *relation, bool nullable)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqField   *field = make_field(parent, list, hub->rules->aggregate, relation,
								   fsq_aggregate_type(relation), nullable, FSQ_FIELD_AGGREGATES);

	add_argument(hub, field, "where", fsq_where_type(relation), FSQ_ARGUMENT_WHERE);
	return field;
}

/* Whether what buckets mean for one of its columns depends on a time zone. */
static bool
has_timestamptz(const FsqRelation *relation)
{
	for (int i = 0; i < relation->ncolumns; i++)
		if (relation->columns[i].base_type == TIMESTAMPTZOID)
			return true;
	return false;
}

/* usersGroupBy(by, ..); NULL if no column can be grouped by */
static FsqField *
make_group_field(FsqType *parent, const char *list, FsqRelation *relation, bool nullable)
{
	FsqHub	   *hub = fsq_hub(relation->schema);
	FsqType    *columns = fsq_column_enum_type(relation);
	FsqType    *buckets = fsq_aggregate_type_of(relation, FSQ_TYPE_BUCKETS);
	FsqType    *order = fsq_aggregate_type_of(relation, FSQ_TYPE_GROUP_BY_ORDER_BY);
	FsqField   *field;

	if (columns == NULL)
		return NULL;
	field = make_field(parent, list, hub->rules->group_by, relation,
					   fsq_type_list(fsq_type_non_null(fsq_aggregate_type_of(relation, FSQ_TYPE_GROUP_BY))),
					   nullable, FSQ_FIELD_GROUP_BY);
	add_argument(hub, field, "by", fsq_type_non_null(fsq_type_list(fsq_type_non_null(columns))),
				 FSQ_ARGUMENT_BY);
	add_argument(hub, field, "buckets", buckets, FSQ_ARGUMENT_BUCKETS);
	if (buckets && has_timestamptz(relation))
		add_argument(hub, field, "timeZone", fsq_scalar_type(hub, "String"), FSQ_ARGUMENT_TIME_ZONE);
	add_argument(hub, field, "where", fsq_where_type(relation), FSQ_ARGUMENT_WHERE);
	add_argument(hub, field, "having", fsq_aggregate_type_of(relation, FSQ_TYPE_HAVING),
				 FSQ_ARGUMENT_HAVING);
	add_argument(hub, field, "orderBy", fsq_type_list(fsq_type_non_null(order)), FSQ_ARGUMENT_ORDER_BY);
	add_argument(hub, field, "limit", fsq_scalar_type(hub, "Int"), FSQ_ARGUMENT_LIMIT);
	add_argument(hub, field, "offset", fsq_scalar_type(hub, "Int"), FSQ_ARGUMENT_OFFSET);
	return field;
}

/* The fields of a relation at the root. */
static FsqAggregateFields *
root_fields(FsqRelation *relation)
{
	FsqType    *query = relation->schema->query;
	FsqAggregateFields *fields;
	MemoryContext old;

	if (relation->aggregate_fields)
		return relation->aggregate_fields;
	old = MemoryContextSwitchTo(relation->schema->context);
	fields = palloc0(sizeof(FsqAggregateFields));
	fields->aggregate = make_aggregate_field(query, relation->list_field, relation, relation->foreign);
	fields->group_by = make_group_field(query, relation->list_field, relation, relation->foreign);
	((FsqFieldBinding *) fields->aggregate->binding)->relation = relation;
	if (fields->group_by)
		((FsqFieldBinding *) fields->group_by->binding)->relation = relation;
	MemoryContextSwitchTo(old);
	return relation->aggregate_fields = fields;
}

static void
bind_relationship(FsqField *field, FsqRelationship *relationship)
{
	FsqFieldBinding *binding = field->binding;

	binding->relation = relationship->source;
	binding->relationship = relationship;
}

/* The fields of a relationship to many rows. */
static FsqAggregateFields *
object_fields(FsqRelationship *relationship)
{
	FsqType    *parent = fsq_object_type(relationship->source);
	FsqRelation *target = fsq_relationship_target(relationship);
	FsqAggregateFields *fields;
	MemoryContext old;

	if (relationship->aggregate_fields)
		return relationship->aggregate_fields;
	old = MemoryContextSwitchTo(target->schema->context);
	fields = palloc0(sizeof(FsqAggregateFields));
	fields->aggregate = make_aggregate_field(parent, relationship->field, target, relationship->nullable);
	fields->group_by = make_group_field(parent, relationship->field, target, relationship->nullable);
	bind_relationship(fields->aggregate, relationship);
	if (fields->group_by)
		bind_relationship(fields->group_by, relationship);
	MemoryContextSwitchTo(old);
	return relationship->aggregate_fields = fields;
}

/* The relation whose list field a name adds an ending to; NULL: none. */
static FsqRelation *
root_relation(FsqHub *hub, const char *name, const char *suffix)
{
	char	   *list = list_name(name, suffix);

	return list ? fsq_entry_relation(hub, fsq_names_get(hub->by_list, list)) : NULL;
}

FsqField *
fsq_aggregate_root_field(FsqHub *hub, const char *name)
{
	FsqRelation *relation;

	if ((relation = root_relation(hub, name, hub->rules->aggregate)))
		return root_fields(relation)->aggregate;
	if ((relation = root_relation(hub, name, hub->rules->group_by)))
		return root_fields(relation)->group_by;
	return NULL;
}

/* The relationship to many rows whose field a name adds an ending to; NULL: none. */
static FsqRelationship *
named_list(FsqRelation *relation, const char *name, const char *suffix)
{
	char	   *list = list_name(name, suffix);

	return list ? fsq_relation_list_by_field(relation, list) : NULL;
}

/* The same without those through join tables, which filters and orders do not group. */
static FsqRelationship *
named_relationship(FsqRelation *relation, const char *name, const char *suffix)
{
	FsqRelationship *relationship = named_list(relation, name, suffix);

	return relationship && relationship->back == NULL ? relationship : NULL;
}

FsqField *
fsq_aggregate_object_field(FsqRelation *relation, const char *name)
{
	const FsqNamingRules *rules = fsq_hub(relation->schema)->rules;
	FsqRelationship *relationship;

	if ((relationship = named_list(relation, name, rules->aggregate)))
		return object_fields(relationship)->aggregate;
	if ((relationship = named_list(relation, name, rules->group_by)))
		return object_fields(relationship)->group_by;
	return NULL;
}

/* An input field of a relationship that is called as its aggregate; made once. */
static FsqInputValue *
related_input(FsqRelationship *relationship, FsqAggregateType number, FsqInputValue **field)
{
	FsqRelation *target = fsq_relationship_target(relationship);
	MemoryContext old;

	if (*field)
		return *field;
	old = MemoryContextSwitchTo(target->schema->context);
	*field = fsq_hub_input_make(fsq_hub(target->schema), object_fields(relationship)->aggregate->name,
								fsq_aggregate_type_of(target, number),
								fsq_input_binding_make(FSQ_INPUT_CHILD_AGGREGATE, NULL, relationship));
	MemoryContextSwitchTo(old);
	return *field;
}

FsqInputValue *
fsq_aggregate_related_where_field(FsqRelationship *relationship)
{
	return related_input(relationship, FSQ_TYPE_AGGREGATE_FILTER, &object_fields(relationship)->where);
}

FsqInputValue *
fsq_aggregate_related_order_by_field(FsqRelationship *relationship)
{
	return related_input(relationship, FSQ_TYPE_AGGREGATE_ORDER_BY,
						 &object_fields(relationship)->order_by);
}

FsqInputValue *
fsq_aggregate_where_field(FsqRelation *relation, const char *name)
{
	FsqRelationship *relationship =
		named_relationship(relation, name, fsq_hub(relation->schema)->rules->aggregate);

	return relationship ? fsq_aggregate_related_where_field(relationship) : NULL;
}

FsqInputValue *
fsq_aggregate_order_by_field(FsqRelation *relation, const char *name)
{
	FsqRelationship *relationship =
		named_relationship(relation, name, fsq_hub(relation->schema)->rules->aggregate);

	return relationship ? fsq_aggregate_related_order_by_field(relationship) : NULL;
}

static List *
list_fields(const FsqAggregateFields *fields)
{
	return fields->group_by ? list_make2(fields->aggregate, fields->group_by) :
		list_make1(fields->aggregate);
}

List *
fsq_aggregate_root_fields(FsqRelation *relation)
{
	return list_fields(root_fields(relation));
}

List *
fsq_aggregate_object_fields(FsqRelationship *relationship)
{
	return list_fields(object_fields(relationship));
}
