/*-------------------------------------------------------------------------
 *
 * json.c
 *	  Values of columns as JSON text.
 *
 *	  How a column's values are written is chosen once; the common types are
 *	  written without their output function.  Dates and times are ISO 8601
 *	  whatever DateStyle says, floats have the shortest digits that read back
 *	  as the same number, and what JSON numbers cannot say is a string.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "exec/exec.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/syscache.h"
#include "utils/uuid.h"

/* ---- one function for each way of writing ---- */

static inline void
append_int64(StringInfo out, int64 value)
{
	fsq_json_reserve(out, MAXINT8LEN + 1);
	out->len += pg_lltoa(value, out->data + out->len);
}

static void
render_int2(const FsqRender *render, Datum value, StringInfo out)
{
	append_int64(out, DatumGetInt16(value));
}

static void
render_int4(const FsqRender *render, Datum value, StringInfo out)
{
	append_int64(out, DatumGetInt32(value));
}

static void
render_int8(const FsqRender *render, Datum value, StringInfo out)
{
	append_int64(out, DatumGetInt64(value));
}

/* An integer of any size as a string: identifiers, and bigint by default. */
static void
render_int_string(const FsqRender *render, Datum value, StringInfo out)
{
	int64		number = render->type == INT4OID ? DatumGetInt32(value) :
		render->type == INT8OID ? DatumGetInt64(value) : DatumGetInt16(value);
	char	   *p;

	fsq_json_reserve(out, MAXINT8LEN + 3);
	p = out->data + out->len;
	*p++ = '"';
	p += pg_lltoa(number, p);
	*p++ = '"';
	out->len = p - out->data;
}

static void
render_numeric_string(const FsqRender *render, Datum value, StringInfo out)
{
	const char *text = DatumGetCString(DirectFunctionCall1(numeric_out, value));

	appendStringInfoCharMacro(out, '"');
	appendStringInfoString(out, text);
	appendStringInfoCharMacro(out, '"');
}

static void
render_numeric(const FsqRender *render, Datum value, StringInfo out)
{
	Numeric		numeric = DatumGetNumeric(value);

	if (numeric_is_nan(numeric) || numeric_is_inf(numeric))
		render_numeric_string(render, value, out);
	else
		appendStringInfoString(out, DatumGetCString(DirectFunctionCall1(numeric_out, value)));
}

static bool
append_special_float(StringInfo out, double value)
{
	if (isnan(value))
		appendStringInfoString(out, "\"NaN\"");
	else if (isinf(value))
		appendStringInfoString(out, value > 0 ? "\"Infinity\"" : "\"-Infinity\"");
	else
		return false;
	return true;
}

static void
render_float4(const FsqRender *render, Datum value, StringInfo out)
{
	char		text[FLOAT_SHORTEST_DECIMAL_LEN];

	if (!append_special_float(out, DatumGetFloat4(value)))
		appendBinaryStringInfo(out, text, float_to_shortest_decimal_buf(DatumGetFloat4(value), text));
}

static void
render_float8(const FsqRender *render, Datum value, StringInfo out)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (!append_special_float(out, DatumGetFloat8(value)))
		appendBinaryStringInfo(out, text, double_to_shortest_decimal_buf(DatumGetFloat8(value), text));
}

static void
render_bool(const FsqRender *render, Datum value, StringInfo out)
{
	if (DatumGetBool(value))
		appendBinaryStringInfo(out, "true", 4);
	else
		appendBinaryStringInfo(out, "false", 5);
}

