/*-------------------------------------------------------------------------
 *
 * value_direct.c
 *	  The text of a value as it comes from the wire, without converting it to
 *	  its type and back.
 *
 *	  Only what is certain to come out of the type's input and output functions
 *	  as the same text is taken; everything else, invalid values included, is
 *	  left to the converter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/datetime.h"
#include "utils/numeric.h"
#include "utils/uuid.h"

#include "value.h"
#include "word.h"

/* Digits of a number that needs no limits to be thought of. */
#define MAX_DIGITS 1000

/* A uuid with its hyphens. */
#define UUID_TEXT_LEN 36

static inline bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* text, and varchar(n) if it is not too long. */
static bool
text_of_text(const FsqConverter *converter, const FsqValue *value, FsqDirectText *text)
{
	if (value->type != FSQ_WIRE_TEXT)
		return false;
	if (converter->typmod >= (int32) VARHDRSZ && value->length > converter->typmod - VARHDRSZ)
		return false;
	text->plain = fsq_text_is_plain(value->u.s, value->length);
	if (text->plain)
	{
		text->s = value->u.s;
		text->length = value->length;
	}
	else
		text->s = fsq_value_server_text(converter, value, NULL, &text->length);
	return true;
}

/* The first byte at or after s that is no digit, or end. */
static inline const char *
skip_digits(const char *s, const char *end)
{
	while (s < end && is_digit(*s))
		s++;
	return s;
}

/* Whether a number without a sign is zero. */
static bool
is_zero(const char *s, const char *end)
{
	while (s < end && (*s == '0' || *s == '.'))
		s++;
	return s == end;
}

/*
 * A decimal number without superfluous zeros, a sign or a zero of its own, and
 * with as many decimal places as the column has.
 */
static bool
text_of_numeric(const FsqConverter *converter, const FsqValue *value, FsqDirectText *text)
{
	const char *s = value->u.s;
	const char *end = s + value->length;
	const char *digits;
	const char *point;

	if (value->type != FSQ_WIRE_TEXT || value->length < 1 || value->length > MAX_DIGITS)
		return false;
	digits = *s == '-' ? s + 1 : s;
	point = skip_digits(digits, end);
	if (point == digits || (*digits == '0' && point > digits + 1))
		return false;
	if (point < end && (*point != '.' || point + 1 == end || skip_digits(point + 1, end) < end))
		return false;
	if (digits > s && is_zero(digits, end))
		return false;
	if (converter->typmod >= (int32) VARHDRSZ)
	{
		int			precision = ((converter->typmod - VARHDRSZ) >> 16) & 0xffff;
		int			scale = (((converter->typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
		int			before = *digits == '0' ? 0 : point - digits;

		if (scale < 0 || (point == end ? 0 : end - point - 1) != scale || before > precision - scale)
			return false;
	}
	text->s = s;
	text->length = value->length;
	return true;
}

/* Two digits, or something that is no part of a date or time. */
static inline int
two_digits(const char *s)
{
	return is_digit(s[0]) && is_digit(s[1]) ? (s[0] - '0') * 10 + s[1] - '0' : 100;
}

/* YYYY-MM-DD, of the years 1 to 9999. */
static inline bool
is_date(const char *s)
{
	int			century = two_digits(s);
	int			year = century * 100 + two_digits(s + 2);
	int			month = two_digits(s + 5);
	int			day = two_digits(s + 8);

	return century < 100 && two_digits(s + 2) < 100 && year > 0 && s[4] == '-' && s[7] == '-' &&
		month >= 1 && month <= 12 && day >= 1 && day <= day_tab[isleap(year)][month - 1];
}

static bool
text_of_date(const FsqConverter *converter, const FsqValue *value, FsqDirectText *text)
{
	if (value->type != FSQ_WIRE_TEXT || value->length != 10 || !is_date(value->u.s))
		return false;
	text->s = value->u.s;
	text->length = value->length;
	return true;
}

/*
 * YYYY-MM-DD HH:MM:SS, perhaps with up to six places, of which zeros at the end
 * are not written.
 */
static bool
text_of_timestamp(const FsqConverter *converter, const FsqValue *value, FsqDirectText *text)
{
	const char *s = value->u.s;
	int			length = value->length;

	if (value->type != FSQ_WIRE_TEXT || length < 19 || length > 26 || length == 20 ||
		!is_date(s) || (s[10] != ' ' && s[10] != 'T') ||
		two_digits(s + 11) > 23 || s[13] != ':' || two_digits(s + 14) > 59 || s[16] != ':' ||
		two_digits(s + 17) > 59)
		return false;
	if (length > 19)
	{
		if (s[19] != '.')
			return false;
		for (int i = 20; i < length; i++)
			if (!is_digit(s[i]))
				return false;
		while (s[length - 1] == '0')
			length--;
		if (length == 20)
			length = 19;
		if (converter->typmod >= 0 && length - 20 > converter->typmod)
			return false;
	}
	memcpy(text->buf, s, length);
	text->buf[10] = 'T';
	text->s = text->buf;
	text->length = length;
	return true;
}

/* In lower case, as PostgreSQL writes it. */
static bool
text_of_uuid(const FsqConverter *converter, const FsqValue *value, FsqDirectText *text)
{
	if (value->type != FSQ_WIRE_TEXT || value->length != UUID_TEXT_LEN)
		return false;
	for (int i = 0; i < UUID_TEXT_LEN; i++)
	{
		char		c = value->u.s[i];

		if (i == 8 || i == 13 || i == 18 || i == 23 ? c != '-' : !is_digit(c) && (c < 'a' || c > 'f'))
			return false;
	}
	text->s = value->u.s;
	text->length = value->length;
	return true;
}

/* By type and converter: numbers that stand for dates have others. */
static const struct
{
	Oid			type;
	FsqConvert	convert;
	FsqConvertText text;
}			texts[] = {
	{TEXTOID, fsq_convert_text, text_of_text},
	{VARCHAROID, fsq_convert_text, text_of_text},
	{VARCHAROID, fsq_convert_text_limited, text_of_text},
	{NUMERICOID, fsq_convert_numeric, text_of_numeric},
	{NUMERICOID, fsq_convert_native_numeric, text_of_numeric},
	{UUIDOID, fsq_convert_uuid, text_of_uuid},
	{DATEOID, fsq_convert_date, text_of_date},
	{DATEOID, fsq_convert_native_time, text_of_date},
	{TIMESTAMPOID, fsq_convert_timestamp, text_of_timestamp},
	{TIMESTAMPOID, fsq_convert_native_time, text_of_timestamp}
};

FsqConvertText
fsq_converter_text(const FsqConverter *converter)
{
	for (int i = 0; i < lengthof(texts); i++)
		if (texts[i].type == converter->type && texts[i].convert == converter->convert)
			return texts[i].text;
	return NULL;
}
