/*-------------------------------------------------------------------------
 *
 * entity.c
 *	  _entities(representations): the rows that a gateway refers to by keys.
 *
 *	  A representation is the name of an entity's type and the values of one of
 *	  its keys.  All those of one type and key are one fetch, which asks for the
 *	  distinct keys at once as the fetch of a relationship does; its parents are
 *	  the representations.  Which types and keys there are is part of the shape
 *	  of a request; their values are not.
 *
 *	  Other members of a representation are left alone, as the specification of
 *	  subgraphs says.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "graphql/scalar.h"
#include "graphql/sql.h"
#include "graphql/suggest.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "plan/build.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"

/* A representation as it was read. */
typedef struct Representation
{
	FsqRelation *relation;
	FsqKey	   *key;
	JsonbValue **values;		/* in step with the key's columns */
} Representation;

/* Where representations come from, and where to say what is wrong with them. */
typedef struct Reader
{
	FsqSchema  *schema;
	FsqErrorList *errors;		/* NULL: nobody wants to know */
	int			offset;			/* of the field */
	int			number;			/* of the representation, from 0 */
} Reader;

/* ---- reading ---- */

static void
complain(Reader *r, const char *fmt,...) pg_attribute_printf(2, 3);

/* Say what is wrong with the representation that is being read. */
static void
complain(Reader *r, const char *fmt,...)
{
	StringInfoData message;
	va_list		args;
	int			needed;

	if (r->errors == NULL)
		return;
	initStringInfo(&message);
	appendStringInfo(&message, "representations[%d] ", r->number);
	for (;;)
	{
		va_start(args, fmt);
		needed = appendStringInfoVA(&message, fmt, args);
		va_end(args);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	fsq_error_at(r->errors, FSQ_BAD_USER_INPUT, r->offset, "%s", message.data);
}

/* The names of the keys that a representation may have. */
static char *
key_names(List *keys)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, keys)
	{
		const FsqKey *key = lfirst(lc);

		appendStringInfoString(&names, foreach_current_index(lc) ? ", \"" : "\"");
		for (int i = 0; i < key->ncolumns; i++)
			appendStringInfo(&names, "%s%s", i ? " " : "", key->columns[i]->field);
		appendStringInfoChar(&names, '"');
	}
	return names.data;
}

/* The names of all entities' types. */
static List *
entity_names(FsqSchema *schema)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, fsq_type_possible_types(fsq_schema_type(schema, "_Entity")))
		names = lappend(names, unconstify(char *, ((FsqType *) lfirst(lc))->name));
	return names;
}

static JsonbValue *
member_of(Jsonb *object, const char *name)
{
	return getKeyJsonValueFromContainer(&object->root, name, strlen(name), NULL);
}

/* Take the values of a key from a representation; false if it has not got all of them. */
static bool
take_key(Representation *result, Jsonb *object, FsqKey *key)
{
	result->key = key;
	result->values = palloc(sizeof(JsonbValue *) * key->ncolumns);
	for (int i = 0; i < key->ncolumns; i++)
	{
		const char *field = key->columns[i]->field;

		result->values[i] = member_of(object, fsq_text_to_server(field, strlen(field)));
		if (result->values[i] == NULL || result->values[i]->type == jbvNull)
			return false;
	}
	return true;
}

/* A string of a representation, in UTF-8. */
static char *
utf8_string(const JsonbValue *value)
{
	char	   *text = pnstrdup(value->val.string.val, value->val.string.len);

	return pg_server_to_any(text, strlen(text), PG_UTF8);
}

/* JSON that jsonb may not be able to hold. */
typedef struct JsonStep
{
	const char *text;			/* UTF-8 */
	Jsonb	   *json;
} JsonStep;

static void
json_step(void *arg)
{
	JsonStep   *step = arg;
	const char *text = fsq_text_to_server(step->text, strlen(step->text));

	step->json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
}

/* It as jsonb; NULL after adding an error. */
static Jsonb *
read_json(Reader *r, const char *text)
{
	JsonStep	step = {.text = text};
	const char *message = fsq_try_input(json_step, &step);

	if (message)
		complain(r, "cannot be read: %s.", message);
	return step.json;
}

