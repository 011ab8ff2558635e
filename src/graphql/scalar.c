/*-------------------------------------------------------------------------
 *
 * scalar.c
 *	  Input values of scalars and enums, from literals and from JSON.
 *
 *	  Numbers keep the text that they were written with, so nothing is lost
 *	  between a request and a SQL value.  The messages are graphql-js's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/scalar.h"
#include "graphql/suggest.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

/* graphql-js's inspect(): longer arrays and deeper values are cut. */
#define INSPECT_ARRAY_LENGTH 10
#define INSPECT_DEPTH 2

/* The kinds of value that a scalar is given, whether literal or JSON. */
typedef enum GivenKind
{
	GIVEN_INTEGER,
	GIVEN_FRACTION,
	GIVEN_STRING,
	GIVEN_BOOLEAN,
	GIVEN_OTHER
} GivenKind;

typedef struct Given
{
	GivenKind	kind;
	char	   *str;			/* number or string */
	int			length;
	bool		boolean;
	bool		literal;
	const FsqValueNode *node;	/* of a literal */
	const JsonbValue *json;
} Given;

/* ---- JSON values ---- */

/* Fetch the members of a container. */
int
fsq_json_members(const JsonbValue *value, JsonbValue **keys, JsonbValue **values)
{
	JsonbContainer *container = value->val.binary.data;
	int			n = JsonContainerSize(container);
	int			i = 0;
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	member;

	Assert(value->type == jbvBinary);
	*values = palloc(sizeof(JsonbValue) * Max(n, 1));
	if (keys != NULL)
		*keys = palloc(sizeof(JsonbValue) * Max(n, 1));

	it = JsonbIteratorInit(container);
	JsonbIteratorNext(&it, &member, false);
	while ((token = JsonbIteratorNext(&it, &member, true)) != WJB_END_ARRAY &&
		   token != WJB_END_OBJECT && token != WJB_DONE)
	{
		if (token == WJB_KEY && keys != NULL)
			(*keys)[i] = member;
		else if (token == WJB_VALUE || token == WJB_ELEM)
			(*values)[i++] = member;
	}
	Assert(i == n);
	return n;
}

/* Whether a JSON value is an object. */
static bool
is_json_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

/* The text of a number; zeros at the end of its fraction are dropped on demand. */
static char *
number_text(Numeric number, bool trim)
{
	char	   *str = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));

	if (trim && strchr(str, '.') != NULL)
	{
		char	   *end = str + strlen(str);

		while (end[-1] == '0')
			end--;
		if (end[-1] == '.')
			end--;
		*end = '\0';
	}
	return str;
}

/*
 * Append a number as JavaScript writes it: with an exponent from 1e21 on, and
 * below 1e-6.  All its digits are kept, where JavaScript keeps those of a double.
 */
static void
inspect_number(StringInfo out, Numeric number)
{
	char	   *text = number_text(number, true);
	char	   *unsigned_text = text + (*text == '-');
	char	   *point = strchr(unsigned_text, '.');
	int			whole = point ? point - unsigned_text : strlen(unsigned_text);
	char	   *digits;
	int			exponent;
	int			n;

	if (point)
		memmove(point, point + 1, strlen(point));
	digits = unsigned_text + strspn(unsigned_text, "0");
	n = strlen(digits);
	exponent = whole - 1 - (digits - unsigned_text);
	if (n == 0 || (exponent > -7 && exponent < 21))
	{
		appendStringInfoString(out, number_text(number, true));
		return;
	}
	while (n > 1 && digits[n - 1] == '0')
		n--;
	appendStringInfo(out, "%s%c", *text == '-' ? "-" : "", digits[0]);
	if (n > 1)
		appendStringInfo(out, ".%.*s", n - 1, digits + 1);
	appendStringInfo(out, "e%+d", exponent);
}

static void inspect_value(StringInfo out, const JsonbValue *value, int depth);

