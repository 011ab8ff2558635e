/*-------------------------------------------------------------------------
 *
 * where.c
 *	  From where arguments to SQL conditions.
 *
 *	  A condition is a self-contained SQL expression; NULL stands for TRUE, so
 *	  that what says nothing leaves no trace in the statement.  Every value is
 *	  a parameter.  A filter over a relationship is an EXISTS over the related
 *	  relation, of which the planner makes a join; if one of both is in another
 *	  database, it compares with the keys that a key fetch finds (lookup.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "plan/build.h"
#include "plan/operator.h"
#include "utils/lsyscache.h"

static char *where_object(FsqStatement *statement, FsqRelation *relation, const char *alias,
						  FsqInput *where, const char *path);

/* Operators of text patterns: the SQL operator, and what the value becomes. */
static const struct
{
	FsqOperator op;
	const char *operator;
	FsqParamUse use;
}			patterns[] = {
	{FSQ_OP_CONTAINS, "~~", FSQ_USE_CONTAINS},
	{FSQ_OP_ICONTAINS, "~~*", FSQ_USE_CONTAINS},
	{FSQ_OP_STARTSWITH, "~~", FSQ_USE_STARTS},
	{FSQ_OP_ISTARTSWITH, "~~*", FSQ_USE_STARTS},
	{FSQ_OP_ENDSWITH, "~~", FSQ_USE_ENDS},
	{FSQ_OP_IENDSWITH, "~~*", FSQ_USE_ENDS},
	{FSQ_OP_LIKE, "~~", FSQ_USE_VALUE},
	{FSQ_OP_ILIKE, "~~*", FSQ_USE_VALUE},
	{FSQ_OP_REGEX, "~", FSQ_USE_VALUE},
	{FSQ_OP_IREGEX, "~*", FSQ_USE_VALUE}
};

/* What the value of an operator is. */
typedef enum Operand
{
	OPERAND_TYPE,				/* of the type that the rule names */
	OPERAND_COLUMN,				/* of the column's type */
	OPERAND_ELEMENT,			/* of the type of the column's elements */
	OPERAND_BOUND				/* of the type of the values in a range */
} Operand;

/*
 * Operators of arrays, JSON, ranges and networks, all of pg_catalog: what stands
 * before and after the column, and the operator that compares it with the value.
 */
