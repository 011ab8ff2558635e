/*-------------------------------------------------------------------------
 *
 * value_text.c
 *	  Converts text, and what is read from text by a type's input function.
 *	  The accepted forms are listed in value.c.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/shortest_dec.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/uuid.h"

#include "fdw.h"
#include "value.h"
#include "word.h"

/*
 * Whether bytes are ASCII without NUL, which most text is: a word at a time.
 */
static inline bool
is_plain_ascii(const char *s, int length)
{
	const uint64 high = UINT64CONST(0x8080808080808080);
	const uint64 ones = UINT64CONST(0x0101010101010101);
	uint64		bad = 0;
	uint64		word;

	/* a high bit of its own, or a borrow from a zero byte */
	for (; length >= 8; length -= 8, s += 8)
	{
		word = fsq_word(s);
		bad |= (word | (word - ones)) & high;
	}
	if (length > 0)
	{
		word = fsq_short_word(s, length);
		bad |= (word | (word - ones)) & high;
	}
	return bad == 0;
}

/*
 * Raise an error unless text is valid UTF-8 without NUL.
 */
static inline void
check_text(const FsqConverter *converter, const FsqValue *value)
{
	if (likely(is_plain_ascii(value->u.s, value->length)))
		return;
	if (pg_verify_mbstr(PG_UTF8, value->u.s, value->length, true))
		return;
	fsq_converter_error(converter, value,
						memchr(value->u.s, 0, value->length) != NULL ?
						"Text with a NUL byte cannot be represented." :
						"The text is not valid UTF-8.");
}

/*
 * The varlena of checked text, with room for "extra" blanks at its end.
 */
static inline Datum
make_text(const char *s, int length, int extra)
{
	text	   *result = palloc(VARHDRSZ + length + extra);

	SET_VARSIZE(result, VARHDRSZ + length + extra);
	memcpy(VARDATA(result), s, length);
	if (extra > 0)
		memset(VARDATA(result) + length, ' ', extra);
	return PointerGetDatum(result);
}

/*
 * Numbers as text: integers in decimal, reals in the shortest form that reads
 * back as the same number.  buf has room for FLOAT and INT64 alike.
 */
int
fsq_number_text(const FsqValue *value, char *buf)
{
	if (value->type == FSQ_WIRE_INT64)
		return pg_lltoa(value->u.i, buf);
	return double_to_shortest_decimal_buf(value->u.d, buf);
}

/*
 * The value as text in the server's encoding, checked; the result may be the
 * wire's own memory.  buf is for numbers.
 */
static inline const char *
server_text(const FsqConverter *converter, const FsqValue *value, char *buf, int *length)
{
	const char *s;

	switch (value->type)
	{
		case FSQ_WIRE_TEXT:
			check_text(converter, value);
			*length = value->length;
			if (GetDatabaseEncoding() == PG_UTF8)
				return value->u.s;
			{
				FSQ_PUSH_VALUE_CONTEXT(converter, value);
				s = pg_any_to_server(value->u.s, value->length, PG_UTF8);
				FSQ_POP_VALUE_CONTEXT();
			}
			if (s != value->u.s)
				*length = strlen(s);
			return s;
		case FSQ_WIRE_INT64:
		case FSQ_WIRE_FLOAT8:
			*length = fsq_number_text(value, buf);
			return buf;
		default:
			fsq_converter_error(converter, value, NULL);
	}
}

/*
 * The same, for converters elsewhere.
 */
const char *
fsq_value_server_text(const FsqConverter *converter, const FsqValue *value, char *buf, int *length)
{
	return server_text(converter, value, buf, length);
}

Datum
fsq_convert_text(FsqConverter *converter, const FsqValue *value)
{
	char		buf[FSQ_NUMBER_TEXT_SIZE];
	int			length;
	const char *s = server_text(converter, value, buf, &length);

	return make_text(s, length, 0);
}

/*
 * varchar(n) and char(n): too long is an error, never cut off.
 */
