/*-------------------------------------------------------------------------
 *
 * filter.c
 *	  The inputs that where has for values: which filter a type has, and which
 *	  operators a filter has.
 *
 *	  What an operator means in SQL is for plan/where.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "schema/hub.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* ---- rules ---- */

/* What an operator of a filter is compared with. */
typedef enum Operand
{
	OPERAND_SELF,				/* a value of the filter's type */
	OPERAND_LIST,				/* a list of such values, none of them null */
	OPERAND_NULLABLE_LIST,		/* an array: its elements may be null */
	OPERAND_BOOLEAN,
	OPERAND_NULL_TEST,			/* Boolean, or the naming's enum */
	OPERAND_STRING,
	OPERAND_STRING_LIST,
	OPERAND_PATH,				/* JSONPathFilter */
	OPERAND_STRING_NON_NULL,
	OPERAND_INT
} Operand;

typedef struct OperatorRule
{
	const char *name;
	FsqOperator op;
	Operand		operand;
} OperatorRule;

static const OperatorRule ordered_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_SELF}, {"neq", FSQ_OP_NEQ, OPERAND_SELF},
	{"gt", FSQ_OP_GT, OPERAND_SELF}, {"gte", FSQ_OP_GTE, OPERAND_SELF},
	{"lt", FSQ_OP_LT, OPERAND_SELF}, {"lte", FSQ_OP_LTE, OPERAND_SELF},
	{"in", FSQ_OP_IN, OPERAND_LIST}, {"nin", FSQ_OP_NIN, OPERAND_LIST},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule string_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_SELF}, {"neq", FSQ_OP_NEQ, OPERAND_SELF},
	{"gt", FSQ_OP_GT, OPERAND_SELF}, {"gte", FSQ_OP_GTE, OPERAND_SELF},
	{"lt", FSQ_OP_LT, OPERAND_SELF}, {"lte", FSQ_OP_LTE, OPERAND_SELF},
	{"in", FSQ_OP_IN, OPERAND_LIST}, {"nin", FSQ_OP_NIN, OPERAND_LIST},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{"contains", FSQ_OP_CONTAINS, OPERAND_SELF}, {"icontains", FSQ_OP_ICONTAINS, OPERAND_SELF},
	{"startswith", FSQ_OP_STARTSWITH, OPERAND_SELF}, {"istartswith", FSQ_OP_ISTARTSWITH, OPERAND_SELF},
	{"endswith", FSQ_OP_ENDSWITH, OPERAND_SELF}, {"iendswith", FSQ_OP_IENDSWITH, OPERAND_SELF},
	{"like", FSQ_OP_LIKE, OPERAND_SELF}, {"ilike", FSQ_OP_ILIKE, OPERAND_SELF},
	{"regex", FSQ_OP_REGEX, OPERAND_SELF}, {"iregex", FSQ_OP_IREGEX, OPERAND_SELF},
	{NULL}
};