static const struct
{
	FsqOperator op;
	const char *before;
	const char *after;
	const char *operator;
	FsqParamUse use;
	Operand		operand;
	Oid			type;			/* TYPE */
}			containers[] = {
	{FSQ_OP_ARRAY_CONTAINS, "", "", "@>", FSQ_USE_LIST, OPERAND_ELEMENT},
	{FSQ_OP_ARRAY_CONTAINED_BY, "", "", "<@", FSQ_USE_LIST, OPERAND_ELEMENT},
	{FSQ_OP_ARRAY_OVERLAPS, "", "", "&&", FSQ_USE_LIST, OPERAND_ELEMENT},
	{FSQ_OP_LEN_EQ, "pg_catalog.cardinality(", ")", "=", FSQ_USE_VALUE, OPERAND_TYPE, INT4OID},
	{FSQ_OP_LEN_NEQ, "pg_catalog.cardinality(", ")", "<>", FSQ_USE_VALUE, OPERAND_TYPE, INT4OID},
	{FSQ_OP_LEN_GT, "pg_catalog.cardinality(", ")", ">", FSQ_USE_VALUE, OPERAND_TYPE, INT4OID},
	{FSQ_OP_LEN_GTE, "pg_catalog.cardinality(", ")", ">=", FSQ_USE_VALUE, OPERAND_TYPE, INT4OID},
	{FSQ_OP_LEN_LT, "pg_catalog.cardinality(", ")", "<", FSQ_USE_VALUE, OPERAND_TYPE, INT4OID},
	{FSQ_OP_LEN_LTE, "pg_catalog.cardinality(", ")", "<=", FSQ_USE_VALUE, OPERAND_TYPE, INT4OID},
	{FSQ_OP_JSON_CONTAINS, "", "", "@>", FSQ_USE_VALUE, OPERAND_TYPE, JSONBOID},
	{FSQ_OP_JSON_CONTAINED_BY, "", "", "<@", FSQ_USE_VALUE, OPERAND_TYPE, JSONBOID},
	{FSQ_OP_JSON_HAS_KEY, "", "", "?", FSQ_USE_VALUE, OPERAND_TYPE, TEXTOID},
	{FSQ_OP_JSON_HAS_ANY_KEYS, "", "", "?|", FSQ_USE_LIST, OPERAND_TYPE, TEXTOID},
	{FSQ_OP_JSON_HAS_ALL_KEYS, "", "", "?&", FSQ_USE_LIST, OPERAND_TYPE, TEXTOID},
	{FSQ_OP_RANGE_CONTAINS, "", "", "@>", FSQ_USE_VALUE, OPERAND_BOUND},
	{FSQ_OP_RANGE_CONTAINS_RANGE, "", "", "@>", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_CONTAINED_BY, "", "", "<@", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_OVERLAPS, "", "", "&&", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_ADJACENT, "", "", "-|-", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_LEFT, "", "", "<<", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_RIGHT, "", "", ">>", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_NOT_LEFT, "", "", "&>", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_NOT_RIGHT, "", "", "&<", FSQ_USE_VALUE, OPERAND_COLUMN},
	{FSQ_OP_RANGE_ISEMPTY, "pg_catalog.isempty(", ")", "=", FSQ_USE_VALUE, OPERAND_TYPE, BOOLOID},
	{FSQ_OP_IN_SUBNET, "", "", "<<=", FSQ_USE_VALUE, OPERAND_TYPE, INETOID},
	{FSQ_OP_CONTAINS_SUBNET, "", "", ">>=", FSQ_USE_VALUE, OPERAND_TYPE, INETOID},
	{FSQ_OP_SUBNET_OVERLAPS, "", "", "&&", FSQ_USE_VALUE, OPERAND_TYPE, INETOID},
	{FSQ_OP_IS_IPV4, "(pg_catalog.family(", ") OPERATOR(pg_catalog.=) 4)", "=",
	FSQ_USE_VALUE, OPERAND_TYPE, BOOLOID},
	{FSQ_OP_IS_IPV6, "(pg_catalog.family(", ") OPERATOR(pg_catalog.=) 6)", "=",
	FSQ_USE_VALUE, OPERAND_TYPE, BOOLOID},

#define IN_NETWORKS(op, networks) \
	{op, "(", " OPERATOR(pg_catalog.<<=) ANY ('{" networks "}'::pg_catalog.inet[]))", "=", \
	FSQ_USE_VALUE, OPERAND_TYPE, BOOLOID}

	/* as IANA registers them */
	IN_NETWORKS(FSQ_OP_IS_PRIVATE, "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"),
	IN_NETWORKS(FSQ_OP_IS_LOOPBACK, "127.0.0.0/8,::1/128"),
	IN_NETWORKS(FSQ_OP_IS_MULTICAST, "224.0.0.0/4,ff00::/8"),
	IN_NETWORKS(FSQ_OP_IS_LINK_LOCAL, "169.254.0.0/16,fe80::/10"),
	IN_NETWORKS(FSQ_OP_IS_DOCUMENTATION,
				"192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32,3fff::/20"),
	IN_NETWORKS(FSQ_OP_IS_CARRIER_GRADE, "100.64.0.0/10")
};

/* Operators of text search, and what makes a query of their values. */
static const struct
{
	FsqOperator op;
	const char *function;
}			searches[] = {
	{FSQ_OP_MATCHES, "websearch_to_tsquery"},
	{FSQ_OP_PLAIN_QUERY, "plainto_tsquery"},
	{FSQ_OP_PHRASE_QUERY, "phraseto_tsquery"}
};