Datum
fsq_convert_text_limited(FsqConverter *converter, const FsqValue *value)
{
	char		buf[FSQ_NUMBER_TEXT_SIZE];
	int			length;
	const char *s = server_text(converter, value, buf, &length);
	int			limit = converter->typmod - VARHDRSZ;
	int			characters;

	/* no text has more characters than bytes */
	if (converter->type != BPCHAROID && length <= limit)
		return make_text(s, length, 0);
	characters = is_plain_ascii(s, length) ? length : pg_mbstrlen_with_len(s, length);
	if (characters > limit)
		fsq_converter_error(converter, value,
							psprintf("The text has %d characters.", characters));
	return make_text(s, length, converter->type == BPCHAROID ? limit - characters : 0);
}

Datum
fsq_convert_name(FsqConverter *converter, const FsqValue *value)
{
	char		buf[FSQ_NUMBER_TEXT_SIZE];
	int			length;
	const char *s = server_text(converter, value, buf, &length);
	Name		result;

	if (length >= NAMEDATALEN)
		fsq_converter_error(converter, value, "The text is too long for a name.");
	result = palloc0(NAMEDATALEN);
	memcpy(NameStr(*result), s, length);
	return NameGetDatum(result);
}

Datum
fsq_convert_bytea(FsqConverter *converter, const FsqValue *value)
{
	if (value->type != FSQ_WIRE_BYTES)
		fsq_converter_error(converter, value, NULL);
	return make_text(value->u.s, value->length, 0);
}

/*
 * By the type's input function.
 */
Datum
fsq_value_input(FsqConverter *converter, const FsqValue *value, char *cstring)
{
	Datum		result;

	FSQ_PUSH_VALUE_CONTEXT(converter, value);
	result = InputFunctionCall(&converter->input, cstring, converter->input_param, converter->typmod);
	FSQ_POP_VALUE_CONTEXT();
	return result;
}

Datum
fsq_convert_by_input(FsqConverter *converter, const FsqValue *value)
{
	const char *s;
	int			length;

	if (value->type != FSQ_WIRE_TEXT)
		fsq_converter_error(converter, value, NULL);
	s = server_text(converter, value, NULL, &length);
	/* whose input function takes the first byte and forgets the rest */
	if (converter->type == CHAROID && length > 1)
		fsq_converter_error(converter, value, "The text is longer than one byte.");
	return fsq_value_input(converter, value, pnstrdup(s, length));
}

Datum
fsq_convert_json(FsqConverter *converter, const FsqValue *value)
{
	char		buf[FSQ_NUMBER_TEXT_SIZE];
	int			length;
	const char *s = server_text(converter, value, buf, &length);

	return fsq_value_input(converter, value, pnstrdup(s, length));
}

/* ---- uuid ---- */

Datum
fsq_convert_uuid(FsqConverter *converter, const FsqValue *value)
{
	pg_uuid_t  *uuid = palloc(sizeof(pg_uuid_t));
	bool		lower = false;
	bool		upper = false;
	int			nibbles = 0;

	if (value->type == FSQ_WIRE_BYTES && value->length == UUID_LEN)
	{
		memcpy(uuid->data, value->u.s, UUID_LEN);
		return UUIDPGetDatum(uuid);
	}
	if (value->type != FSQ_WIRE_TEXT || value->length != 36)
		fsq_converter_error(converter, value, "A uuid is 36 characters, or 16 bytes.");
	for (int i = 0; i < 36; i++)
	{
		char		c = value->u.s[i];
		int			nibble;

		if (i == 8 || i == 13 || i == 18 || i == 23)
		{
			if (c != '-')
				fsq_converter_error(converter, value, NULL);
			continue;
		}
		if (c >= '0' && c <= '9')
			nibble = c - '0';
		else if (c >= 'a' && c <= 'f')
		{
			nibble = c - 'a' + 10;
			lower = true;
		}
		else if (c >= 'A' && c <= 'F')
		{
			nibble = c - 'A' + 10;
			upper = true;
		}
		else
			fsq_converter_error(converter, value, NULL);
		if (nibbles % 2 == 0)
			uuid->data[nibbles / 2] = nibble << 4;
		else
			uuid->data[nibbles / 2] |= nibble;
		nibbles++;
	}
	if (lower && upper)
		fsq_converter_error(converter, value, "Its letters are of both cases.");
	return UUIDPGetDatum(uuid);
}