static const OperatorRule equality_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_SELF}, {"neq", FSQ_OP_NEQ, OPERAND_SELF},
	{"in", FSQ_OP_IN, OPERAND_LIST}, {"nin", FSQ_OP_NIN, OPERAND_LIST},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule null_operators[] = {
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule json_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_SELF},
	{"contains", FSQ_OP_JSON_CONTAINS, OPERAND_SELF},
	{"contained_by", FSQ_OP_JSON_CONTAINED_BY, OPERAND_SELF},
	{"has_key", FSQ_OP_JSON_HAS_KEY, OPERAND_STRING},
	{"has_any_keys", FSQ_OP_JSON_HAS_ANY_KEYS, OPERAND_STRING_LIST},
	{"has_all_keys", FSQ_OP_JSON_HAS_ALL_KEYS, OPERAND_STRING_LIST},
	{"path", FSQ_OP_JSON_PATH, OPERAND_PATH},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule json_path_operators[] = {
	{"path", FSQ_OP_JSON_PATH, OPERAND_STRING_NON_NULL},
	{"eq", FSQ_OP_EQ, OPERAND_SELF},
	{"gt", FSQ_OP_GT, OPERAND_SELF}, {"gte", FSQ_OP_GTE, OPERAND_SELF},
	{"lt", FSQ_OP_LT, OPERAND_SELF}, {"lte", FSQ_OP_LTE, OPERAND_SELF},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule array_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_NULLABLE_LIST}, {"neq", FSQ_OP_NEQ, OPERAND_NULLABLE_LIST},
	{"has", FSQ_OP_ARRAY_HAS, OPERAND_SELF},
	{"contains", FSQ_OP_ARRAY_CONTAINS, OPERAND_LIST},
	{"contained_by", FSQ_OP_ARRAY_CONTAINED_BY, OPERAND_LIST},
	{"overlaps", FSQ_OP_ARRAY_OVERLAPS, OPERAND_LIST},
	{"len_eq", FSQ_OP_LEN_EQ, OPERAND_INT}, {"len_neq", FSQ_OP_LEN_NEQ, OPERAND_INT},
	{"len_gt", FSQ_OP_LEN_GT, OPERAND_INT}, {"len_gte", FSQ_OP_LEN_GTE, OPERAND_INT},
	{"len_lt", FSQ_OP_LEN_LT, OPERAND_INT}, {"len_lte", FSQ_OP_LEN_LTE, OPERAND_INT},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

