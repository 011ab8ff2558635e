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

/* Operators of arrays and JSON, all of pg_catalog. */
static const struct
{
	FsqOperator op;
	const char *operator;
	bool		json;
	FsqParamUse use;
	Oid			value_type;		/* InvalidOid: the column's elements, or jsonb */
}			containers[] = {
	{FSQ_OP_ARRAY_CONTAINS, "@>", false, FSQ_USE_LIST, InvalidOid},
	{FSQ_OP_ARRAY_CONTAINED_BY, "<@", false, FSQ_USE_LIST, InvalidOid},
	{FSQ_OP_ARRAY_OVERLAPS, "&&", false, FSQ_USE_LIST, InvalidOid},
	{FSQ_OP_JSON_CONTAINS, "@>", true, FSQ_USE_VALUE, JSONBOID},
	{FSQ_OP_JSON_CONTAINED_BY, "<@", true, FSQ_USE_VALUE, JSONBOID},
	{FSQ_OP_JSON_HAS_KEY, "?", true, FSQ_USE_VALUE, TEXTOID},
	{FSQ_OP_JSON_HAS_ANY_KEYS, "?|", true, FSQ_USE_LIST, TEXTOID},
	{FSQ_OP_JSON_HAS_ALL_KEYS, "?&", true, FSQ_USE_LIST, TEXTOID}
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

static char *
container_condition(FsqStatement *statement, const char *left, Oid type, int rule,
					FsqInput *value, const char *path)
{
	Oid			value_type = containers[rule].value_type;
	int			param;

	if (!OidIsValid(value_type))
		value_type = get_element_type(type);
	param = fsq_statement_value(statement, value, containers[rule].use, value_type, path);
	if (param == 0)
		return NULL;
	return psprintf("%s OPERATOR(pg_catalog.%s) $%d", left, containers[rule].operator, param);
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
			input_error(statement, item, "must not be null: use isnull");
			return NULL;
		}
		if (binding->op == FSQ_OP_ISNULL)
			condition = both(condition,
							 psprintf("COALESCE(pg_catalog.jsonb_typeof(%s) OPERATOR(pg_catalog.=) 'null', TRUE) IS %s",
									  found, value->boolean ? "TRUE" : "FALSE"));
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
		input_error(statement, path, "must not be null: use isnull");
		return NULL;
	}
	if (op == FSQ_OP_ISNULL)
		return null_test(left, form, value->boolean);
	statement->filtered = true;
	for (int i = 0; i < lengthof(patterns); i++)
		if (patterns[i].op == op)
			return pattern_condition(statement, left, type, i, value, path);
	for (int i = 0; i < lengthof(containers); i++)
		if (containers[i].op == op)
			return container_condition(statement, left, type, i, value, path);
	if (op == FSQ_OP_JSON_PATH)
		return json_path_condition(statement, left, value, path);
	return class_condition(statement, left, type, op, value, path);
}

char *
fsq_where_filter(FsqStatement *statement, const char *left, Oid type, FsqJsonForm form,
				 FsqInput *filter, const char *path)
{
	char	   *condition = NULL;

	for (int i = 0; i < filter->nitems; i++)
	{
		FsqInputBinding *binding = filter->fields[i]->binding;

		CHECK_FOR_INTERRUPTS();
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

/* EXISTS over the related rows that match a condition, or that do not (every). */
static char *
related_rows(FsqStatement *statement, FsqRelationship *relationship, const char *alias,
			 FsqInput *where, FsqInputFieldKind kind, const char *path)
{
	FsqRelation *target = fsq_relationship_target(relationship);
	char	   *inner;
	char	   *condition;
	FsqFrame	frame;
	StringInfoData sql;

	/* the rows of a function cannot be asked for twice */
	if (fsq_lookup_needed(relationship) && statement->scope->relation->function == NULL)
		return fsq_lookup_condition(statement, relationship, where, kind, path);
	inner = fsq_statement_alias(statement);
	fsq_statement_reads(statement, target);
	frame = (FsqFrame) {
		.outer = statement->frame,
		.relationship = relationship,
		.relation = target,
		.alias = inner,
		.where = where,
		.path = path
	};
	statement->frame = &frame;
	condition = where_object(statement, target, inner, where, path);
	statement->frame = frame.outer;
	if (kind == FSQ_INPUT_EVERY && condition == NULL)
		return NULL;

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
	if (condition && kind == FSQ_INPUT_EVERY)
		appendStringInfo(&sql, " AND (%s) IS NOT TRUE", condition);
	else if (condition)
		appendStringInfo(&sql, " AND %s", condition);
	appendStringInfoChar(&sql, ')');
	return sql.data;
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
		condition = both(condition, related_rows(statement, relationship, alias, filter->items[i],
												 binding->kind, item));
	}
	return condition;
}

/* _and, _or: no item is TRUE for _and, FALSE for _or. */
static char *
list_condition(FsqStatement *statement, FsqRelation *relation, const char *alias,
			   FsqInput *list, bool any, const char *path)
{
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
			always |= any;
		else
			appendStringInfo(&sql, "%s%s", sql.len == 0 ? "" : any ? " OR " : " AND ", item);
	}
	if (always)
		return NULL;
	if (any)
		return sql.len ? psprintf("(%s)", sql.data) : pstrdup("FALSE");
	return sql.len ? sql.data : NULL;
}

/* One member of a where object. */
static char *
member_condition(FsqStatement *statement, FsqRelation *relation, const char *alias,
				 FsqInputBinding *binding, FsqInput *value, const char *path)
{
	char	   *condition;

	if (value->kind == FSQ_VALUE_NULL)
	{
		input_error(statement, path, binding->kind == FSQ_INPUT_COLUMN ?
					"must not be null: use isnull" : "must not be null");
		return NULL;
	}
	if (statement->rest && binding->kind != FSQ_INPUT_AND && binding->kind != FSQ_INPUT_COLUMN &&
		fsq_lookup_inside(binding, value))
		return NULL;
	switch (binding->kind)
	{
		case FSQ_INPUT_AND:
		case FSQ_INPUT_OR:
			return list_condition(statement, relation, alias, value,
								  binding->kind == FSQ_INPUT_OR, path);
		case FSQ_INPUT_NOT:
			condition = where_object(statement, relation, alias, value, path);
			return condition ? psprintf("(NOT (%s))", condition) : pstrdup("FALSE");
		case FSQ_INPUT_COLUMN:
			return column_condition(statement, binding->column, alias, value, path);
		case FSQ_INPUT_TO_ONE:
			return related_rows(statement, binding->relationship, alias, value,
								FSQ_INPUT_TO_ONE, path);
		case FSQ_INPUT_TO_MANY:
			return list_filter_condition(statement, binding->relationship, alias, value, path);
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