static void
input_error(FsqStatement *statement, const char *path, const char *message)
{
	fsq_error_at(statement->builder->errors, FSQ_BAD_USER_INPUT, statement->offset,
				 "\"%s\" %s", path, message);
}

/* Both conditions; either may be NULL (TRUE). */
static char *
both(char *left, char *right)
{
	if (left == NULL || right == NULL)
		return left ? left : right;
	return psprintf("%s AND %s", left, right);
}

/* A column, cast to jsonb if it is json. */
static char *
column_text(const char *alias, const FsqColumn *column)
{
	StringInfoData sql;

	initStringInfo(&sql);
	fsq_append_column(&sql, alias, column);
	if (column->base_type == JSONOID)
		appendStringInfoString(&sql, "::pg_catalog.jsonb");
	return sql.data;
}

/* "left OPERATOR(x) $n", with what stands around the parameter. */
static char *
comparison(const char *left, Oid operator, const char *before, int param, const char *after)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s ", left);
	fsq_append_operator(&sql, operator);
	appendStringInfo(&sql, " %s$%d%s", before, param, after);
	return sql.data;
}

/* Whether the value of isnull asks for nulls: a boolean, or a value of an enum that stands for one. */
static bool
wants_null(const FsqInput *value)
{
	return value->kind == FSQ_VALUE_ENUM ? value->enum_value->binding != NULL : value->boolean;
}

/* A value of an operator that is null is an error that says what to use instead. */
static void
null_error(FsqStatement *statement, const char *path)
{
	input_error(statement, path,
				psprintf("must not be null: use %s", fsq_schema_word(statement->builder->schema, "isnull")));
}

/* isnull: the only operator whose value is part of the statement. */
static char *
null_test(const char *left, FsqJsonForm form, bool wanted)
{
	/* IS NULL looks into the fields of a row */
	if (form == FSQ_JSON_COMPOSITE)
		return psprintf("%s IS %sDISTINCT FROM NULL", left, wanted ? "NOT " : "");
	return psprintf("%s IS %sNULL", left, wanted ? "" : "NOT ");
}

/* eq, neq, gt, gte, lt, lte, in, nin by the operator class of the type. */
static char *
class_condition(FsqStatement *statement, const char *left, Oid type, FsqOperator op,
				FsqInput *value, const char *path)
{
	bool		list = op == FSQ_OP_IN || op == FSQ_OP_NIN;
	FsqOperator single = op == FSQ_OP_IN ? FSQ_OP_EQ : op == FSQ_OP_NIN ? FSQ_OP_NEQ : op;
	Oid			operator = fsq_comparison_operator(type, single);
	Oid			element = get_element_type(type);
	FsqParamUse use = list || OidIsValid(element) ? FSQ_USE_LIST : FSQ_USE_VALUE;
	int			param;

	if (!OidIsValid(operator))
	{
		input_error(statement, path, "cannot be used: the type of the column has no such operator");
		return NULL;
	}
	param = fsq_statement_value(statement, value, use,
								!list && OidIsValid(element) ? element : type, path);
	if (param == 0)
		return NULL;
	if (list)
		return comparison(left, operator, op == FSQ_OP_IN ? "ANY (" : "ALL (", param, ")");
	return comparison(left, operator, "", param, "");
}

static char *
pattern_condition(FsqStatement *statement, const char *left, Oid type, int rule,
				  FsqInput *value, const char *path)
{
	Oid			pattern_type;
	Oid			operator = fsq_pattern_operator(type, patterns[rule].operator, &pattern_type);
	int			param = fsq_statement_value(statement, value, patterns[rule].use, pattern_type, path);

	return param ? comparison(left, operator, "", param, "") : NULL;
}

/* The type of the value of an operator over a column of a type. */
static Oid
operand_type(Oid type, int rule)
{
	switch (containers[rule].operand)
	{
		case OPERAND_TYPE:
			return containers[rule].type;
		case OPERAND_COLUMN:
			return type;
		case OPERAND_ELEMENT:
			return get_element_type(type);
		case OPERAND_BOUND:
			return get_range_subtype(get_typtype(type) == TYPTYPE_MULTIRANGE ?
									 get_multirange_range(type) : type);
	}
	return InvalidOid;
}

