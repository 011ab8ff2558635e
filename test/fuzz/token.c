/*-------------------------------------------------------------------------
 *
 * token.c
 *	  Cursors and node ids: whatever text a client gives as one, and whatever is
 *	  inside one whose checksum is right, is read or refused.  What was read is
 *	  written as a text that reads as the same.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "common/base64.h"
#include "plan/token.h"
#include "shim.h"

static bool
same_values(const FsqToken *a, const FsqToken *b)
{
	if (a->nvalues != b->nvalues || a->subject_length != b->subject_length ||
		memcmp(a->subject, b->subject, a->subject_length) != 0)
		return false;
	for (int i = 0; i < a->nvalues; i++)
	{
		const FsqTokenValue *left = &a->values[i];
		const FsqTokenValue *right = &b->values[i];

		if ((left->text == NULL) != (right->text == NULL) || left->length != right->length ||
			(left->text && memcmp(left->text, right->text, left->length) != 0))
			return false;
	}
	return true;
}

/* Read a text as a token; one that is read is written and read again. */
static void
read_token(FsqTokenKind kind, const char *text, int length)
{
	FsqInput	input = {.kind = FSQ_VALUE_STRING, .str = unconstify(char *, text), .length = length};
	FsqToken	token;
	FsqToken	again;
	StringInfoData out;

	initStringInfo(&out);
	fsq_token_shape(&out, kind, &input);
	if (!fsq_token_read(kind, text, length, &token))
		return;
	resetStringInfo(&out);
	fsq_token_write(&out, &token);
	if (!fsq_token_read(kind, out.data, out.len, &again) || !same_values(&token, &again))
	{
		fprintf(stderr, "token: %.*s\n", length, text);
		abort();
	}
}

/* The text of a token that has these bytes behind its checksum. */
static void
wrap_token(FsqTokenKind kind, StringInfo out, const char *bytes, int length)
{
	uint32		check = hash_bytes((const unsigned char *) bytes, length);
	StringInfoData all;

	initStringInfo(&all);
	appendStringInfoChar(&all, kind);
	for (int i = 0; i < 4; i++)
		appendStringInfoChar(&all, (char) (check >> (8 * i)));
	appendBinaryStringInfo(&all, bytes, length);
	enlargeStringInfo(out, pg_b64_enc_len(all.len) + 1);
	out->len = pg_b64_encode(all.data, all.len, out->data, out->maxlen);
	/* of the alphabet for names of files, without padding */
	while (out->len > 0 && out->data[out->len - 1] == '=')
		out->len--;
	for (int i = 0; i < out->len; i++)
		out->data[i] = out->data[i] == '+' ? '-' : out->data[i] == '/' ? '_' : out->data[i];
}

void
fuzz_token(const char *bytes, int length)
{
	static const FsqTokenKind kinds[] = {FSQ_TOKEN_CURSOR, FSQ_TOKEN_NODE};

	for (int i = 0; i < lengthof(kinds); i++)
	{
		StringInfoData text;

		read_token(kinds[i], bytes, length);
		initStringInfo(&text);
		wrap_token(kinds[i], &text, bytes, length);
		read_token(kinds[i], text.data, text.len);
	}
}
