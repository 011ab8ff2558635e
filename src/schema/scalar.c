/*-------------------------------------------------------------------------
 *
 * scalar.c
 *	  The GraphQL types of columns: scalars and enums.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "schema/hub.h"
#include "schema/names.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* ---- rules ---- */

static const struct
{
	const char *name;
	FsqScalarKind kind;
	const char *description;
}			scalars[] = {
	{"BigInt", FSQ_SCALAR_TEXT_OR_NUMBER,
	"64-bit integer, written as a string unless fraiseql.bigint_as is number"},
	{"Decimal", FSQ_SCALAR_TEXT_OR_NUMBER,
	"Exact number, written as a string unless fraiseql.numeric_as is number; never rounded"},
	{"DateTime", FSQ_SCALAR_TEXT,
	"Date and time, RFC 3339; a timestamp without time zone has no offset"},
	{"Date", FSQ_SCALAR_TEXT, "Date, as YYYY-MM-DD"},
	{"Time", FSQ_SCALAR_TEXT, "Time of day, as HH:MM:SS"},
	{"Interval", FSQ_SCALAR_TEXT, "Span of time, as PostgreSQL writes it"},
	{"UUID", FSQ_SCALAR_TEXT, "Universally unique identifier"},
	{"JSON", FSQ_SCALAR_JSON, "Any JSON value, not as a string"},
	{"Cursor", FSQ_SCALAR_TEXT, "Where a row stands in the order of a connection; what is in it may change"}
};

static const char *const builtin_scalars[] = {"Int", "Float", "String", "Boolean", "ID"};

/* Types that are not written as a string of their text output. */
static const struct
{
	Oid			type;
	const char *scalar;
	FsqJsonForm form;
}			type_rules[] = {
	{BOOLOID, "Boolean", FSQ_JSON_BOOLEAN},
	{INT2OID, "Int", FSQ_JSON_NUMBER},
	{INT4OID, "Int", FSQ_JSON_NUMBER},
	{INT8OID, "BigInt", FSQ_JSON_STRING},
	{NUMERICOID, "Decimal", FSQ_JSON_STRING},
	{FLOAT4OID, "Float", FSQ_JSON_FLOAT},
	{FLOAT8OID, "Float", FSQ_JSON_FLOAT},
	{TIMESTAMPTZOID, "DateTime", FSQ_JSON_TIMESTAMPTZ},
	{TIMESTAMPOID, "DateTime", FSQ_JSON_TIMESTAMP},
	{DATEOID, "Date", FSQ_JSON_STRING},
	{TIMEOID, "Time", FSQ_JSON_STRING},
	{TIMETZOID, "Time", FSQ_JSON_STRING},
	{INTERVALOID, "Interval", FSQ_JSON_STRING},
	{UUIDOID, "UUID", FSQ_JSON_STRING},
	{JSONOID, "JSON", FSQ_JSON_RAW},
	{JSONBOID, "JSON", FSQ_JSON_RAW}
};

/* ---- enums ---- */

typedef struct EnumEntry
{
	Oid			oid;			/* first: the hash key */
	Oid			namespace;
	int			position;		/* of its schema in the hub's list, or after it */
	const char *namespace_name;
	const char *name;			/* of the type */
	const char *type_name;		/* GraphQL */
	FsqType    *type;
} EnumEntry;

static int
compare_enums(const ListCell *left, const ListCell *right)
{
	const EnumEntry *a = lfirst(left);
	const EnumEntry *b = lfirst(right);
	int			c;

	if (a->position != b->position)
		return a->position - b->position;
	c = strcmp(a->namespace_name, b->namespace_name);
	return c != 0 ? c : strcmp(a->name, b->name);
}