static char *
container_condition(FsqStatement *statement, const char *left, Oid type, int rule,
					FsqInput *value, const char *path)
{
	int			param = fsq_statement_value(statement, value, containers[rule].use,
											operand_type(type, rule), path);

	if (param == 0)
		return NULL;
	return psprintf("%s%s%s OPERATOR(pg_catalog.%s) $%d", containers[rule].before, left,
					containers[rule].after, containers[rule].operator, param);
}

/* has: an element of the array equals the value. */
static char *
has_condition(FsqStatement *statement, const char *left, Oid type, FsqInput *value, const char *path)
{
	Oid			element = get_element_type(type);
	int			param = fsq_statement_value(statement, value, FSQ_USE_VALUE, element, path);
	StringInfoData sql;

	if (param == 0)
		return NULL;
	initStringInfo(&sql);
	appendStringInfo(&sql, "$%d ", param);
	fsq_append_operator(&sql, fsq_comparison_operator(getBaseType(element), FSQ_OP_EQ));
	appendStringInfo(&sql, " ANY (%s)", left);
	return sql.data;
}

/* The operators of a text search, each with the configuration beside them. */
static char *
search_condition(FsqStatement *statement, const char *left, FsqInput *filter, const char *path)
{
	FsqInput   *config = fsq_input_member(filter, "config");
	char	   *config_sql = "";
	char	   *condition = NULL;

	if (config && config->kind == FSQ_VALUE_NULL)
		config = NULL;
	if (config)
		config_sql = psprintf("$%d, ", fsq_statement_value(statement, config, FSQ_USE_VALUE, REGCONFIGOID,
														   psprintf("%s.config", path)));
	for (int i = 0; i < filter->nitems; i++)
	{
		FsqOperator op = ((FsqInputBinding *) filter->fields[i]->binding)->op;
		char	   *item = psprintf("%s.%s", path, filter->fields[i]->name);

		for (int j = 0; j < lengthof(searches); j++)
		{
			if (searches[j].op != op)
				continue;
			if (filter->items[i]->kind == FSQ_VALUE_NULL)
			{
				null_error(statement, item);
				return NULL;
			}
			condition = both(condition,
							 psprintf("%s OPERATOR(pg_catalog.@@) pg_catalog.%s(%s$%d)", left,
									  searches[j].function, config_sql,
									  fsq_statement_value(statement, filter->items[i], FSQ_USE_VALUE,
														  TEXTOID, item)));
		}
	}
	if (config && condition == NULL)
		input_error(statement, psprintf("%s.config", path), "is for the operators that search, and there is none");
	return condition;
}

/*
 * path: {path, eq, gt, ...}: compares what a JSON path finds first.  Values of
 * different JSON types are not compared: no number is less than a string.
 */
static char *
json_path_condition(FsqStatement *statement, const char *left, FsqInput *filter, const char *path)
{
	FsqInput   *json_path = fsq_input_member(filter, "path");
	char	   *found;
	char	   *condition = NULL;
	int			param;

	param = fsq_statement_value(statement, json_path, FSQ_USE_VALUE, JSONPATHOID,
								psprintf("%s.path", path));
	found = psprintf("pg_catalog.jsonb_path_query_first(%s, $%d)", left, param);
	for (int i = 0; i < filter->nitems && param; i++)
	{
		FsqInputBinding *binding = filter->fields[i]->binding;
		char	   *item = psprintf("%s.%s", path, filter->fields[i]->name);
		FsqInput   *value = filter->items[i];

		if (value == json_path)
			continue;
		if (value->kind == FSQ_VALUE_NULL)
		{
			null_error(statement, item);
			return NULL;
		}
		if (binding->op == FSQ_OP_ISNULL)
			condition = both(condition,
							 psprintf("COALESCE(pg_catalog.jsonb_typeof(%s) OPERATOR(pg_catalog.=) 'null', TRUE) IS %s",
									  found, wants_null(value) ? "TRUE" : "FALSE"));
		else
		{
			Oid			operator = fsq_comparison_operator(JSONBOID, binding->op);
			int			number = fsq_statement_value(statement, value, FSQ_USE_VALUE, JSONBOID, item);

			if (number == 0)
				return NULL;
			condition = both(condition, comparison(found, operator, "", number, ""));
			if (binding->op != FSQ_OP_EQ)
				condition = both(condition,
								 psprintf("pg_catalog.jsonb_typeof(%s) OPERATOR(pg_catalog.=) pg_catalog.jsonb_typeof($%d)",
										  found, number));
		}
	}
	return condition;
}

