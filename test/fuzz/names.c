/*-------------------------------------------------------------------------
 *
 * names.c
 *	  Names of a schema: whatever a table, a column, a type or a label is called,
 *	  in whatever encoding and naming, the language has a name for it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "schema/names.h"
#include "shim.h"

static void
check_name(const char *identifier, const char *name)
{
	if (!fsq_name_valid(name))
	{
		fprintf(stderr, "\"%s\" is called \"%s\"\n", identifier, name);
		abort();
	}
}

/* A value of an enum is none of three names. */
static void
check_label(const char *label, const char *name)
{
	check_name(label, name);
	if (strcmp(name, "true") == 0 || strcmp(name, "false") == 0 || strcmp(name, "null") == 0)
	{
		fprintf(stderr, "the label \"%s\" is called \"%s\"\n", label, name);
		abort();
	}
}

/* All names that are made of an identifier. */
static void
make_names(const char *identifier, const FsqNamingRules *rules)
{
	FsqRelationNames names;
	char	   *column = fsq_name_of_column(identifier, rules);

	fsq_names_of_relation(&names, identifier, rules);
	check_name(identifier, names.type);
	check_name(identifier, names.list);
	check_name(identifier, names.item);
	check_name(identifier, column);
	check_name(identifier, fsq_name_of_type(identifier, rules));
	check_name(identifier, fsq_name_of_function(identifier, rules));
	check_label(identifier, fsq_name_of_label(identifier, rules));
	check_label(identifier, fsq_name_upper(column));
	check_name(identifier, fsq_name_numbered(column, 2));
	check_name(identifier, fsq_name_qualified_type(identifier, names.type, rules));
	check_name(identifier, fsq_name_qualified_type("-", names.type, rules));
	check_name(identifier, fsq_name_qualified_field(identifier, names.list, rules));
	check_name(identifier, fsq_name_qualified_field("-", column, rules));
	check_name(identifier, fsq_name_join(names.item, "By", column, rules));
	if (strcmp(names.list, names.item) == 0)
	{
		fprintf(stderr, "\"%s\" has one name for one and for many: \"%s\"\n", identifier, names.list);
		abort();
	}
}

void
fuzz_names(const char *bytes, int length)
{
	static const int encodings[] = {PG_UTF8, PG_LATIN1, PG_EUC_JP};

	for (int i = 0; i < lengthof(encodings); i++)
	{
		/* as much of it as an identifier can be of */
		int			n = strnlen(bytes, Min(length, NAMEDATALEN - 1));
		char	   *identifier;

		n = pg_encoding_verifymbstr(encodings[i], bytes, n);
		if (n == 0)
			continue;
		identifier = pnstrdup(bytes, n);
		shim_encoding = encodings[i];
		for (int naming = 0; naming < FSQ_N_NAMINGS; naming++)
			make_names(identifier, &fsq_naming_rules[naming]);
	}
}
