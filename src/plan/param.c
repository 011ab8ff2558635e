/*-------------------------------------------------------------------------
 *
 * param.c
 *	  From input values to the parameters of statements.
 *
 *	  Values of the common types are converted here, without errors.  All
 *	  others, and what these conversions do not understand, go through the
 *	  type's input function, whose error becomes an error of the request: in one
 *	  subtransaction for all such values of a request.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "fraiseql.h"
#include "graphql/sql.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "plan/build.h"
#include "plan/token.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/uuid.h"

/* What a conversion without the type's input function comes to. */
typedef enum Conversion
{
	CONVERTED,
	INVALID,					/* message is set */
	NEEDS_INPUT					/* the type's input function has to look at it */
} Conversion;

/* ---- making parameters ---- */

char *
fsq_statement_alias(FsqStatement *statement)
{
	return psprintf("t%d", statement->naliases++);
}

void
fsq_statement_reads(FsqStatement *statement, const FsqRelation *relation)
{
	if (relation->foreign && strncmp(relation->wrapper, "fraiseql_", 9) != 0)
		statement->other_wrapper = true;
}

/* A new parameter. */
static FsqPlanParam *
param_add(FsqStatement *statement, FsqParamSource source, Oid value_type, bool array)
{
	FsqPlanParam *param = palloc0(sizeof(FsqPlanParam));

	param->source = source;
	param->value_type = value_type;
	param->type = array ? get_array_type(value_type) : value_type;
	param->offset = statement->offset;
	get_typlenbyvalalign(value_type, &param->typlen, &param->typbyval, &param->typalign);
	statement->params = lappend(statement->params, param);
	return param;
}

int
fsq_statement_key(FsqStatement *statement, const FsqKeyColumn *key, int number)
{
	FsqPlanParam *param = param_add(statement, FSQ_PARAM_KEYS, key->param_type, true);

	param->key = number;
	return list_length(statement->params);
}

int
fsq_statement_found(FsqStatement *statement, FsqFetch *found, FsqKeyColumn *columns,
					int key, FsqFoundWhen when, FsqRelation *compared)
{
	FsqPlanParam *param = param_add(statement, FSQ_PARAM_FOUND, columns[key].param_type, true);

	param->found = found;
	param->columns = columns;
	param->key = key;
	param->when = when;
	param->compared = compared;
	return list_length(statement->params);
}

int
fsq_statement_found_values(FsqStatement *statement, FsqFetch *found)
{
	param_add(statement, FSQ_PARAM_FOUND_VALUES, found->value_type, true)->found = found;
	return list_length(statement->params);
}

/* The positions that lead from a variable to a value inside it. */
static void
param_set_path(FsqPlanParam *param, FsqInput *input)
{
	int			n = 0;

	param->variable = input->variable;
	for (FsqInput *i = input; i->parent; i = i->parent)
		n++;
	param->npath = n;
	param->path = palloc(sizeof(int) * Max(n, 1));
	for (FsqInput *i = input; i->parent; i = i->parent)
		param->path[--n] = i->position;
}

/* ---- conversions ---- */

/*
 * The value that a parameter takes of an input: itself, or of a token the one
 * with the parameter's number.  That it is a token, and which of its values are
 * there, is part of the shape of a request.
 */
static const FsqInput *
param_part(const FsqPlanParam *param, const FsqInput *input)
{
	FsqInput   *part;
	FsqToken	token;

	if (param->token == 0)
		return input;
	if (!fsq_token_read((FsqTokenKind) param->token, input->str, input->length, &token) ||
		param->part >= token.nvalues || token.values[param->part].text == NULL)
		elog(ERROR, "a token has another shape than its plan");
	part = palloc0(sizeof(FsqInput));
	part->kind = FSQ_VALUE_STRING;
	part->str = unconstify(char *, token.values[param->part].text);
	part->length = token.values[param->part].length;
	return part;
}

/* Read decimal digits as an integer of a type; false if they are anything else. */
static bool
read_integer(const FsqInput *input, int64 min, int64 max, int64 *result)
{
	const char *p = input->str;
	const char *end = input->str + input->length;
	bool		negative = false;
	int64		value = 0;

	if (p < end && *p == '-')
	{
		negative = true;
		p++;
	}
	if (p == end)
		return false;
	for (; p < end; p++)
	{
		if (*p < '0' || *p > '9' ||
			pg_mul_s64_overflow(value, 10, &value) ||
			pg_sub_s64_overflow(value, *p - '0', &value))
			return false;
	}
	/* collected as a negative number, whose range is larger */
	if (!negative && pg_mul_s64_overflow(value, -1, &value))
		return false;
	*result = value;
	return value >= min && value <= max;
}