/* Read a representation; false after adding an error. */
static bool
read_representation(Reader *r, const FsqInput *input, Representation *result)
{
	Jsonb	   *object = read_json(r, input->str);
	JsonbValue *name;
	char	   *type;
	List	   *keys;
	ListCell   *lc;

	if (object == NULL)
		return false;
	if (!JB_ROOT_IS_OBJECT(object))
	{
		complain(r, "must be an object, not %s.", input->str);
		return false;
	}
	name = member_of(object, "__typename");
	if (name == NULL || name->type != jbvString)
	{
		complain(r, "must have the name of an entity's type as \"__typename\"%s%s.",
				 name ? ", not " : "", name ? fsq_json_inspect(name) : "");
		return false;
	}
	type = utf8_string(name);
	result->relation = fsq_entity_relation(r->schema, type);
	if (result->relation == NULL)
	{
		complain(r, "is of the type \"%s\", which is no entity of this subgraph.%s", type,
				 r->errors ? fsq_did_you_mean(NULL, fsq_suggestions(type, entity_names(r->schema))) : "");
		return false;
	}
	keys = fsq_relation_entity_keys(result->relation);
	foreach(lc, keys)
		if (take_key(result, object, lfirst(lc)))
			return true;
	complain(r, "has no key of \"%s\": it needs %s.", type, key_names(keys));
	return false;
}

/* ---- planning ---- */

/* The group of a representation, made if it is new. */
static FsqEntityGroup *
find_group(FsqEntities *entities, const Representation *representation, bool add)
{
	FsqEntityGroup *group;

	for (int i = 0; i < entities->ngroups; i++)
	{
		group = &entities->groups[i];
		if (group->key == representation->key)
			return group;
	}
	if (!add)
		return NULL;
	group = &entities->groups[entities->ngroups++];
	group->relation = representation->relation;
	group->key = representation->key;
	return group;
}

/* The parameters that stand for the values of a group's key. */
static void
make_params(FsqBuilder *builder, FsqEntityGroup *group, int offset)
{
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);

	group->params = palloc0(sizeof(FsqPlanParam) * group->key->ncolumns);
	for (int i = 0; i < group->key->ncolumns; i++)
	{
		FsqPlanParam *param = &group->params[i];
		FsqColumn  *column = group->key->columns[i];
		Oid			function;

		param->source = FSQ_PARAM_CONSTANT;
		param->use = FSQ_USE_VALUE;
		param->type = param->value_type = column->base_type;
		param->where = psprintf("%s.%s", group->relation->type_name, column->field);
		param->offset = offset;
		get_typlenbyvalalign(param->value_type, &param->typlen, &param->typbyval, &param->typalign);
		getTypeInputInfo(param->value_type, &function, &param->ioparam);
		fmgr_info(function, &param->input);
	}
	MemoryContextSwitchTo(old);
}

/* Make the fetch of a group. */
static void
plan_group(FsqBuilder *builder, FsqEntities *entities, FsqEntityGroup *group,
		   FsqType *parent_type, FsqField *field, FsqFieldGroup *nodes)
{
	MemoryContext context = builder->plan->context;
	FsqFetch   *fetch = MemoryContextAllocZero(context, sizeof(FsqFetch));
	FsqType    *type = fsq_schema_type(builder->schema, group->relation->type_name);
	List	   *children = NIL;
	FsqParts	parts = {.fetch = fetch, .type = type, .children = &children};
	FsqArguments arguments = {0};

	group->fetch = fetch;
	fetch->entities = entities;
	fetch->relation = group->relation;
	fetch->parent_type = parent_type->name;
	fetch->field = field->name;
	fetch->key = entities->key;
	fetch->path = entities->path;
	fetch->offset = entities->offset;
	fetch->number = list_length(builder->fetches);
	dlist_init(&fetch->others);
	fsq_relation_load_columns(fetch->relation);
	builder->fetches = lappend(builder->fetches, fetch);
	fetch->nkeys = group->key->ncolumns;
	fetch->keys = MemoryContextAllocZero(context, sizeof(FsqKeyColumn) * fetch->nkeys);
	for (int i = 0; i < fetch->nkeys; i++)
	{
		FsqColumn  *column = group->key->columns[i];

		fsq_key_init(&fetch->keys[i], column, column, false);
		fetch->keys[i].child_column = fsq_result_column(builder, fetch, column);
	}
	fsq_parts_collect(builder, fsq_collect_subfields(&builder->collector, type, nodes), &parts);
	fsq_fetch_set_object(builder, fetch, &parts);
	fsq_fetch_finish(builder, fetch, &arguments);
	make_params(builder, group, entities->offset);
}

