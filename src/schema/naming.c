/*-------------------------------------------------------------------------
 *
 * naming.c
 *	  The rules of each value of fraiseql.naming.
 *
 *	  The presets of pg_graphql are its documentation, read as a table: what a
 *	  reader misses there has our own name, or the one that the documentation
 *	  of fraiseql says.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "schema/naming.h"

/* Column names that end so are called without it as relationships. */
static const char *const key_endings[] = {
	"_id", "_fk", "_uuid", "_ID", "_FK", "_UUID", "Id", "ID", "Uuid", "UUID", NULL
};

/* Likewise in pg_graphql, where names are not inflected and where they are. */
static const char *const pg_graphql_endings[] = {"Id", NULL};
static const char *const pg_graphql_inflected_endings[] = {"_id", NULL};

static const FsqNamingWord pg_graphql_words[] = {
	/* arguments, and the logic of filters */
	{"where", "filter"}, {"_and", "and"}, {"_or", "or"}, {"_not", "not"},
	/* operators */
	{"isnull", "is"}, {"startswith", "startsWith"}, {"contained_by", "containedBy"},
	/* directions */
	{"OrderDirection", "OrderByDirection"},
	{"ASC", NULL}, {"DESC", NULL},
	{"ASC_NULLS_FIRST", "AscNullsFirst"}, {"ASC_NULLS_LAST", "AscNullsLast"},
	{"DESC_NULLS_FIRST", "DescNullsFirst"}, {"DESC_NULLS_LAST", "DescNullsLast"},
	/* scalars and their filters */
	{"Decimal", "BigFloat"}, {"DecimalFilter", "BigFloatFilter"},
	{"DateTime", "Datetime"}, {"DateTimeFilter", "DatetimeFilter"},
	/* endings of types */
	{"WhereInput", "Filter"}, {"OrderByInput", "OrderBy"},
	{"ArrayFilter", "ListFilter"},
	/* not ...Filter: that would be the filter of a table of the name before it */
	{"ListFilter", "CollectionMatch"}, {"SumFilter", "SumMatch"}, {"AvgFilter", "AvgMatch"},
	{"MinMaxFilter", "MinMaxMatch"},
	{"Sum", "SumAggregateResult"}, {"Avg", "AvgAggregateResult"},
	{"Min", "MinAggregateResult"}, {"Max", "MaxAggregateResult"},
	{NULL, NULL}
};

#define PG_GRAPHQL \
	.labels_as_they_are = true, \
	.bare_functions = true, \
	.sets_of_one = true, \
	.by = "By", \
	.by_primary_key = "ByPk", \
	.collection = "Collection", \
	.connection = "", \
	.aggregate = "Aggregate", \
	.group_by = "GroupBy", \
	.json_as_text = true, \
	.computed_numbers = true, \
	.empty_is_nothing = true, \
	.count = "Int", \
	.cursor = "String", \
	.null_test = "FilterIs", \
	.words = pg_graphql_words

const FsqNamingRules fsq_naming_rules[FSQ_N_NAMINGS] = {
	[FSQ_NAMING_CAMEL] = {
		.short_back_fields = true,
		.key_endings = key_endings,
		.by = "By",
		.by_primary_key = "",
		.connection = "Connection",
		.aggregate = "Aggregate",
		.group_by = "GroupBy",
		.ids = true,
		.count = "BigInt",
		.cursor = "Cursor"
	},
	[FSQ_NAMING_PRESERVE] = {
		.fields_as_they_are = true,
		.short_back_fields = true,
		.key_endings = key_endings,
		.snake = true,
		.by = "_by_",
		.by_primary_key = "",
		.connection = "_connection",
		.aggregate = "_aggregate",
		.group_by = "_group_by",
		.ids = true,
		.count = "BigInt",
		.cursor = "Cursor"
	},
	[FSQ_NAMING_PG_GRAPHQL] = {
		.fields_as_they_are = true,
		.types_as_they_are = true,
		.key_endings = pg_graphql_endings,
		PG_GRAPHQL
	},
	[FSQ_NAMING_PG_GRAPHQL_INFLECTED] = {
		.key_endings = pg_graphql_inflected_endings,
		PG_GRAPHQL
	}
};

const char *
fsq_naming_word(const FsqNamingRules *rules, const char *word)
{
	for (const FsqNamingWord *w = rules->words; w && w->ours; w++)
		if (strcmp(w->ours, word) == 0)
			return w->theirs;
	return word;
}