/* Append a container as inspect() shows it. */
static void
inspect_container(StringInfo out, const JsonbValue *value, int depth)
{
	bool		is_object = is_json_object(value);
	JsonbValue *keys = NULL;
	JsonbValue *values;
	int			n;
	int			shown;

	if (JsonContainerSize(value->val.binary.data) == 0)
	{
		appendStringInfoString(out, is_object ? "{}" : "[]");
		return;
	}
	if (depth > INSPECT_DEPTH)
	{
		appendStringInfoString(out, is_object ? "[Object]" : "[Array]");
		return;
	}

	n = fsq_json_members(value, &keys, &values);
	shown = is_object ? n : Min(n, INSPECT_ARRAY_LENGTH);
	appendStringInfoString(out, is_object ? "{ " : "[");
	for (int i = 0; i < shown; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(out, ", ");
		if (is_object)
			appendStringInfo(out, "%.*s: ", keys[i].val.string.len, keys[i].val.string.val);
		inspect_value(out, &values[i], depth);
	}
	if (n - shown == 1)
		appendStringInfoString(out, ", ... 1 more item");
	else if (n > shown)
		appendStringInfo(out, ", ... %d more items", n - shown);
	appendStringInfoString(out, is_object ? " }" : "]");
}

/* Append a value as inspect() shows it. */
static void
inspect_value(StringInfo out, const JsonbValue *value, int depth)
{
	switch (value->type)
	{
		case jbvNull:
			appendStringInfoString(out, "null");
			break;
		case jbvString:
			fsq_json_string(out, value->val.string.val, value->val.string.len);
			break;
		case jbvNumeric:
			inspect_number(out, value->val.numeric);
			break;
		case jbvBool:
			appendStringInfoString(out, value->val.boolean ? "true" : "false");
			break;
		default:
			inspect_container(out, value, depth + 1);
			break;
	}
}

/* A JSON value as graphql-js's inspect() shows it in messages. */
char *
fsq_json_inspect(const JsonbValue *value)
{
	StringInfoData out;

	initStringInfo(&out);
	inspect_value(&out, value, 0);
	return out.data;
}

/* A JSON value as JSON text. */
static char *
json_text(const JsonbValue *value)
{
	StringInfoData out;

	if (value->type == jbvBinary)
		return JsonbToCString(NULL, value->val.binary.data, value->val.binary.len);
	initStringInfo(&out);
	if (value->type == jbvNumeric)
		appendStringInfoString(&out, number_text(value->val.numeric, false));
	else
		inspect_value(&out, value, 0);
	return out.data;
}

/* ---- literals ---- */

/* Append a literal as JSON. */
static void
write_literal(StringInfo out, const FsqValueNode *node, FsqVariables *variables, bool *mixed)
{
	ListCell   *lc;
	bool		first = true;

	CHECK_FOR_INTERRUPTS();
	switch (node->node.kind)
	{
		case FSQ_NODE_VARIABLE:
			{
				int			i = fsq_variable_index(variables, node->str);

				*mixed = true;
				if (i >= 0 && variables->values[i] != NULL)
					fsq_input_write_json(out, variables->values[i]);
				else
					appendStringInfoString(out, "null");
				break;
			}
		case FSQ_NODE_STRING:
		case FSQ_NODE_ENUM:
			fsq_json_string(out, node->str, node->length);
			break;
		case FSQ_NODE_LIST:
			appendStringInfoChar(out, '[');
			foreach(lc, node->items)
			{
				if (!first)
					appendStringInfoChar(out, ',');
				first = false;
				write_literal(out, lfirst(lc), variables, mixed);
			}
			appendStringInfoChar(out, ']');
			break;
		case FSQ_NODE_OBJECT:
			appendStringInfoChar(out, '{');
			foreach(lc, node->fields)
			{
				FsqArgumentNode *field = lfirst(lc);
				FsqValueNode *value = (FsqValueNode *) field->value;

				/* A field whose variable is absent is absent. */
				if (value->node.kind == FSQ_NODE_VARIABLE)
				{
					int			i = fsq_variable_index(variables, value->str);

					if (i < 0 || variables->values[i] == NULL)
					{
						*mixed = true;
						continue;
					}
				}
				if (!first)
					appendStringInfoChar(out, ',');
				first = false;
				fsq_json_string(out, field->name->value, strlen(field->name->value));
				appendStringInfoChar(out, ':');
				write_literal(out, value, variables, mixed);
			}
			appendStringInfoChar(out, '}');
			break;
		default:
			/* numbers, true, false and null are JSON as they are written */
			appendStringInfoString(out, node->str);
			break;
	}
}