static void
render_text(const FsqRender *render, Datum value, StringInfo out)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	fsq_json_string(out, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

static void
render_uuid(const FsqRender *render, Datum value, StringInfo out)
{
	static const char digits[] = "0123456789abcdef";
	pg_uuid_t  *uuid = DatumGetUUIDP(value);
	char		text[38];
	char	   *p = text;

	*p++ = '"';
	for (int i = 0; i < UUID_LEN; i++)
	{
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		*p++ = digits[uuid->data[i] >> 4];
		*p++ = digits[uuid->data[i] & 15];
	}
	*p = '"';
	appendBinaryStringInfo(out, text, sizeof(text));
}

/* date, timestamp, timestamptz: ISO 8601 */
static void
render_datetime(const FsqRender *render, Datum value, StringInfo out)
{
	char		text[MAXDATELEN + 1];

	JsonEncodeDateTime(text, value, render->type, NULL);
	appendStringInfoCharMacro(out, '"');
	appendStringInfoString(out, text);
	appendStringInfoCharMacro(out, '"');
}

static void
render_json(const FsqRender *render, Datum value, StringInfo out)
{
	struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

	appendBinaryStringInfo(out, VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
}

static void
render_jsonb(const FsqRender *render, Datum value, StringInfo out)
{
	Jsonb	   *jsonb = DatumGetJsonbP(value);

	(void) JsonbToCString(out, &jsonb->root, VARSIZE(jsonb));
}

static void
render_output(const FsqRender *render, Datum value, StringInfo out)
{
	char	   *text = OutputFunctionCall(unconstify(FmgrInfo *, &render->output), value);

	fsq_json_string(out, text, strlen(text));
}

/* The GraphQL name of an enum's label; a label that the schema has not seen stands as it is. */
static void
render_enum(const FsqRender *render, Datum value, StringInfo out)
{
	Oid			label = DatumGetObjectId(value);

	for (int i = 0; i < render->nlabels; i++)
	{
		if (render->labels[i] == label)
		{
			fsq_json_string(out, render->names[i], strlen(render->names[i]));
			return;
		}
	}
	render_output(render, value, out);
}

static void
render_composite(const FsqRender *render, Datum value, StringInfo out)
{
	render_json(render, DirectFunctionCall1(row_to_json, value), out);
}

/* One dimension of an array; *next is the element to write. */
static void
append_dimension(const FsqRender *render, StringInfo out, int ndims, const int *dims,
				 const Datum *values, const bool *nulls, int *next)
{
	appendStringInfoChar(out, '[');
	for (int i = 0; i < dims[0]; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(out, ',');
		if (ndims > 1)
		{
			append_dimension(render, out, ndims - 1, dims + 1, values, nulls, next);
			continue;
		}
		if (nulls[*next])
			appendBinaryStringInfo(out, "null", 4);
		else
			render->element->function(render->element, values[*next], out);
		(*next)++;
	}
	appendStringInfoChar(out, ']');
}

static void
render_array(const FsqRender *render, Datum value, StringInfo out)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			next = 0;

	deconstruct_array(array, ARR_ELEMTYPE(array), render->typlen, render->typbyval,
					  render->typalign, &values, &nulls, &n);
	if (n == 0)
		appendStringInfoString(out, "[]");
	else
		append_dimension(render, out, ARR_NDIM(array), ARR_DIMS(array), values, nulls, &next);
}

/* ---- choosing ---- */

/* What is written without the output function, by form and type. */
static const struct
{
	FsqJsonForm form;
	Oid			type;
	FsqRenderFunction function;
	FsqTextForm text_form;		/* of the text of its output function, with ISO 8601 dates */
}			rules[] = {
	{FSQ_JSON_NUMBER, INT2OID, render_int2},
	{FSQ_JSON_NUMBER, INT4OID, render_int4},
	{FSQ_JSON_NUMBER, INT8OID, render_int8},
	{FSQ_JSON_NUMBER, NUMERICOID, render_numeric, FSQ_TEXT_RAW},
	{FSQ_JSON_STRING, INT2OID, render_int_string},
	{FSQ_JSON_STRING, INT4OID, render_int_string},
	{FSQ_JSON_STRING, INT8OID, render_int_string},
	{FSQ_JSON_STRING, NUMERICOID, render_numeric_string, FSQ_TEXT_QUOTED},
	{FSQ_JSON_STRING, TEXTOID, render_text, FSQ_TEXT_ESCAPED},
	{FSQ_JSON_STRING, VARCHAROID, render_text, FSQ_TEXT_ESCAPED},
	{FSQ_JSON_STRING, BPCHAROID, render_text},
	{FSQ_JSON_STRING, UUIDOID, render_uuid, FSQ_TEXT_QUOTED},
	{FSQ_JSON_STRING, DATEOID, render_datetime, FSQ_TEXT_QUOTED},
	{FSQ_JSON_FLOAT, FLOAT4OID, render_float4},
	{FSQ_JSON_FLOAT, FLOAT8OID, render_float8},
	{FSQ_JSON_BOOLEAN, BOOLOID, render_bool},
	{FSQ_JSON_RAW, JSONOID, render_json},
	{FSQ_JSON_RAW, JSONBOID, render_jsonb},
	{FSQ_JSON_TIMESTAMPTZ, TIMESTAMPTZOID, render_datetime},
	{FSQ_JSON_TIMESTAMP, TIMESTAMPOID, render_datetime, FSQ_TEXT_QUOTED}
};

/* The names of an enum's labels by their oids. */
static void
set_labels(FsqRender *render, FsqType *type)
{
	List	   *values = fsq_type_enum_values(type);
	ListCell   *lc;

	render->labels = palloc(sizeof(Oid) * Max(list_length(values), 1));
	render->names = palloc(sizeof(char *) * Max(list_length(values), 1));
	foreach(lc, values)
	{
		FsqEnumValue *value = lfirst(lc);
		Oid			label = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
											ObjectIdGetDatum(render->type),
											CStringGetDatum((const char *) value->binding));

		if (!OidIsValid(label))
			continue;
		render->labels[render->nlabels] = label;
		render->names[render->nlabels++] = value->name;
	}
}

static FsqRender *
render_make(Oid type, FsqJsonForm form, FsqType *gql_type)
{
	FsqRender  *render = palloc0(sizeof(FsqRender));
	Oid			output;
	bool		varlena;

	render->type = type;
	for (int i = 0; i < lengthof(rules) && render->function == NULL; i++)
	{
		if (rules[i].form != form || rules[i].type != type)
			continue;
		render->function = rules[i].function;
		render->text_form = rules[i].text_form;
	}
	if (render->function)
		return render;
	getTypeOutputInfo(type, &output, &varlena);
	fmgr_info(output, &render->output);
	render->function = render_output;
	if (form == FSQ_JSON_COMPOSITE)
		render->function = render_composite;
	else if (form == FSQ_JSON_ENUM && gql_type->kind == FSQ_ENUM)
	{
		render->function = render_enum;
		set_labels(render, gql_type);
	}
	return render;
}

FsqRender *
fsq_render_create(const FsqValueType *value)
{
	FsqRender  *render;
	Oid			element;

	if (value->form != FSQ_JSON_ARRAY)
		return render_make(value->type, value->form, value->gql_type);
	render = palloc0(sizeof(FsqRender));
	render->function = render_array;
	render->type = value->type;
	element = get_element_type(value->type);
	get_typlenbyvalalign(element, &render->typlen, &render->typbyval, &render->typalign);
	render->element = render_make(getBaseType(element), value->element_form,
								  fsq_type_named(value->gql_type));
	return render;
}
