/*-------------------------------------------------------------------------
 *
 * import_name.c
 *	  Local names for the tables and columns of an import.
 *
 *	  Names that PostgreSQL takes as they are come first, so that whose name
 *	  changes depends on the remote's names alone.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/hsearch.h"

#include "import.h"

typedef struct TakenName
{
	char		name[NAMEDATALEN];
} TakenName;

/*
 * Whether text can be an identifier at all, be it a shorter one.
 */
static bool
can_be_name(const char *remote)
{
	return remote[0] != '\0' &&
		pg_verify_mbstr(GetDatabaseEncoding(), remote, strlen(remote), true);
}

/*
 * Take a name if it is free.
 */
static bool
take(HTAB *taken, const char *name, bool (*reserved) (const char *name))
{
	bool		found;

	if (reserved != NULL && reserved(name))
		return false;
	hash_search(taken, name, HASH_ENTER, &found);
	return !found;
}

/*
 * The name shortened so that it has room for a suffix, and the suffix.
 */
static char *
shorten(const char *remote, const char *suffix)
{
	int			length = strlen(remote);

	length = pg_mbcliplen(remote, length, NAMEDATALEN - 1 - strlen(suffix));
	return psprintf("%.*s%s", length, remote, suffix);
}

void
fsq_import_names(int count, const char *const *remote_names, const char **names,
				 bool (*reserved) (const char *name))
{
	HASHCTL		ctl = {.keysize = NAMEDATALEN,.entrysize = sizeof(TakenName)};
	HTAB	   *taken;

	ctl.hcxt = CurrentMemoryContext;
	taken = hash_create("fraiseql names of an import", Max(count, 16), &ctl,
						HASH_ELEM | HASH_STRINGS | HASH_CONTEXT);
	for (int i = 0; i < count; i++)
	{
		names[i] = NULL;
		if (can_be_name(remote_names[i]) && strlen(remote_names[i]) < NAMEDATALEN &&
			take(taken, remote_names[i], reserved))
			names[i] = remote_names[i];
	}
	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (names[i] != NULL || !can_be_name(remote_names[i]))
			continue;
		names[i] = shorten(remote_names[i], "");
		for (int number = 2; !take(taken, names[i], reserved); number++)
			names[i] = shorten(remote_names[i], psprintf("_%d", number));
	}
	hash_destroy(taken);
}

bool
fsq_import_same_name(const char *listed, const char *remote_name, const char *name)
{
	return strcmp(listed, name) == 0 || strcmp(listed, shorten(remote_name, "")) == 0;
}