/* Group the representations of a request; false after adding errors. */
static bool
make_groups(FsqBuilder *builder, FsqEntities *entities, const FsqInput *list)
{
	Reader		r = {.schema = builder->schema, .errors = builder->errors, .offset = entities->offset};
	int			before = list_length(builder->errors->errors);

	entities->groups = MemoryContextAllocZero(builder->plan->context,
											  sizeof(FsqEntityGroup) * Max(list->nitems, 1));
	for (r.number = 0; r.number < list->nitems; r.number++)
	{
		Representation representation;

		CHECK_FOR_INTERRUPTS();
		if (read_representation(&r, list->items[r.number], &representation))
			find_group(entities, &representation, true);
	}
	return list_length(builder->errors->errors) == before;
}

FsqEntities *
fsq_plan_entities(FsqBuilder *builder, FsqType *parent_type, FsqField *field, FsqFieldGroup *group)
{
	FsqFieldNode *node = linitial(group->nodes);
	FsqInput  **values = fsq_coerce_arguments(builder->schema, field->arguments, node->arguments,
											  (FsqNode *) node, builder->variables, builder->errors);
	MemoryContext old = MemoryContextSwitchTo(builder->plan->context);
	FsqEntities *entities = palloc0(sizeof(FsqEntities));

	entities->number = list_length(builder->entities);
	entities->key = pstrdup(group->key);
	entities->path = list_make1(unconstify(char *, entities->key));
	entities->offset = node->node.start;
	MemoryContextSwitchTo(old);
	builder->entities = lappend(builder->entities, entities);
	if (values == NULL)
		return entities;
	entities->variable = values[0]->variable;
	if (entities->variable < 0 || values[0]->parent)
	{
		/* what stands in the document is not looked for again */
		entities->variable = -1;
		entities->input = values[0];
		builder->plan->cacheable = false;
	}
	if (!make_groups(builder, entities, values[0]))
		return entities;
	for (int i = 0; i < entities->ngroups; i++)
		plan_group(builder, entities, &entities->groups[i], parent_type, field, group);
	return entities;
}

/* ---- shapes ---- */

static int
compare_pointers(const ListCell *a, const ListCell *b)
{
	return lfirst(a) < lfirst(b) ? -1 : lfirst(a) > lfirst(b);
}

/*
 * Append what a plan depends on of representations: the keys that they have,
 * each once and in an order of their own.  A plan lives no longer than the
 * schema that has these keys.
 */
void
fsq_entities_shape(StringInfo shape, const FsqInput *list)
{
	Reader		r = {.schema = list->type->schema ? list->type->schema : fsq_type_named(list->type)->schema};
	List	   *keys = NIL;
	ListCell   *lc;

	for (r.number = 0; r.number < list->nitems; r.number++)
	{
		Representation representation;

		CHECK_FOR_INTERRUPTS();
		if (read_representation(&r, list->items[r.number], &representation))
			keys = list_append_unique_ptr(keys, representation.key);
		else
			appendStringInfo(shape, "?%d", r.number);
	}
	list_sort(keys, compare_pointers);
	foreach(lc, keys)
		appendStringInfo(shape, "%p,", lfirst(lc));
}

/* ---- values ---- */

/* A member of a representation as an input value; NULL after adding an error. */
static FsqInput *
member_input(Reader *r, const FsqPlanParam *param, FsqColumn *column, const JsonbValue *value)
{
	FsqType    *type = fsq_type_named(column->gql_type);
	FsqInput   *input = palloc0(sizeof(FsqInput));

	input->type = type;
	input->variable = -1;
	switch (value->type)
	{
		case jbvString:
			input->kind = FSQ_VALUE_STRING;
			input->str = utf8_string(value);
			break;
		case jbvNumeric:
			input->kind = FSQ_VALUE_NUMBER;
			input->str = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(value->val.numeric)));
			break;
		case jbvBool:
			input->kind = FSQ_VALUE_BOOLEAN;
			input->boolean = value->val.boolean;
			break;
		default:
			complain(r, "must have a scalar as \"%s\".", param->where);
			return NULL;
	}
	input->length = input->str ? strlen(input->str) : 0;
	if (type->kind != FSQ_ENUM)
		return input;
	input->enum_value = input->str ? fsq_type_enum_value(type, input->str) : NULL;
	input->kind = FSQ_VALUE_ENUM;
	if (input->enum_value)
		return input;
	complain(r, "must have a value of \"%s\" as \"%s\".", type->name, param->where);
	return NULL;
}