/* One operator of a filter of values: {eq: value}. */
static char *
operator_condition(FsqStatement *statement, const char *left, Oid type, FsqJsonForm form,
				   FsqOperator op, FsqInput *value, const char *path)
{
	if (value->kind == FSQ_VALUE_NULL)
	{
		null_error(statement, path);
		return NULL;
	}
	if (op == FSQ_OP_ISNULL)
		return null_test(left, form, wants_null(value));
	statement->filtered = true;
	for (int i = 0; i < lengthof(patterns); i++)
		if (patterns[i].op == op)
			return pattern_condition(statement, left, type, i, value, path);
	for (int i = 0; i < lengthof(containers); i++)
		if (containers[i].op == op)
			return container_condition(statement, left, type, i, value, path);
	if (op == FSQ_OP_ARRAY_HAS)
		return has_condition(statement, left, type, value, path);
	if (op == FSQ_OP_JSON_PATH)
		return json_path_condition(statement, left, value, path);
	return class_condition(statement, left, type, op, value, path);
}

char *
fsq_where_filter(FsqStatement *statement, const char *left, Oid type, FsqJsonForm form,
				 FsqInput *filter, const char *path)
{
	char	   *condition = NULL;

	if (type == TSVECTOROID)
	{
		statement->filtered = true;
		condition = search_condition(statement, left, filter, path);
	}
	for (int i = 0; i < filter->nitems; i++)
	{
		FsqInputBinding *binding = filter->fields[i]->binding;

		CHECK_FOR_INTERRUPTS();
		if (type == TSVECTOROID && binding->op != FSQ_OP_ISNULL)
			continue;
		condition = both(condition,
						 operator_condition(statement, left, type, form, binding->op, filter->items[i],
											psprintf("%s.%s", path, filter->fields[i]->name)));
	}
	return condition;
}

/* A filter of a column: all of its operators; those that say what it is are noted. */
static char *
column_condition(FsqStatement *statement, FsqColumn *column, const char *alias,
				 FsqInput *filter, const char *path)
{
	char	   *left = column_text(alias, column);
	Oid			type = column->base_type == JSONOID ? JSONBOID : column->base_type;
	char	   *condition = NULL;

	if (type == TSVECTOROID)
		return fsq_where_filter(statement, left, type, column->form, filter, path);
	for (int i = 0; i < filter->nitems; i++)
	{
		FsqOperator op = ((FsqInputBinding *) filter->fields[i]->binding)->op;
		char	   *item;

		CHECK_FOR_INTERRUPTS();
		item = operator_condition(statement, left, type, column->form, op, filter->items[i],
								  psprintf("%s.%s", path, filter->fields[i]->name));
		if (item && (op == FSQ_OP_EQ || op == FSQ_OP_IN) && type == column->base_type)
			fsq_statement_pin(statement, column, list_length(statement->params));
		condition = both(condition, item);
	}
	return condition;
}

char *
fsq_where_related(FsqStatement *statement, FsqRelationship *relationship, const char *alias,
				  FsqInput *where, const char *path)
{
	FsqFrame	frame = {
		.outer = statement->frame,
		.relationship = relationship,
		.relation = fsq_relationship_target(relationship),
		.alias = alias,
		.where = where,
		.path = path
	};
	char	   *condition;

	statement->frame = &frame;
	condition = where_object(statement, frame.relation, alias, where, path);
	statement->frame = frame.outer;
	return condition;
}