/* The text of an input value, as an input function reads it. */
static void
input_text(const FsqInput *input, const char **text, int *length)
{
	if (input->kind == FSQ_VALUE_ENUM)
	{
		*text = input->enum_value->binding;
		*length = strlen(*text);
	}
	else if (input->kind == FSQ_VALUE_BOOLEAN)
	{
		*text = input->boolean ? "true" : "false";
		*length = strlen(*text);
	}
	else
	{
		*text = fsq_text_to_server(input->str, input->length);
		*length = *text == input->str ? input->length : strlen(*text);
	}
}

/* Text with its LIKE metacharacters escaped, between per cent signs. */
static text *
like_pattern(const char *value, int length, FsqParamUse use)
{
	text	   *result = palloc(VARHDRSZ + length * 2 + 2);
	char	   *p = VARDATA(result);

	if (use != FSQ_USE_STARTS)
		*p++ = '%';
	for (int i = 0; i < length; i++)
	{
		if (value[i] == '%' || value[i] == '_' || value[i] == '\\')
			*p++ = '\\';
		*p++ = value[i];
	}
	if (use != FSQ_USE_ENDS)
		*p++ = '%';
	SET_VARSIZE(result, p - (char *) result);
	return result;
}

/* Convert a value of text: as it is, or as a pattern. */
static Conversion
convert_text(const FsqPlanParam *param, const FsqInput *input, Datum *value, const char **message)
{
	const char *str;
	int			length;

	/* the database's encoding may not have the character, which is an error */
	if (GetDatabaseEncoding() != PG_UTF8)
		return NEEDS_INPUT;
	input_text(input, &str, &length);
	if (memchr(str, '\0', length))
	{
		*message = "the character U+0000 cannot be stored in text";
		return INVALID;
	}
	if (param->use == FSQ_USE_CONTAINS || param->use == FSQ_USE_STARTS || param->use == FSQ_USE_ENDS)
		*value = PointerGetDatum(like_pattern(str, length, param->use));
	else
		*value = PointerGetDatum(cstring_to_text_with_len(str, length));
	return CONVERTED;
}

static Conversion
convert_count(const FsqPlanParam *param, const FsqInput *input, Datum *value, const char **message)
{
	int64		n;

	if (!read_integer(input, PG_INT64_MIN, PG_INT64_MAX, &n) || n < 0)
	{
		*message = "must not be negative";
		return INVALID;
	}
	if (fsq_max_page_size > 0 && n > fsq_max_page_size && strcmp(param->where, "offset") != 0)
	{
		*message = psprintf("is " INT64_FORMAT ", where fraiseql.max_page_size allows %d", n,
							fsq_max_page_size);
		return INVALID;
	}
	/* one more tells whether there are more */
	*value = Int64GetDatum(param->use == FSQ_USE_PAGE && n < PG_INT64_MAX ? n + 1 : n);
	return CONVERTED;
}

/* Convert one value (not a list), if that can be done here. */
static Conversion
convert_value(const FsqPlanParam *param, const FsqInput *input, Datum *value, const char **message)
{
	bool		digits = input->kind == FSQ_VALUE_NUMBER || input->kind == FSQ_VALUE_STRING;
	int64		n;

	switch (param->value_type)
	{
		case INT2OID:
			if (!digits || !read_integer(input, PG_INT16_MIN, PG_INT16_MAX, &n))
				return NEEDS_INPUT;
			*value = Int16GetDatum((int16) n);
			return CONVERTED;
		case INT4OID:
			if (!digits || !read_integer(input, PG_INT32_MIN, PG_INT32_MAX, &n))
				return NEEDS_INPUT;
			*value = Int32GetDatum((int32) n);
			return CONVERTED;
		case INT8OID:
			if (param->use == FSQ_USE_COUNT || param->use == FSQ_USE_PAGE)
				return convert_count(param, input, value, message);
			if (!digits || !read_integer(input, PG_INT64_MIN, PG_INT64_MAX, &n))
				return NEEDS_INPUT;
			*value = Int64GetDatum(n);
			return CONVERTED;
		case BOOLOID:
			if (input->kind != FSQ_VALUE_BOOLEAN)
				return NEEDS_INPUT;
			*value = BoolGetDatum(input->boolean);
			return CONVERTED;
		case CASHOID:
			/* in a token it is a number, whatever the locale */
			if (param->token == 0 || !read_integer(input, PG_INT64_MIN, PG_INT64_MAX, &n))
				return NEEDS_INPUT;
			*value = Int64GetDatum(n);
			return CONVERTED;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
			return convert_text(param, input, value, message);
		case UUIDOID:
			if (input->kind == FSQ_VALUE_STRING)
			{
				pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));

				*value = UUIDPGetDatum(uuid);
				return fsq_read_uuid(input->str, input->length, uuid) ? CONVERTED : NEEDS_INPUT;
			}
			return NEEDS_INPUT;
		default:
			return NEEDS_INPUT;
	}
}

