/*-------------------------------------------------------------------------
 *
 * token.c
 *	  Opaque texts that name rows: writing and reading them.
 *
 *	  The text is base64url without padding (RFC 4648, section 5) of
 *
 *		kind (1 byte), checksum (4), subject, values
 *
 *	  The subject is its length and its bytes, a value its length plus one and
 *	  its bytes, or zero for null; lengths are LEB128.  The checksum is against
 *	  accidents: a token that was cut or mixed up is told from one that is whole.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "plan/token.h"

#define CHECKSUM_LENGTH 4

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* ---- writing ---- */

static void
append_length(StringInfo out, uint32 length)
{
	for (; length >= 0x80; length >>= 7)
		appendStringInfoCharMacro(out, (char) (length | 0x80));
	appendStringInfoCharMacro(out, (char) length);
}

static void
append_base64(StringInfo out, const unsigned char *bytes, int length)
{
	uint32		bits = 0;
	int			nbits = 0;

	for (int i = 0; i < length; i++)
	{
		bits = (bits << 8) | bytes[i];
		nbits += 8;
		while (nbits >= 6)
		{
			nbits -= 6;
			appendStringInfoCharMacro(out, digits[(bits >> nbits) & 63]);
		}
	}
	if (nbits > 0)
		appendStringInfoCharMacro(out, digits[(bits << (6 - nbits)) & 63]);
}

/* The checksum of what follows it. */
static uint32
checksum(const char *bytes, int length)
{
	return hash_bytes((const unsigned char *) bytes, length);
}

void
fsq_token_write(StringInfo out, const FsqToken *token)
{
	StringInfoData bytes;
	uint32		check;

	initStringInfo(&bytes);
	appendStringInfoChar(&bytes, (char) token->kind);
	appendBinaryStringInfo(&bytes, "\0\0\0\0", CHECKSUM_LENGTH);
	append_length(&bytes, token->subject_length);
	appendBinaryStringInfo(&bytes, token->subject, token->subject_length);
	for (int i = 0; i < token->nvalues; i++)
	{
		const FsqTokenValue *value = &token->values[i];

		append_length(&bytes, value->text ? value->length + 1 : 0);
		if (value->text)
			appendBinaryStringInfo(&bytes, value->text, value->length);
	}
	check = checksum(bytes.data + 1 + CHECKSUM_LENGTH, bytes.len - 1 - CHECKSUM_LENGTH);
	for (int i = 0; i < CHECKSUM_LENGTH; i++)
		bytes.data[1 + i] = (char) (check >> (8 * i));
	append_base64(out, (unsigned char *) bytes.data, bytes.len);
	pfree(bytes.data);
}

/* ---- reading ---- */

/* The bytes of a token while they are read. */
typedef struct Reader
{
	const char *p;
	const char *end;
} Reader;

static int
digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* The bytes of base64url; false if it is not exactly what would be written. */
static bool
read_base64(const char *text, int length, StringInfo out)
{
	uint32		bits = 0;
	int			nbits = 0;

	for (int i = 0; i < length; i++)
	{
		int			value = digit_value(text[i]);

		if (value < 0)
			return false;
		bits = (bits << 6) | value;
		nbits += 6;
		if (nbits >= 8)
		{
			nbits -= 8;
			appendStringInfoCharMacro(out, (char) (bits >> nbits));
		}
	}
	return nbits < 6 && (bits & ((1 << nbits) - 1)) == 0;
}

static bool
read_length(Reader *reader, uint32 *length)
{
	*length = 0;
	for (int shift = 0; reader->p < reader->end && shift < 28; shift += 7)
	{
		unsigned char byte = (unsigned char) *reader->p++;

		*length |= (uint32) (byte & 0x7f) << shift;
		if (byte < 0x80)
			return true;
	}
	return false;
}

/* So many bytes; NULL if there are fewer. */
static const char *
read_bytes(Reader *reader, uint32 length)
{
	const char *bytes = reader->p;

	if (length > (uint32) (reader->end - reader->p))
		return NULL;
	reader->p += length;
	return bytes;
}

static bool
read_value(Reader *reader, FsqTokenValue *value)
{
	uint32		length;

	value->text = NULL;
	value->length = 0;
	if (!read_length(reader, &length))
		return false;
	if (length == 0)
		return true;
	value->length = length - 1;
	value->text = read_bytes(reader, length - 1);
	return value->text && pg_verify_mbstr(PG_UTF8, value->text, value->length, true);
}

/* Whether the checksum is right; the reader is then behind it. */
static bool
read_checksum(Reader *reader)
{
	const char *bytes = read_bytes(reader, CHECKSUM_LENGTH);
	uint32		check = 0;

	if (bytes == NULL)
		return false;
	for (int i = 0; i < CHECKSUM_LENGTH; i++)
		check |= (uint32) (unsigned char) bytes[i] << (8 * i);
	return check == checksum(reader->p, reader->end - reader->p);
}

bool
fsq_token_read(FsqTokenKind kind, const char *text, int length, FsqToken *token)
{
	StringInfoData bytes;
	Reader		reader;
	uint32		subject_length;
	int			capacity = 0;

	memset(token, 0, sizeof(FsqToken));
	token->kind = kind;
	initStringInfo(&bytes);
	if (!read_base64(text, length, &bytes) || bytes.len == 0 || bytes.data[0] != (char) kind)
		return false;
	reader.p = bytes.data + 1;
	reader.end = bytes.data + bytes.len;
	if (!read_checksum(&reader) || !read_length(&reader, &subject_length) ||
		(token->subject = read_bytes(&reader, subject_length)) == NULL)
		return false;
	token->subject_length = subject_length;
	while (reader.p < reader.end)
	{
		if (token->nvalues == capacity)
		{
			capacity = Max(capacity * 2, 8);
			token->values = token->values ?
				repalloc(token->values, sizeof(FsqTokenValue) * capacity) :
				palloc(sizeof(FsqTokenValue) * capacity);
		}
		if (!read_value(&reader, &token->values[token->nvalues++]))
			return false;
	}
	return true;
}

void
fsq_token_shape(StringInfo shape, FsqTokenKind kind, const FsqInput *input)
{
	FsqToken	token;

	if (input->kind != FSQ_VALUE_STRING ||
		!fsq_token_read(kind, input->str, input->length, &token))
	{
		appendStringInfoChar(shape, 'x');
		return;
	}
	appendStringInfo(shape, "%c%d:", (char) kind, token.subject_length);
	appendBinaryStringInfo(shape, token.subject, token.subject_length);
	for (int i = 0; i < token.nvalues; i++)
		appendStringInfoChar(shape, token.values[i].text ? 'v' : 'n');
	appendStringInfoChar(shape, ';');
}