/* All enum types of the database, in the order that gives them their names. */
static List *
scan_enums(FsqHub *hub)
{
	Relation	rel = table_open(TypeRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	List	   *list = NIL;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_type form = (Form_pg_type) GETSTRUCT(tuple);
		EnumEntry  *entry;

		if (form->typtype != TYPTYPE_ENUM)
			continue;
		entry = palloc0(sizeof(EnumEntry));
		entry->oid = form->oid;
		entry->namespace = form->typnamespace;
		entry->name = pstrdup(NameStr(form->typname));
		while (entry->position < hub->nnamespaces &&
			   hub->namespaces[entry->position] != entry->namespace)
			entry->position++;
		entry->namespace_name = get_namespace_name(entry->namespace);
		if (entry->namespace_name)
			list = lappend(list, entry);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(list, compare_enums);
	return list;
}

/* Types that are made of an enum: its name and one of these. */
static const char *const enum_filters[] = {"Filter", "ArrayFilter", "RangeFilter"};

/* Whether a name is that of an exposed relation or a type made from one, or of an enum's types. */
static bool
type_name_taken(FsqHub *hub, FsqNames *taken, const char *name)
{
	return fsq_names_get(hub->by_type, name) || fsq_type_name_derived(hub, name) ||
		fsq_names_get(taken, name);
}

/* Take a name for an enum and its filters; false if one of them is taken. */
static bool
take_enum_name(FsqHub *hub, FsqNames *taken, const char *name, EnumEntry *entry)
{
	char	   *made[lengthof(enum_filters)];

	if (fsq_type_name_reserved(hub, name) || type_name_taken(hub, taken, name))
		return false;
	for (int i = 0; i < lengthof(enum_filters); i++)
	{
		made[i] = psprintf("%s%s", name, fsq_naming_word(hub->rules, enum_filters[i]));
		if (type_name_taken(hub, taken, made[i]))
			return false;
	}
	fsq_names_add(taken, name, entry);
	for (int i = 0; i < lengthof(enum_filters); i++)
		fsq_names_add(taken, made[i], entry);
	return true;
}

/* Name all enum types: as tables are, the first comes first, others by their schema. */
static void
load_enums(FsqHub *hub)
{
	MemoryContext old = MemoryContextSwitchTo(hub->schema.context);
	HASHCTL		ctl = {
		.keysize = sizeof(Oid),
		.entrysize = sizeof(EnumEntry),
		.hcxt = hub->schema.context
	};
	HTAB	   *table = hash_create("fraiseql enums", 64, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	FsqNames   *names = fsq_names_make(hub->schema.context, 64);
	FsqNames   *taken = fsq_names_make(hub->schema.context, 64);
	ListCell   *lc;

	foreach(lc, scan_enums(hub))
	{
		EnumEntry  *entry = lfirst(lc);
		EnumEntry  *slot;
		char	   *wanted = fsq_name_of_type(entry->name, hub->rules);
		char	   *qualified = fsq_name_qualified_type(entry->namespace_name, wanted, hub->rules);
		char	   *name = wanted;

		for (int i = 0; !take_enum_name(hub, taken, name, entry); i++)
			name = i == 0 ? qualified : psprintf("%s%d", qualified, i + 1);
		entry->type_name = name;
		slot = hash_search(table, &entry->oid, HASH_ENTER, NULL);
		*slot = *entry;
		fsq_names_add(names, name, slot);
		if (name != wanted && entry->position < hub->nnamespaces)
			fsq_problem(hub, NULL, psprintf("%s.%s", entry->namespace_name, entry->name), NULL,
						"the type name \"%s\" is taken, it is called \"%s\"", wanted, name);
	}
	MemoryContextSwitchTo(old);
	hub->enums = table;
	hub->enums_by_name = names;
	hub->enums_loaded = true;
}

typedef struct EnumLabel
{
	char	   *label;
	float4		order;
} EnumLabel;

static int
compare_labels(const ListCell *left, const ListCell *right)
{
	float4		a = ((EnumLabel *) lfirst(left))->order;
	float4		b = ((EnumLabel *) lfirst(right))->order;

	return a < b ? -1 : a > b;
}

static List *
scan_labels(Oid type)
{
	Relation	rel = table_open(EnumRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	List	   *labels = NIL;

	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(type));
	scan = systable_beginscan(rel, EnumTypIdLabelIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_enum form = (Form_pg_enum) GETSTRUCT(tuple);
		EnumLabel  *label = palloc(sizeof(EnumLabel));

		label->label = pstrdup(NameStr(form->enumlabel));
		label->order = form->enumsortorder;
		labels = lappend(labels, label);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	list_sort(labels, compare_labels);
	return labels;
}

/* The GraphQL enum of an enum type; NULL if the type has no labels or is gone. */
static FsqType *
enum_type(FsqHub *hub, EnumEntry *entry)
{
	MemoryContext old;
	List	   *labels;
	List	   *values = NIL;
	FsqNames   *names;
	FsqType    *type;
	ListCell   *lc;

	if (entry->type)
		return entry->type;
	old = MemoryContextSwitchTo(hub->schema.context);
	labels = scan_labels(entry->oid);
	names = fsq_names_make(hub->schema.context, list_length(labels));
	/* labels that are names as they are come first */
	foreach(lc, labels)
	{
		EnumLabel  *label = lfirst(lc);
		FsqEnumValue *value = palloc0(sizeof(FsqEnumValue));
		char	   *name = fsq_name_of_label(label->label, hub->rules);

		value->binding = label->label;
		if (strcmp(name, label->label) == 0)
		{
			value->name = name;
			fsq_names_add(names, name, value);
		}
		values = lappend(values, value);
	}
	foreach(lc, values)
	{
		FsqEnumValue *value = lfirst(lc);
		const char *label = value->binding;
		char	   *wanted;
		char	   *name;

		if (value->name)
			continue;
		wanted = name = fsq_name_of_label(label, hub->rules);
		for (int number = 2; fsq_names_add(names, name, value) != NULL; number++)
			name = fsq_name_numbered(wanted, number);
		value->name = name;
		if (pg_strcasecmp(name, label) != 0)
			fsq_problem(hub, NULL, psprintf("%s.%s", entry->namespace_name, entry->name), NULL,
						"the label \"%s\" is called \"%s\"", label, name);
	}
	if (values != NIL)
	{
		type = fsq_hub_type_make(hub, FSQ_ENUM, entry->type_name);
		type->enum_values = values;
		type->is_complete = true;
		type->description = GetComment(entry->oid, TypeRelationId, 0);
		fsq_names_add(hub->types, type->name, type);
		entry->type = type;
	}
	hub->uses_enums = true;
	MemoryContextSwitchTo(old);
	return entry->type;
}

static FsqType *
enum_by_oid(FsqHub *hub, Oid oid)
{
	EnumEntry  *entry;

	if (!hub->enums_loaded)
		load_enums(hub);
	entry = hash_search(hub->enums, &oid, HASH_FIND, NULL);
	return entry ? enum_type(hub, entry) : NULL;
}

/* The GraphQL enum of that name; NULL if there is none. */
FsqType *
fsq_enum_type(FsqHub *hub, const char *name)
{
	EnumEntry  *entry;

	if (!hub->enums_loaded)
		load_enums(hub);
	entry = fsq_names_get(hub->enums_by_name, name);
	return entry ? enum_type(hub, entry) : NULL;
}

/* ---- types of columns ---- */

/* A scalar of the language or of ours, made once; NULL if there is none of that name. */
FsqType *
fsq_scalar_type(FsqHub *hub, const char *name)
{
	FsqType    *type = fsq_names_get(hub->types, name);
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	for (int i = 0; i < lengthof(builtin_scalars) && type == NULL; i++)
		if (strcmp(builtin_scalars[i], name) == 0)
			type = fsq_builtin_scalar(&hub->schema, name);
	for (int i = 0; i < lengthof(scalars) && type == NULL; i++)
	{
		const char *word = fsq_naming_word(hub->rules, scalars[i].name);

		if (strcmp(word, name) != 0)
			continue;
		type = fsq_hub_type_make(hub, FSQ_SCALAR, word);
		type->scalar = scalars[i].kind;
		type->description = scalars[i].description;
		if (type->scalar == FSQ_SCALAR_JSON && hub->rules->json_as_text)
		{
			type->scalar = FSQ_SCALAR_TEXT;
			type->description = "Any JSON value, as a string of its text";
		}
		type->structural = strcmp(name, "Cursor") == 0;
		type->is_complete = true;
	}
	if (type)
		fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

/* Whether a name is that of a scalar. */
bool
fsq_scalar_name_reserved(FsqHub *hub, const char *name)
{
	for (int i = 0; i < lengthof(builtin_scalars); i++)
		if (strcmp(builtin_scalars[i], name) == 0)
			return true;
	for (int i = 0; i < lengthof(scalars); i++)
		if (strcmp(fsq_naming_word(hub->rules, scalars[i].name), name) == 0)
			return true;
	return false;
}

/* Remember a type that users made, so that a change of it is noticed. */
static void
watch_type(FsqHub *hub, Oid type)
{
	int			hash;

	if (type < FirstNormalObjectId)
		return;
	hash = (int) GetSysCacheHashValue1(TYPEOID, ObjectIdGetDatum(type));
	if (!list_member_int(hub->type_hashes, hash))
		hub->type_hashes = lappend_int(hub->type_hashes, hash);
}

/* Types whose values can stand as an ID: those that keys are made of. */
static bool
can_be_id(Oid type)
{
	char		category;
	bool		preferred;

	if (type == UUIDOID || type == INT2OID || type == INT4OID || type == INT8OID ||
		type == NUMERICOID)
		return true;
	get_type_category_preferred(type, &category, &preferred);
	return category == TYPCATEGORY_STRING;
}

/* The GraphQL type of a base type that is not an array, and the form of its values. */
static FsqType *
type_of_base(FsqHub *hub, Oid type, FsqJsonForm *form)
{
	for (int i = 0; i < lengthof(type_rules); i++)
	{
		if (type_rules[i].type != type)
			continue;
		*form = type_rules[i].form;
		if ((type == INT8OID && hub->bigint_as == FSQ_NUMBER_AS_NUMBER) ||
			(type == NUMERICOID && hub->numeric_as == FSQ_NUMBER_AS_NUMBER))
			*form = FSQ_JSON_NUMBER;
		if (*form == FSQ_JSON_RAW && hub->rules->json_as_text)
			*form = FSQ_JSON_STRING;
		return fsq_scalar_type(hub, fsq_naming_word(hub->rules, type_rules[i].scalar));
	}
	watch_type(hub, type);
	if (get_typtype(type) == TYPTYPE_ENUM)
	{
		FsqType    *result = enum_by_oid(hub, type);

		*form = FSQ_JSON_ENUM;
		if (result)
			return result;
	}
	else if (get_typtype(type) == TYPTYPE_COMPOSITE)
	{
		*form = FSQ_JSON_COMPOSITE;
		return fsq_scalar_type(hub, "JSON");
	}
	*form = FSQ_JSON_STRING;
	return fsq_scalar_type(hub, "String");
}

FsqValueType
fsq_value_type(FsqSchema *schema, Oid type)
{
	FsqHub	   *hub = fsq_hub(schema);
	FsqValueType value = {.type = getBaseType(type)};
	Oid			element = get_element_type(value.type);
	MemoryContext old = MemoryContextSwitchTo(schema->context);

	watch_type(hub, type);
	if (OidIsValid(element))
	{
		watch_type(hub, element);
		value.form = FSQ_JSON_ARRAY;
		value.gql_type = fsq_type_list(type_of_base(hub, getBaseType(element),
													&value.element_form));
	}
	else
		value.gql_type = type_of_base(hub, value.type, &value.form);
	MemoryContextSwitchTo(old);
	return value;
}

FsqValueType
fsq_column_value_type(const FsqColumn *column)
{
	return (FsqValueType) {
		.type = column->base_type,
		.form = column->form,
		.element_form = column->element_form,
		.gql_type = column->gql_type
	};
}

/*
 * Set the GraphQL type of a column and the form of its values; id is taken
 * back where the type is not one for identifiers.
 */
void
fsq_column_set_type(FsqHub *hub, FsqColumn *column)
{
	FsqValueType value = fsq_value_type(&hub->schema, column->type);

	column->id = column->id && hub->rules->ids && can_be_id(column->base_type);
	column->form = column->id ? FSQ_JSON_STRING : value.form;
	column->element_form = value.element_form;
	column->gql_type = column->id ? fsq_scalar_type(hub, "ID") : value.gql_type;
}

/* Whether lists can be ordered by a column; JSON has an order, but one of no meaning. */
bool
fsq_column_orderable(FsqColumn *column)
{
	FsqJsonForm form = column->form == FSQ_JSON_ARRAY ? column->element_form : column->form;
	Oid			type = column->form == FSQ_JSON_ARRAY ?
		getBaseType(get_element_type(column->base_type)) : column->base_type;

	if (fsq_type_is_json(type) || form == FSQ_JSON_COMPOSITE)
		return false;
	return OidIsValid(lookup_type_cache(column->base_type, TYPECACHE_LT_OPR)->lt_opr);
}

/* The values of OrderDirection. */
static const struct
{
	const char *name;
	FsqOrderDirection direction;
}			directions[] = {
	{"ASC", FSQ_ORDER_ASC}, {"DESC", FSQ_ORDER_DESC},
	{"ASC_NULLS_FIRST", FSQ_ORDER_ASC_NULLS_FIRST},
	{"ASC_NULLS_LAST", FSQ_ORDER_ASC_NULLS_LAST},
	{"DESC_NULLS_FIRST", FSQ_ORDER_DESC_NULLS_FIRST},
	{"DESC_NULLS_LAST", FSQ_ORDER_DESC_NULLS_LAST}
};

FsqType *
fsq_order_direction_type(FsqHub *hub)
{
	const char *name = fsq_naming_word(hub->rules, "OrderDirection");
	FsqType    *type = fsq_names_get(hub->types, name);
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_ENUM, name);
	type->structural = true;
	for (int i = 0; i < lengthof(directions); i++)
	{
		const char *word = fsq_naming_word(hub->rules, directions[i].name);
		FsqEnumValue *value;

		if (word == NULL)
			continue;
		value = palloc0(sizeof(FsqEnumValue));
		value->name = word;
		value->binding = (void *) (intptr_t) directions[i].direction;
		type->enum_values = lappend(type->enum_values, value);
	}
	type->is_complete = true;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

/* Any type that is not made from a relation, by name; NULL if there is none. */
FsqType *
fsq_leaf_type(FsqHub *hub, const char *name)
{
	FsqType    *type = fsq_names_get(hub->types, name);

	if (type || (type = fsq_scalar_type(hub, name)))
		return type;
	if (strcmp(name, fsq_naming_word(hub->rules, "OrderDirection")) == 0)
		return fsq_order_direction_type(hub);
	type = fsq_enum_type(hub, name);
	return type ? type : fsq_filter_type(hub, name);
}