/* A literal as JSON; *mixed becomes true if it has variables inside. */
char *
fsq_literal_to_json(const FsqValueNode *node, FsqVariables *variables, bool *mixed)
{
	StringInfoData out;

	initStringInfo(&out);
	write_literal(&out, node, variables, mixed);
	return out.data;
}

/* ---- scalars ---- */

/* A given value as messages show it. */
static char *
given_text(const Given *given)
{
	return given->literal ? fsq_node_text((const FsqNode *) given->node) : fsq_json_inspect(given->json);
}

static void
set_text(FsqInput *input, FsqInputKind kind, const Given *given)
{
	input->kind = kind;
	input->str = given->str;
	input->length = given->length;
}

static char *
coerce_int(FsqInput *input, const Given *given)
{
	const char *digits = given->str;

	if (given->kind != GIVEN_INTEGER)
		return psprintf("Int cannot represent non-integer value: %s", given_text(given));
	if (strcmp(digits, "-0") == 0)
		digits = "0";
	if (strlen(digits) > 11 || strtoll(digits, NULL, 10) != (int32) strtoll(digits, NULL, 10))
		return psprintf("Int cannot represent non 32-bit signed integer value: %s", given_text(given));
	input->kind = FSQ_VALUE_NUMBER;
	input->str = pstrdup(digits);
	input->length = strlen(digits);
	return NULL;
}

static char *
coerce_float(FsqInput *input, const Given *given)
{
	if (given->kind != GIVEN_INTEGER && given->kind != GIVEN_FRACTION)
		return psprintf("Float cannot represent non numeric value: %s", given_text(given));
	set_text(input, FSQ_VALUE_NUMBER, given);
	return NULL;
}

static char *
coerce_string(FsqInput *input, const Given *given)
{
	if (given->kind != GIVEN_STRING)
		return psprintf("String cannot represent a non string value: %s", given_text(given));
	set_text(input, FSQ_VALUE_STRING, given);
	return NULL;
}

static char *
coerce_boolean(FsqInput *input, const Given *given)
{
	if (given->kind != GIVEN_BOOLEAN)
		return psprintf("Boolean cannot represent a non boolean value: %s", given_text(given));
	input->kind = FSQ_VALUE_BOOLEAN;
	input->boolean = given->boolean;
	return NULL;
}

static char *
coerce_id(FsqInput *input, const Given *given)
{
	if (given->kind != GIVEN_STRING && given->kind != GIVEN_INTEGER)
		return psprintf(given->literal ?
						"ID cannot represent a non-string and non-integer value: %s" :
						"ID cannot represent value: %s", given_text(given));
	set_text(input, FSQ_VALUE_STRING, given);
	return NULL;
}

/* A scalar whose text a SQL type reads: a string, perhaps also a number. */
static char *
coerce_text(FsqInput *input, const Given *given)
{
	bool		number = given->kind == GIVEN_INTEGER || given->kind == GIVEN_FRACTION;
	bool		takes_number = input->type->scalar == FSQ_SCALAR_TEXT_OR_NUMBER;

	if (given->kind != GIVEN_STRING && !(number && takes_number))
		return psprintf("%s cannot represent a %s value: %s", input->type->name,
						takes_number ? "non-string and non-number" : "non string",
						given_text(given));
	set_text(input, number ? FSQ_VALUE_NUMBER : FSQ_VALUE_STRING, given);
	return NULL;
}