/* EXISTS over the related rows that match a condition, or that do not (every, TO_ONE_NOT). */
static char *
related_rows(FsqStatement *statement, FsqRelationship *relationship, const char *alias,
			 FsqInput *where, FsqInputFieldKind kind, const char *path)
{
	FsqRelation *target = fsq_relationship_target(relationship);
	bool		unmatched = kind == FSQ_INPUT_EVERY || kind == FSQ_INPUT_TO_ONE_NOT;
	char	   *inner;
	char	   *condition;
	StringInfoData sql;

	if (fsq_lookup_needed(relationship) && fsq_statement_is_plain(statement))
		return fsq_lookup_condition(statement, relationship, where, kind, path);
	inner = fsq_statement_alias(statement);
	fsq_statement_reads(statement, target);
	condition = fsq_where_related(statement, relationship, inner, where, path);
	/* there are none that do not */
	if (unmatched && condition == NULL)
		return kind == FSQ_INPUT_EVERY ? NULL : pstrdup("FALSE");

	initStringInfo(&sql);
	appendStringInfo(&sql, "%s (SELECT 1 FROM ",
					 kind == FSQ_INPUT_NONE || kind == FSQ_INPUT_EVERY ? "NOT EXISTS" : "EXISTS");
	fsq_append_relation(&sql, target, inner);
	for (int i = 0; i < relationship->ncolumns; i++)
	{
		appendStringInfoString(&sql, i == 0 ? " WHERE " : " AND ");
		fsq_key_join(&sql, inner, fsq_relation_column(target, relationship->target_columns[i]),
					 alias, fsq_relation_column(relationship->source, relationship->source_columns[i]));
	}
	if (unmatched)
		appendStringInfo(&sql, " AND (%s) IS NOT TRUE", condition);
	else if (condition)
		appendStringInfo(&sql, " AND %s", condition);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * The condition over a join table's rows that those which they lead to match
 * another, or negated, that they do not.
 */
static FsqInput *
through_join_table(FsqRelationship *shortcut, FsqInput *where, bool negated)
{
	FsqInput   *step = palloc0(sizeof(FsqInput));

	step->kind = FSQ_VALUE_OBJECT;
	step->type = where->type;
	step->variable = -1;
	step->nitems = 1;
	step->items = palloc(sizeof(FsqInput *));
	step->items[0] = where;
	step->fields = palloc(sizeof(FsqInputValue *));
	step->fields[0] = fsq_shortcut_step(shortcut, negated);
	return step;
}

/* {some, none, every} */
static char *
list_filter_condition(FsqStatement *statement, FsqRelationship *relationship, const char *alias,
					  FsqInput *filter, const char *path)
{
	char	   *condition = NULL;

	for (int i = 0; i < filter->nitems; i++)
	{
		FsqInputBinding *binding = filter->fields[i]->binding;
		char	   *item = psprintf("%s.%s", path, filter->fields[i]->name);

		if (filter->items[i]->kind == FSQ_VALUE_NULL)
		{
			input_error(statement, item, "must not be null");
			return NULL;
		}
		/* every: no row of the join table leads to one that does not match; to none at all is none */
		if (relationship->back)
			condition = both(condition,
							 related_rows(statement, relationship->back, alias,
										  through_join_table(relationship, filter->items[i],
															 binding->kind == FSQ_INPUT_EVERY),
										  binding->kind == FSQ_INPUT_EVERY ? FSQ_INPUT_NONE : binding->kind,
										  item));
		else
			condition = both(condition, related_rows(statement, relationship, alias, filter->items[i],
													 binding->kind, item));
	}
	return condition;
}

/*
 * _and, _or: no item is TRUE for _and, FALSE for _or.  An item without conditions
 * is TRUE; or neither it nor a list without others says anything.
 */
static char *
list_condition(FsqStatement *statement, FsqRelation *relation, const char *alias,
			   const FsqInputBinding *binding, FsqInput *list, const char *path)
{
	bool		any = binding->kind == FSQ_INPUT_OR;
	StringInfoData sql;
	bool		always = false;

	initStringInfo(&sql);
	for (int i = 0; i < list->nitems; i++)
	{
		char	   *item;

		CHECK_FOR_INTERRUPTS();
		item = where_object(statement, relation, alias, list->items[i],
							psprintf("%s[%d]", path, i));
		if (item == NULL)
			always |= any && !binding->empty_is_nothing;
		else
			appendStringInfo(&sql, "%s%s", sql.len == 0 ? "" : any ? " OR " : " AND ", item);
	}
	if (always)
		return NULL;
	if (sql.len == 0)
		return any && !binding->empty_is_nothing ? pstrdup("FALSE") : NULL;
	return any ? psprintf("(%s)", sql.data) : sql.data;
}

/* One member of a where object. */
static char *
member_condition(FsqStatement *statement, FsqRelation *relation, const char *alias,
				 FsqInputBinding *binding, FsqInput *value, const char *path)
{
	char	   *condition;

	if (value->kind == FSQ_VALUE_NULL)
	{
		if (binding->kind == FSQ_INPUT_COLUMN)
			null_error(statement, path);
		else
			input_error(statement, path, "must not be null");
		return NULL;
	}
	if (statement->rest && binding->kind != FSQ_INPUT_AND && binding->kind != FSQ_INPUT_COLUMN &&
		fsq_lookup_inside(binding, value))
		return NULL;
	switch (binding->kind)
	{
		case FSQ_INPUT_AND:
		case FSQ_INPUT_OR:
			return list_condition(statement, relation, alias, binding, value, path);
		case FSQ_INPUT_NOT:
			condition = where_object(statement, relation, alias, value, path);
			if (condition)
				return psprintf("(NOT (%s))", condition);
			return binding->empty_is_nothing ? NULL : pstrdup("FALSE");
		case FSQ_INPUT_COLUMN:
			return column_condition(statement, binding->column, alias, value, path);
		case FSQ_INPUT_TO_ONE:
		case FSQ_INPUT_TO_ONE_NOT:
			return related_rows(statement, binding->relationship, alias, value, binding->kind, path);
		case FSQ_INPUT_TO_MANY:
			return list_filter_condition(statement, binding->relationship, alias, value, path);
		case FSQ_INPUT_CHILD_AGGREGATE:
			return fsq_aggregate_related_condition(statement, binding->relationship, alias, value, path);
		default:
			elog(ERROR, "unexpected member of a where input: %d", (int) binding->kind);
			return NULL;
	}
}

/* All members of a where object. */
static char *
where_object(FsqStatement *statement, FsqRelation *relation, const char *alias,
			 FsqInput *where, const char *path)
{
	bool		conjunctive = statement->conjunctive;
	char	   *condition = NULL;

	check_stack_depth();
	for (int i = 0; i < where->nitems; i++)
	{
		FsqInputFieldKind kind = ((FsqInputBinding *) where->fields[i]->binding)->kind;

		CHECK_FOR_INTERRUPTS();
		statement->null_is_false = conjunctive;
		statement->conjunctive = conjunctive && (kind == FSQ_INPUT_AND || kind == FSQ_INPUT_COLUMN);
		condition = both(condition,
						 member_condition(statement, relation, alias, where->fields[i]->binding,
										  where->items[i],
										  psprintf("%s.%s", path, where->fields[i]->name)));
	}
	statement->conjunctive = conjunctive;
	return condition;
}

char *
fsq_where_condition(FsqStatement *statement, FsqFrame *frame)
{
	FsqFrame   *outer = statement->frame;
	char	   *condition;

	if (frame->where == NULL)
		return NULL;
	statement->frame = frame;
	statement->conjunctive = true;
	condition = where_object(statement, frame->relation, frame->alias, frame->where, frame->path);
	statement->frame = outer;
	return condition;
}
