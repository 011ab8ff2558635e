/*-------------------------------------------------------------------------
 *
 * words.c
 *	  What remotes say of their failures, kept and shown.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "resilience/failure.h"

char *
fsq_words_local(const char *words)
{
	char	   *copy = pstrdup(words);

	if (GetDatabaseEncoding() != PG_UTF8 || !pg_verify_mbstr(PG_UTF8, copy, strlen(copy), true))
	{
		for (char *p = copy; *p != '\0'; p++)
			if (IS_HIGHBIT_SET(*p))
				*p = '?';
	}
	return copy;
}

void
fsq_words_copy(char *to, const char *words, Size size)
{
	int			length = pg_encoding_mbcliplen(PG_UTF8, words, strlen(words), size - 1);

	memcpy(to, words, length);
	memset(to + length, 0, size - length);
}