/* Convert one value by the type's input function, which may raise an error. */
static Datum
input_value(FsqPlanParam *param, const FsqInput *input)
{
	const char *message = "";
	const char *str;
	int			length;
	char	   *text;
	Datum		value;

	switch (convert_value(param, input, &value, &message))
	{
		case CONVERTED:
			return value;
		case INVALID:
			ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("%s", message)));
		case NEEDS_INPUT:
			break;
	}
	input_text(input, &str, &length);
	if (memchr(str, '\0', length))
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("the character U+0000 cannot be stored in text")));
	text = pnstrdup(str, length);
	if (param->use == FSQ_USE_CONTAINS || param->use == FSQ_USE_STARTS || param->use == FSQ_USE_ENDS)
		text = text_to_cstring(like_pattern(text, length, param->use));
	return InputFunctionCall(&param->input, text, param->ioparam, -1);
}

/* Convert a list to an array; true if no input function was needed, or is allowed. */
static Conversion
convert_list(FsqPlanParam *param, const FsqInput *input, bool may_raise, Datum *value,
			 const char **message)
{
	int			n = input->nitems;
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	bool	   *nulls = palloc0(sizeof(bool) * Max(n, 1));
	int			lower = 1;

	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (input->items[i]->kind == FSQ_VALUE_NULL)
		{
			nulls[i] = true;
			values[i] = (Datum) 0;
		}
		else if (may_raise)
			values[i] = input_value(param, input->items[i]);
		else
		{
			Conversion	conversion = convert_value(param, input->items[i], &values[i], message);

			if (conversion != CONVERTED)
				return conversion;
		}
	}
	*value = PointerGetDatum(n == 0 ? construct_empty_array(param->value_type) :
							 construct_md_array(values, nulls, 1, &n, &lower, param->value_type,
												param->typlen, param->typbyval, param->typalign));
	return CONVERTED;
}

/* Convert without the type's input function, if that can be done. */
static Conversion
convert(FsqPlanParam *param, const FsqInput *input, Datum *value, const char **message)
{
	if (param->use == FSQ_USE_LIST)
		return convert_list(param, input, false, value, message);
	return convert_value(param, param_part(param, input), value, message);
}

const char *
fsq_try_input(FsqStep step, void *arg)
{
	ErrorData  *error = fsq_subtransaction_try(step, arg);

	if (error == NULL)
		return NULL;
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
		ReThrowError(error);
	return pg_server_to_any(error->message, strlen(error->message), PG_UTF8);
}

static void
invalid_value(FsqErrorList *errors, const FsqPlanParam *param, const char *message)
{
	if (param->use == FSQ_USE_COUNT || param->use == FSQ_USE_PAGE)
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, param->offset, "\"%s\" %s", param->where, message);
	else
		fsq_error_at(errors, FSQ_BAD_USER_INPUT, param->offset, "Invalid value for \"%s\": %s",
					 param->where, message);
}

/* Values that need input functions. */
typedef struct InputStep
{
	FsqPlanParam **params;
	FsqInput  **inputs;
	Datum	  **targets;
	int			n;
	int			i;				/* the one that is being converted */
} InputStep;

static void
input_step(void *arg)
{
	InputStep  *step = arg;

	for (; step->i < step->n; step->i++)
	{
		FsqPlanParam *param = step->params[step->i];
		FsqInput   *input = step->inputs[step->i];
		const char *message;

		if (param->use == FSQ_USE_LIST)
			(void) convert_list(param, input, true, step->targets[step->i], &message);
		else
			*step->targets[step->i] = input_value(param, param_part(param, input));
	}
}

/* Convert them, in one subtransaction.  False after adding an error. */
static bool
input_values(FsqPlanParam **params, FsqInput **inputs, Datum **targets, int n, FsqErrorList *errors)
{
	InputStep	step = {.params = params,.inputs = inputs,.targets = targets,.n = n};
	const char *message = fsq_try_input(input_step, &step);

	if (message)
		invalid_value(errors, params[step.i], message);
	return message == NULL;
}