/* What the conversion of all values of a field's representations needs. */
typedef struct Conversion
{
	int			n;
	int			capacity;
	FsqPlanParam **params;
	FsqInput  **inputs;
	Datum	  **targets;
} Conversion;

static void
add_conversion(Conversion *c, FsqPlanParam *param, FsqInput *input, Datum *target)
{
	if (c->n == c->capacity)
	{
		c->capacity = Max(16, c->capacity * 2);
		c->params = c->n ? repalloc(c->params, sizeof(FsqPlanParam *) * c->capacity) :
			palloc(sizeof(FsqPlanParam *) * c->capacity);
		c->inputs = c->n ? repalloc(c->inputs, sizeof(FsqInput *) * c->capacity) :
			palloc(sizeof(FsqInput *) * c->capacity);
		c->targets = c->n ? repalloc(c->targets, sizeof(Datum *) * c->capacity) :
			palloc(sizeof(Datum *) * c->capacity);
	}
	c->params[c->n] = param;
	c->inputs[c->n] = input;
	c->targets[c->n++] = target;
}

/* The values of one field's representations. */
static bool
read_values(const FsqPlan *plan, FsqEntities *entities, const FsqInput *list,
			FsqEntityValues *values, FsqErrorList *errors)
{
	Reader		r = {.schema = plan->schema, .errors = errors, .offset = entities->offset};
	Conversion	conversion = {0};
	bool		ok = true;

	values->n = list->nitems;
	values->values = palloc0(sizeof(FsqEntityValue) * Max(values->n, 1));
	for (r.number = 0; r.number < values->n; r.number++)
	{
		FsqEntityValue *value = &values->values[r.number];
		Representation representation;

		CHECK_FOR_INTERRUPTS();
		if (!read_representation(&r, list->items[r.number], &representation))
			return false;
		value->group = find_group(entities, &representation, false);
		if (value->group == NULL)
			elog(ERROR, "the plan has no fetch for a representation");
		value->keys = palloc0(sizeof(Datum) * value->group->key->ncolumns);
		for (int i = 0; i < value->group->key->ncolumns; i++)
		{
			FsqPlanParam *param = &value->group->params[i];
			FsqInput   *input = member_input(&r, param, value->group->key->columns[i],
											 representation.values[i]);

			ok &= input != NULL;
			if (input)
				add_conversion(&conversion, param, input, &value->keys[i]);
		}
	}
	return fsq_params_convert(conversion.params, conversion.inputs, conversion.targets,
							  conversion.n, errors) && ok;
}

bool
fsq_entity_values(const FsqPlan *plan, const FsqPlanView *view, FsqVariables *variables,
				  FsqErrorList *errors, FsqEntityValues ***result)
{
	bool		ok = true;

	*result = palloc0(sizeof(FsqEntityValues *) * Max(plan->nentities, 1));
	for (int i = 0; i < view->object->noutputs; i++)
	{
		FsqEntities *entities = view->object->outputs[i].entities;
		FsqEntityValues *values;

		if (view->object->outputs[i].kind != FSQ_OUTPUT_ENTITIES)
			continue;
		values = (*result)[entities->number] = palloc0(sizeof(FsqEntityValues));
		ok = read_values(plan, entities,
						 entities->input ? entities->input : variables->values[entities->variable],
						 values, errors) && ok;
	}
	return ok;
}

int
fsq_entity_count(const FsqEntityValues *values, const FsqFetch *fetch)
{
	int			n = 0;

	for (int i = 0; i < values->n; i++)
		n += values->values[i].group->fetch == fetch;
	return n;
}