/* An enum's value by name. */
static char *
coerce_enum(FsqInput *input, const Given *given)
{
	FsqType    *type = input->type;
	const char *name;

	if (given->literal ? given->node->node.kind != FSQ_NODE_ENUM : given->kind != GIVEN_STRING)
	{
		char	   *text = given_text(given);

		return psprintf("Enum \"%s\" cannot represent %s value: %s.%s", type->name,
						given->literal ? "non-enum" : "non-string", text,
						fsq_did_you_mean("the enum value",
										 fsq_suggestions(text, fsq_member_names(fsq_type_enum_values(type)))));
	}
	name = given->literal ? given->node->str : given->str;
	input->enum_value = fsq_type_enum_value(type, name);
	if (input->enum_value == NULL)
		return psprintf("Value \"%s\" does not exist in \"%s\" enum.%s", name, type->name,
						fsq_did_you_mean("the enum value",
										 fsq_suggestions(name, fsq_member_names(fsq_type_enum_values(type)))));
	input->kind = FSQ_VALUE_ENUM;
	input->str = unconstify(char *, input->enum_value->name);
	input->length = strlen(input->str);
	return NULL;
}

/* Coerce what was given to the leaf type of the input. */
static char *
coerce_given(FsqInput *input, const Given *given)
{
	if (input->type->kind == FSQ_ENUM)
		return coerce_enum(input, given);
	switch (input->type->scalar)
	{
		case FSQ_SCALAR_INT:
			return coerce_int(input, given);
		case FSQ_SCALAR_FLOAT:
			return coerce_float(input, given);
		case FSQ_SCALAR_STRING:
			return coerce_string(input, given);
		case FSQ_SCALAR_BOOLEAN:
			return coerce_boolean(input, given);
		case FSQ_SCALAR_ID:
			return coerce_id(input, given);
		default:
			return coerce_text(input, given);
	}
}

/* Whether a type takes any value, kept as JSON. */
static bool
takes_json(FsqType *type)
{
	return type->kind == FSQ_SCALAR &&
		(type->scalar == FSQ_SCALAR_JSON || type->scalar == FSQ_SCALAR_CUSTOM);
}

/*
 * Fill in an input of a leaf type from a literal.  NULL on success, else the
 * message of what is wrong.
 */
char *
fsq_leaf_from_literal(FsqInput *input, const FsqValueNode *node, FsqVariables *variables)
{
	Given		given = {.kind = GIVEN_OTHER, .literal = true, .node = node};

	if (takes_json(input->type))
	{
		input->kind = FSQ_VALUE_JSON;
		input->str = fsq_literal_to_json(node, variables, &input->mixed);
		input->length = strlen(input->str);
		return NULL;
	}

	given.str = node->str;
	given.length = node->length;
	switch (node->node.kind)
	{
		case FSQ_NODE_INT:
			given.kind = GIVEN_INTEGER;
			break;
		case FSQ_NODE_FLOAT:
			given.kind = GIVEN_FRACTION;
			break;
		case FSQ_NODE_STRING:
			given.kind = GIVEN_STRING;
			break;
		case FSQ_NODE_BOOLEAN:
			given.kind = GIVEN_BOOLEAN;
			given.boolean = node->boolean;
			break;
		default:
			break;
	}
	return coerce_given(input, &given);
}

/*
 * Fill in an input of a leaf type from JSON.  NULL on success, else the
 * message of what is wrong.
 */
char *
fsq_leaf_from_json(FsqInput *input, const JsonbValue *value)
{
	Given		given = {.kind = GIVEN_OTHER, .json = value};

	if (takes_json(input->type))
	{
		input->kind = FSQ_VALUE_JSON;
		input->str = json_text(value);
		input->length = strlen(input->str);
		return NULL;
	}

	switch (value->type)
	{
		case jbvNumeric:
			/* 1.0 is an integer to JSON; a fraction keeps its digits. */
			given.str = number_text(value->val.numeric, true);
			given.kind = strchr(given.str, '.') ? GIVEN_FRACTION : GIVEN_INTEGER;
			if (input->type->kind != FSQ_SCALAR ||
				(input->type->scalar != FSQ_SCALAR_INT && input->type->scalar != FSQ_SCALAR_ID))
				given.str = number_text(value->val.numeric, false);
			given.length = strlen(given.str);
			break;
		case jbvString:
			given.kind = GIVEN_STRING;
			given.str = pnstrdup(value->val.string.val, value->val.string.len);
			given.length = value->val.string.len;
			break;
		case jbvBool:
			given.kind = GIVEN_BOOLEAN;
			given.boolean = value->val.boolean;
			break;
		default:
			break;
	}
	return coerce_given(input, &given);
}