/* Of ranges and multiranges: a value, or a range as a string. */
static const OperatorRule range_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_STRING}, {"neq", FSQ_OP_NEQ, OPERAND_STRING},
	{"gt", FSQ_OP_GT, OPERAND_STRING}, {"gte", FSQ_OP_GTE, OPERAND_STRING},
	{"lt", FSQ_OP_LT, OPERAND_STRING}, {"lte", FSQ_OP_LTE, OPERAND_STRING},
	{"in", FSQ_OP_IN, OPERAND_STRING_LIST}, {"nin", FSQ_OP_NIN, OPERAND_STRING_LIST},
	{"contains", FSQ_OP_RANGE_CONTAINS, OPERAND_SELF},
	{"contains_range", FSQ_OP_RANGE_CONTAINS_RANGE, OPERAND_STRING},
	{"contained_by", FSQ_OP_RANGE_CONTAINED_BY, OPERAND_STRING},
	{"overlaps", FSQ_OP_RANGE_OVERLAPS, OPERAND_STRING},
	{"adjacent", FSQ_OP_RANGE_ADJACENT, OPERAND_STRING},
	{"strictly_left", FSQ_OP_RANGE_LEFT, OPERAND_STRING},
	{"strictly_right", FSQ_OP_RANGE_RIGHT, OPERAND_STRING},
	{"not_left", FSQ_OP_RANGE_NOT_LEFT, OPERAND_STRING},
	{"not_right", FSQ_OP_RANGE_NOT_RIGHT, OPERAND_STRING},
	{"isempty", FSQ_OP_RANGE_ISEMPTY, OPERAND_BOOLEAN},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule network_operators[] = {
	{"eq", FSQ_OP_EQ, OPERAND_SELF}, {"neq", FSQ_OP_NEQ, OPERAND_SELF},
	{"gt", FSQ_OP_GT, OPERAND_SELF}, {"gte", FSQ_OP_GTE, OPERAND_SELF},
	{"lt", FSQ_OP_LT, OPERAND_SELF}, {"lte", FSQ_OP_LTE, OPERAND_SELF},
	{"in", FSQ_OP_IN, OPERAND_LIST}, {"nin", FSQ_OP_NIN, OPERAND_LIST},
	{"in_subnet", FSQ_OP_IN_SUBNET, OPERAND_STRING},
	{"contains_subnet", FSQ_OP_CONTAINS_SUBNET, OPERAND_STRING},
	{"contains_ip", FSQ_OP_CONTAINS_SUBNET, OPERAND_STRING},
	{"overlaps", FSQ_OP_SUBNET_OVERLAPS, OPERAND_STRING},
	{"is_ipv4", FSQ_OP_IS_IPV4, OPERAND_BOOLEAN}, {"is_ipv6", FSQ_OP_IS_IPV6, OPERAND_BOOLEAN},
	{"is_private", FSQ_OP_IS_PRIVATE, OPERAND_BOOLEAN},
	{"is_loopback", FSQ_OP_IS_LOOPBACK, OPERAND_BOOLEAN},
	{"is_multicast", FSQ_OP_IS_MULTICAST, OPERAND_BOOLEAN},
	{"is_link_local", FSQ_OP_IS_LINK_LOCAL, OPERAND_BOOLEAN},
	{"is_documentation", FSQ_OP_IS_DOCUMENTATION, OPERAND_BOOLEAN},
	{"is_carrier_grade", FSQ_OP_IS_CARRIER_GRADE, OPERAND_BOOLEAN},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const OperatorRule text_search_operators[] = {
	{"matches", FSQ_OP_MATCHES, OPERAND_STRING},
	{"plain_query", FSQ_OP_PLAIN_QUERY, OPERAND_STRING},
	{"phrase_query", FSQ_OP_PHRASE_QUERY, OPERAND_STRING},
	{"config", FSQ_OP_TEXT_SEARCH_CONFIG, OPERAND_STRING},
	{"isnull", FSQ_OP_ISNULL, OPERAND_NULL_TEST},
	{NULL}
};

static const struct
{
	const char *name;
	const char *scalar;
	const OperatorRule *operators;
	const char *description;
}			filters[] = {
	{"IDFilter", "ID", ordered_operators},
	{"IntFilter", "Int", ordered_operators},
	{"BigIntFilter", "BigInt", ordered_operators},
	{"DecimalFilter", "Decimal", ordered_operators},
	{"FloatFilter", "Float", ordered_operators},
	{"DateTimeFilter", "DateTime", ordered_operators},
	{"DateFilter", "Date", ordered_operators},
	{"TimeFilter", "Time", ordered_operators},
	{"IntervalFilter", "Interval", ordered_operators},
	{"UUIDFilter", "UUID", ordered_operators},
	{"BooleanFilter", "Boolean", equality_operators},
	{"StringFilter", "String", string_operators},
	{"JSONFilter", "JSON", json_operators},
	{"JSONPathFilter", "JSON", json_path_operators,
	"Compares what a JSON path finds in the value"},
	{"NetworkFilter", "String", network_operators,
	"Compares addresses and networks"},
	{"TextSearchFilter", "String", text_search_operators,
	"Searches a text search vector; config names the text search configuration of the query"},
	/* types that are written as strings, without being text */
	{"ScalarFilter", "String", ordered_operators,
	"Compares values of a type that is written as a string, in the order of that type"},
	{"EqualityFilter", "String", equality_operators,
	"Compares values of a type that has no order"},
	{"NullFilter", "String", null_operators,
	"For values of a type that cannot be compared"}
};

/* ---- filters ---- */

static const struct
{
	const char *name;
	bool		null;
	const char *description;
}			null_tests[] = {
	{"NULL", true, "There is no value"},
	{"NOT_NULL", false, "There is a value"}
};

/* The enum that says whether a value is to be null, where a naming has one. */
static FsqType *
null_test_type(FsqHub *hub)
{
	const char *name = hub->rules->null_test;
	FsqType    *type = fsq_names_get(hub->types, name);
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_ENUM, name);
	type->structural = true;
	for (int i = 0; i < lengthof(null_tests); i++)
	{
		FsqEnumValue *value = palloc0(sizeof(FsqEnumValue));

		value->name = null_tests[i].name;
		value->description = null_tests[i].description;
		value->binding = null_tests[i].null ? value : NULL;
		type->enum_values = lappend(type->enum_values, value);
	}
	type->is_complete = true;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

/* The type of what an operator is compared with. */
static FsqType *
operand_type(FsqHub *hub, FsqType *self, Operand operand)
{
	switch (operand)
	{
		case OPERAND_SELF:
			return self;
		case OPERAND_LIST:
			return fsq_type_list(fsq_type_non_null(self));
		case OPERAND_NULLABLE_LIST:
			return fsq_type_list(self);
		case OPERAND_BOOLEAN:
			return fsq_scalar_type(hub, "Boolean");
		case OPERAND_NULL_TEST:
			return hub->rules->null_test ? null_test_type(hub) : fsq_scalar_type(hub, "Boolean");
		case OPERAND_STRING:
			return fsq_scalar_type(hub, "String");
		case OPERAND_STRING_NON_NULL:
			return fsq_type_non_null(fsq_scalar_type(hub, "String"));
		case OPERAND_STRING_LIST:
			return fsq_type_list(fsq_type_non_null(fsq_scalar_type(hub, "String")));
		case OPERAND_PATH:
			return fsq_filter_type(hub, "JSONPathFilter");
		case OPERAND_INT:
			return fsq_scalar_type(hub, "Int");
	}
	return self;
}

/* A filter of that name, over values of type self, with these operators. */
static FsqType *
filter_make(FsqHub *hub, const char *name, FsqType *self, const OperatorRule *operators)
{
	FsqType    *type = fsq_names_get(hub->types, name);
	MemoryContext old;

	if (type)
		return type;
	old = MemoryContextSwitchTo(hub->schema.context);
	type = fsq_hub_type_make(hub, FSQ_INPUT_OBJECT, pstrdup(name));
	for (const OperatorRule *rule = operators; rule->name; rule++)
	{
		FsqInputBinding *binding = palloc0(sizeof(FsqInputBinding));

		binding->kind = FSQ_INPUT_OPERATOR;
		binding->op = rule->op;
		type->input_fields = lappend(type->input_fields,
									 fsq_hub_input_make(hub, fsq_naming_word(hub->rules, rule->name),
														operand_type(hub, self, rule->operand),
														binding));
	}
	type->all_optional = operators != json_path_operators;
	type->is_complete = true;
	fsq_names_add(hub->types, type->name, type);
	MemoryContextSwitchTo(old);
	return type;
}

/* A filter of a scalar, by its name; NULL if there is none. */
static FsqType *
filter_by_name(FsqHub *hub, const char *name)
{
	for (int i = 0; i < lengthof(filters); i++)
	{
		FsqType    *type;

		if (strcmp(fsq_naming_word(hub->rules, filters[i].name), name) != 0)
			continue;
		type = filter_make(hub, name, fsq_scalar_type(hub, fsq_naming_word(hub->rules, filters[i].scalar)),
						   filters[i].operators);
		type->description = filters[i].description;
		return type;
	}
	return NULL;
}

/* The filter of an array, by its elements; they must have an equality. */
static FsqType *
array_filter(FsqHub *hub, FsqType *element)
{
	return filter_make(hub, psprintf("%s%s", element->name, fsq_naming_word(hub->rules, "ArrayFilter")),
					   element, array_operators);
}

/* The filter of a range, by its values. */
static FsqType *
range_filter(FsqHub *hub, FsqType *value)
{
	return filter_make(hub, psprintf("%sRangeFilter", value->name), value, range_operators);
}

static FsqType *
enum_filter(FsqHub *hub, FsqType *type)
{
	return filter_make(hub, psprintf("%sFilter", type->name), type, equality_operators);
}

/* The type of the values of a range or multirange; InvalidOid if it is neither. */
static Oid
range_value_type(Oid type)
{
	char		typtype = get_typtype(type);

	if (typtype == TYPTYPE_MULTIRANGE)
		return get_range_subtype(get_multirange_range(type));
	return typtype == TYPTYPE_RANGE ? get_range_subtype(type) : InvalidOid;
}

/* The filter that where inputs have for values. */
FsqType *
fsq_value_filter(FsqHub *hub, FsqValueType value)
{
	FsqType    *named = fsq_type_named(value.gql_type);
	TypeCacheEntry *cache;
	char		category;
	bool		preferred;

	if (value.form == FSQ_JSON_ARRAY)
	{
		cache = lookup_type_cache(value.type, TYPECACHE_EQ_OPR);
		if (OidIsValid(cache->eq_opr) && !fsq_type_is_json(getBaseType(get_element_type(value.type))) &&
			value.element_form != FSQ_JSON_COMPOSITE)
			return array_filter(hub, named);
		return filter_by_name(hub, "NullFilter");
	}
	if (value.form == FSQ_JSON_ENUM && named->kind == FSQ_ENUM)
		return enum_filter(hub, named);
	if (value.form == FSQ_JSON_COMPOSITE)
		return filter_by_name(hub, "NullFilter");
	if (strcmp(named->name, "String") != 0)
		return filter_by_name(hub, psprintf("%sFilter", named->name));
	if (OidIsValid(range_value_type(value.type)))
		return range_filter(hub, fsq_value_type(&hub->schema, range_value_type(value.type)).gql_type);
	if (value.type == INETOID || value.type == CIDROID)
		return filter_by_name(hub, "NetworkFilter");
	if (value.type == TSVECTOROID)
		return filter_by_name(hub, "TextSearchFilter");

	get_type_category_preferred(value.type, &category, &preferred);
	if (category == TYPCATEGORY_STRING)
		return filter_by_name(hub, "StringFilter");
	cache = lookup_type_cache(value.type, TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR);
	if (OidIsValid(cache->lt_opr))
		return filter_by_name(hub, "ScalarFilter");
	return filter_by_name(hub, OidIsValid(cache->eq_opr) ? "EqualityFilter" : "NullFilter");
}

/* The name without an ending; NULL if it does not end so. */
static char *
without_suffix(const char *name, const char *suffix)
{
	size_t		length = strlen(name);
	size_t		n = strlen(suffix);

	if (length <= n || strcmp(name + length - n, suffix) != 0)
		return NULL;
	return pnstrdup(name, length - n);
}

/* Whether a name is that of a filter of scalars. */
bool
fsq_filter_name_reserved(FsqHub *hub, const char *name)
{
	char	   *base;

	for (int i = 0; i < lengthof(filters); i++)
		if (strcmp(fsq_naming_word(hub->rules, filters[i].name), name) == 0)
			return true;
	return ((base = without_suffix(name, fsq_naming_word(hub->rules, "ArrayFilter"))) ||
			(base = without_suffix(name, "RangeFilter"))) && fsq_scalar_name_reserved(hub, base);
}

/* A filter by its name; NULL if there is none. */
FsqType *
fsq_filter_type(FsqHub *hub, const char *name)
{
	FsqType    *type = filter_by_name(hub, name);
	const char *array = fsq_naming_word(hub->rules, "ArrayFilter");
	char	   *base;

	if (type)
		return type;
	if (hub->rules->null_test && strcmp(name, hub->rules->null_test) == 0)
		return null_test_type(hub);
	if ((base = without_suffix(name, array)) || (base = without_suffix(name, "RangeFilter")))
	{
		type = fsq_scalar_type(hub, base);
		if (type == NULL)
			type = fsq_enum_type(hub, base);
		if (type == NULL)
			return NULL;
		return without_suffix(name, array) ? array_filter(hub, type) : range_filter(hub, type);
	}
	if ((base = without_suffix(name, "Filter")) && (type = fsq_enum_type(hub, base)))
		return enum_filter(hub, type);
	return NULL;
}
