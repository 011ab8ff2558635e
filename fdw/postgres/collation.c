/*-------------------------------------------------------------------------
 *
 * collation.c
 *	  How collations of this database order text, in words that compare with
 *	  those of a remote server's catalog.
 *
 *	  Two collations order text alike if they are of one provider and one
 *	  locale, and of one version of it: libraries change their orders.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "compat.h"
#include "postgres/engine.h"
#include "utils/pg_locale.h"

/*
 * "provider:locale", spelt in one way: en_US.UTF-8 and en_US.utf8 of libc are
 * the same locale.
 */
char *
fsq_postgres_normalise_locale(char provider, const char *locale)
{
	char	   *result = psprintf("%c:%s", provider, locale);
	char	   *encoding = provider == 'c' ? strchr(result, '.') : NULL;
	char	   *to = encoding;

	if (encoding == NULL)
		return strcmp(result, "c:POSIX") == 0 ? pstrdup("c:C") : result;
	for (char *from = encoding; *from != '\0'; from++)
	{
		if (*from != '-')
			*to++ = pg_ascii_tolower((unsigned char) *from);
	}
	*to = '\0';
	return result;
}

char *
fsq_postgres_collation_locale(Oid collation)
{
	char		provider;
	char	   *locale = fsq_collation_locale(collation, &provider);

	return locale != NULL ? fsq_postgres_normalise_locale(provider, locale) : NULL;
}

char *
fsq_postgres_collation_version(Oid collation)
{
	char		provider;
	char	   *locale = fsq_collation_locale(collation, &provider);

	return locale != NULL ? get_collation_actual_version(provider, locale) : NULL;
}
