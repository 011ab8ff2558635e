/*-------------------------------------------------------------------------
 *
 * error.c
 *	  GraphQL errors as data, and their JSON.
 *
 *	  Lines and columns are graphql-js's: a line ends at \n, \r or \r\n, and a
 *	  column counts UTF-16 code units from one.  Everything here is UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/error.h"
#include "utils/elog.h"
#include "word.h"

/* Start an empty list for a document (source may be NULL: no locations). */
void
fsq_errors_init(FsqErrorList *list, const char *source, int length)
{
	list->errors = NIL;
	list->source = source;
	list->source_length = length;
	list->last_offset = 0;
	list->last_location = (FsqLocation) {1, 1};
}

/*
 * Move a location from one offset on to a later one.  A line terminator that
 * begins before an offset ends its line; a character is one unit, two beyond
 * the basic plane.
 */
static void
advance_location(FsqLocation *location, const char *source, int length, int from, int to)
{
	for (int i = from; i < to; i++)
	{
		unsigned char c = (unsigned char) source[i];

		if (c == '\n' || (c == '\r' && !(i + 1 < length && source[i + 1] == '\n')))
		{
			location->line++;
			location->column = 1;
		}
		else if ((c & 0xC0) != 0x80)
			location->column += (c >= 0xF0) ? 2 : 1;
	}
}

static FsqError *error_add_va(FsqErrorList *list, const char *code,
							  const int *offsets, int noffsets,
							  const char *fmt, va_list args) pg_attribute_printf(5, 0);

/* Append an error with a message made from a format. */
static FsqError *
error_add_va(FsqErrorList *list, const char *code,
			 const int *offsets, int noffsets,
			 const char *fmt, va_list args)
{
	FsqError   *error = palloc0(sizeof(FsqError));
	StringInfoData message;

	initStringInfo(&message);
	for (;;)
	{
		va_list		copy;
		int			needed;

		va_copy(copy, args);
		needed = appendStringInfoVA(&message, fmt, copy);
		va_end(copy);
		if (needed == 0)
			break;
		enlargeStringInfo(&message, needed);
	}
	error->message = message.data;
	error->code = code;

	for (int i = 0; i < noffsets; i++)
	{
		FsqLocation *location;

		if (list->source == NULL || offsets[i] < 0)
			continue;
		location = palloc(sizeof(FsqLocation));
		if (offsets[i] < list->last_offset)
		{
			list->last_offset = 0;
			list->last_location = (FsqLocation) {1, 1};
		}
		advance_location(&list->last_location, list->source, list->source_length,
						 list->last_offset, offsets[i]);
		list->last_offset = offsets[i];
		*location = list->last_location;
		error->locations = lappend(error->locations, location);
	}

	list->errors = lappend(list->errors, error);
	return error;
}

/*
 * Add an error at any number of offsets into the document; negative ones are
 * left out.  Returns the new error, so that the caller can add to it.
 */
FsqError *
fsq_error_add(FsqErrorList *list, const char *code,
			  const int *offsets, int noffsets, const char *fmt,...)
{
	FsqError   *error;
	va_list		args;

	va_start(args, fmt);
	error = error_add_va(list, code, offsets, noffsets, fmt, args);
	va_end(args);
	return error;
}

/* Add an error at one offset; a negative one means no location. */
FsqError *
fsq_error_at(FsqErrorList *list, const char *code, int offset, const char *fmt,...)
{
	FsqError   *error;
	va_list		args;

	va_start(args, fmt);
	error = error_add_va(list, code, &offset, 1, fmt, args);
	va_end(args);
	return error;
}

/* Line and column of a byte offset of the document. */
FsqLocation
fsq_location(const char *source, int length, int offset)
{
	FsqLocation location = {1, 1};

	Assert(offset >= 0 && offset <= length);
	advance_location(&location, source, length, 0, offset);
	return location;
}

/* Append "key":"value", with a comma before it unless it is the first. */
static void
write_member(StringInfo out, bool *first, const char *key, const char *value)
{
	if (value == NULL)
		return;
	if (!*first)
		appendStringInfoChar(out, ',');
	*first = false;
	appendStringInfo(out, "\"%s\":", key);
	fsq_json_string(out, value, strlen(value));
}