/* A new parameter for an input value, or for a part of it; as fsq_statement_value. */
static int
add_value(FsqStatement *statement, FsqInput *input, FsqParamUse use, int token, int part,
		  Oid value_type, const char *where)
{
	FsqBuilder *builder = statement->builder;
	FsqPlanParam *param;
	MemoryContext old;
	Oid			function;
	const char *message;
	Datum	   *target;
	bool		ok = true;

	if (use == FSQ_USE_LIST && !OidIsValid(get_array_type(value_type)))
	{
		fsq_error_at(builder->errors, FSQ_BAD_USER_INPUT, statement->offset,
					 "\"%s\" cannot be used: the type of the column has no arrays", where);
		return 0;
	}
	param = param_add(statement, input->variable >= 0 ? FSQ_PARAM_VARIABLE : FSQ_PARAM_CONSTANT,
					  value_type, use == FSQ_USE_LIST);
	old = MemoryContextSwitchTo(builder->plan->context);
	param->use = use;
	param->token = token;
	param->part = part;
	param->where = pstrdup(where);
	getTypeInputInfo(value_type, &function, &param->ioparam);
	fmgr_info(function, &param->input);
	if (param->source == FSQ_PARAM_VARIABLE)
		param_set_path(param, input);
	else
	{
		if (input->mixed || use == FSQ_USE_LIST)
		{
			bool		mixed = input->mixed;

			for (int i = 0; use == FSQ_USE_LIST && i < input->nitems; i++)
				mixed |= input->items[i]->variable >= 0 || input->items[i]->mixed;
			if (mixed)
				builder->plan->cacheable = false;
		}
		target = &param->value;
		switch (convert(param, input, target, &message))
		{
			case CONVERTED:
				break;
			case INVALID:
				invalid_value(builder->errors, param, message);
				ok = false;
				break;
			case NEEDS_INPUT:
				ok = input_values(&param, &input, &target, 1, builder->errors);
				break;
		}
	}
	MemoryContextSwitchTo(old);
	return ok ? list_length(statement->params) : 0;
}

int
fsq_statement_value(FsqStatement *statement, FsqInput *input, FsqParamUse use, Oid value_type,
					const char *where)
{
	return add_value(statement, input, use, 0, 0, value_type, where);
}

int
fsq_statement_token_value(FsqStatement *statement, FsqInput *token, FsqTokenKind kind, int number,
						  Oid value_type, const char *where)
{
	return add_value(statement, token, FSQ_USE_VALUE, kind, number, value_type, where);
}

/* ---- the values of a request ---- */

static FsqInput *
variable_input(const FsqPlanParam *param, FsqVariables *variables)
{
	FsqInput   *input = variables->values[param->variable];

	for (int i = 0; i < param->npath; i++)
		input = input->items[param->path[i]];
	return input;
}

bool
fsq_params_convert(FsqPlanParam **params, FsqInput **inputs, Datum **targets, int n,
				   FsqErrorList *errors)
{
	int			nslow = 0;
	bool		ok = true;

	for (int i = 0; i < n; i++)
	{
		const char *message;

		CHECK_FOR_INTERRUPTS();
		switch (convert(params[i], inputs[i], targets[i], &message))
		{
			case CONVERTED:
				break;
			case INVALID:
				invalid_value(errors, params[i], message);
				ok = false;
				break;
			case NEEDS_INPUT:
				params[nslow] = params[i];
				inputs[nslow] = inputs[i];
				targets[nslow++] = targets[i];
				break;
		}
	}
	return (nslow == 0 || input_values(params, inputs, targets, nslow, errors)) && ok;
}

Datum **
fsq_plan_values(FsqPlan *plan, FsqPlanView *view, FsqVariables *variables, FsqErrorList *errors)
{
	Datum	  **values = palloc(sizeof(Datum *) * Max(plan->nfetches, 1));
	int			nslow = 0;
	int			nparams = 0;
	FsqPlanParam **slow = NULL;
	FsqInput  **slow_inputs = NULL;
	Datum	  **slow_targets = NULL;
	bool		ok = true;

	for (int i = 0; i < plan->nfetches; i++)
		nparams += plan->fetches[i]->nparams;
	for (int i = 0; i < plan->nfetches; i++)
	{
		FsqFetch   *fetch = plan->fetches[i];

		values[i] = NULL;
		if (!view->fetches[i].active)
			continue;
		values[i] = palloc0(sizeof(Datum) * Max(fetch->nparams, 1));
		for (int j = 0; j < fetch->nparams; j++)
		{
			FsqPlanParam *param = &fetch->params[j];
			FsqInput   *input;
			const char *message;

			if (param->source != FSQ_PARAM_VARIABLE)
			{
				values[i][j] = param->value;
				continue;
			}
			input = variable_input(param, variables);
			switch (convert(param, input, &values[i][j], &message))
			{
				case CONVERTED:
					break;
				case INVALID:
					invalid_value(errors, param, message);
					ok = false;
					break;
				case NEEDS_INPUT:
					if (slow == NULL)
					{
						slow = palloc(sizeof(FsqPlanParam *) * nparams);
						slow_inputs = palloc(sizeof(FsqInput *) * nparams);
						slow_targets = palloc(sizeof(Datum *) * nparams);
					}
					slow[nslow] = param;
					slow_inputs[nslow] = input;
					slow_targets[nslow++] = &values[i][j];
					break;
			}
		}
	}
	if (nslow > 0)
		ok = input_values(slow, slow_inputs, slow_targets, nslow, errors) && ok;
	return ok ? values : NULL;
}