/* Append the path of an error: ["users",0,"name"]. */
static void
write_path(StringInfo out, List *path)
{
	ListCell   *lc;

	appendStringInfoString(out, ",\"path\":[");
	foreach(lc, path)
	{
		FsqPathStep *step = lfirst(lc);

		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(out, ',');
		if (step->name != NULL)
			fsq_json_string(out, step->name, strlen(step->name));
		else
			appendStringInfo(out, INT64_FORMAT, step->index);
	}
	appendStringInfoChar(out, ']');
}

/* Append the JSON of one error; parts that it has not are left out. */
void
fsq_error_write(StringInfo out, const FsqError *error)
{
	bool		first = true;
	ListCell   *lc;

	appendStringInfoString(out, "{\"message\":");
	fsq_json_string(out, error->message, strlen(error->message));

	if (error->locations != NIL)
	{
		appendStringInfoString(out, ",\"locations\":[");
		foreach(lc, error->locations)
		{
			FsqLocation *location = lfirst(lc);

			appendStringInfo(out, "%s{\"line\":%d,\"column\":%d}",
							 foreach_current_index(lc) > 0 ? "," : "",
							 location->line, location->column);
		}
		appendStringInfoChar(out, ']');
	}

	if (error->path != NIL)
		write_path(out, error->path);

	if (error->code != NULL || error->sqlstate != 0 || error->database != NULL ||
		error->detail != NULL || error->hint != NULL)
	{
		appendStringInfoString(out, ",\"extensions\":{");
		write_member(out, &first, "code", error->code);
		if (error->sqlstate != 0)
			write_member(out, &first, "sqlstate", unpack_sql_state(error->sqlstate));
		write_member(out, &first, "database", error->database);
		write_member(out, &first, "detail", error->detail);
		write_member(out, &first, "hint", error->hint);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoChar(out, '}');
}

/* Append the list as a JSON array. */
void
fsq_errors_write(StringInfo out, const FsqErrorList *list)
{
	ListCell   *lc;

	appendStringInfoChar(out, '[');
	foreach(lc, list->errors)
	{
		if (foreach_current_index(lc) > 0)
			appendStringInfoChar(out, ',');
		fsq_error_write(out, lfirst(lc));
	}
	appendStringInfoChar(out, ']');
}

/* The first byte at or after str that must be escaped, or end. */
static inline const char *
skip_plain(const char *str, const char *end)
{
	while (end - str >= (ptrdiff_t) sizeof(uint64))
	{
		if (fsq_word_needs_escape(fsq_word(str)))
			break;
		str += sizeof(uint64);
	}
	if (str < end && end - str < (ptrdiff_t) sizeof(uint64) && !fsq_word_needs_escape(fsq_short_word(str, end - str)))
		return end;
	while (str < end && (unsigned char) *str >= 0x20 && *str != '"' && *str != '\\')
		str++;
	return str;
}

/* Append the escape of one byte. */
static void
write_escape(StringInfo out, unsigned char c)
{
	switch (c)
	{
		case '"':
			appendBinaryStringInfo(out, "\\\"", 2);
			break;
		case '\\':
			appendBinaryStringInfo(out, "\\\\", 2);
			break;
		case '\b':
			appendBinaryStringInfo(out, "\\b", 2);
			break;
		case '\f':
			appendBinaryStringInfo(out, "\\f", 2);
			break;
		case '\n':
			appendBinaryStringInfo(out, "\\n", 2);
			break;
		case '\r':
			appendBinaryStringInfo(out, "\\r", 2);
			break;
		case '\t':
			appendBinaryStringInfo(out, "\\t", 2);
			break;
		default:
			appendStringInfo(out, "\\u%04x", c);
			break;
	}
}

/*
 * Append a JSON string: quotes, escapes; the bytes are UTF-8.  Runs without
 * anything to escape, which is nearly all data, are copied as they are.
 */
void
fsq_json_string(StringInfo out, const char *str, int length)
{
	const char *end = str + length;
	const char *stop = skip_plain(str, end);

	if (length + 2 >= out->maxlen - out->len)
		enlargeStringInfo(out, length + 2);
	if (stop == end)
	{
		char	   *p = out->data + out->len;

		*p++ = '"';
		memcpy(p, str, length);
		p[length] = '"';
		p[length + 1] = '\0';
		out->len += length + 2;
		return;
	}
	appendStringInfoCharMacro(out, '"');
	for (;; stop = skip_plain(str, end))
	{

		if (stop > str)
			appendBinaryStringInfo(out, str, stop - str);
		if (stop == end)
			break;
		write_escape(out, (unsigned char) *stop);
		str = stop + 1;
	}
	appendStringInfoCharMacro(out, '"');
}
