/*-------------------------------------------------------------------------
 *
 * suggest.c
 *	  "Did you mean ...?": the valid names nearest to a wrong one, with the
 *	  distance, threshold and order of graphql-js's suggestionList.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "graphql/suggest.h"
#include "graphql/type.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"

/* Suggestions that a message names at most. */
#define MAX_SUGGESTIONS 5

typedef struct Suggestion
{
	const char *name;
	int			distance;
} Suggestion;

/* What is wanted, and the rows of the distance matrix. */
typedef struct Lexical
{
	const char *input;
	char	   *lower;
	int			length;
	int		   *rows[3];
} Lexical;

/* A lower-case copy; names are ASCII. */
static char *
lower_case(const char *str)
{
	char	   *copy = pstrdup(str);

	for (char *p = copy; *p; p++)
		*p = pg_ascii_tolower((unsigned char) *p);
	return copy;
}

/*
 * Damerau-Levenshtein distance (transpositions of neighbours count one) from
 * the input to an option, where a difference of case alone counts one.  -1 if
 * it exceeds the threshold.
 */
static int
lexical_distance(Lexical *lex, const char *option, int threshold)
{
	char	   *lower;
	const char *a;
	const char *b;
	int			alen;
	int			blen;
	int			result;

	if (strcmp(lex->input, option) == 0)
		return 0;
	lower = lower_case(option);
	if (strcmp(lex->lower, lower) == 0)
	{
		pfree(lower);
		return 1;
	}

	/* the shorter one makes the columns */
	a = lower;
	alen = strlen(lower);
	b = lex->lower;
	blen = lex->length;
	if (alen < blen)
	{
		const char *swap = a;
		int			swap_length = alen;

		a = b;
		alen = blen;
		b = swap;
		blen = swap_length;
	}
	if (alen - blen > threshold)
	{
		pfree(lower);
		return -1;
	}

	for (int j = 0; j <= blen; j++)
		lex->rows[0][j] = j;
	for (int i = 1; i <= alen; i++)
	{
		int		   *up = lex->rows[(i - 1) % 3];
		int		   *row = lex->rows[i % 3];
		int			smallest = row[0] = i;

		for (int j = 1; j <= blen; j++)
		{
			int			cost = a[i - 1] == b[j - 1] ? 0 : 1;
			int			cell = Min(Min(up[j] + 1, row[j - 1] + 1), up[j - 1] + cost);

			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				cell = Min(cell, lex->rows[(i - 2) % 3][j - 2] + 1);
			smallest = Min(smallest, cell);
			row[j] = cell;
		}
		if (smallest > threshold)
		{
			pfree(lower);
			return -1;
		}
	}
	result = lex->rows[alen % 3][blen];
	pfree(lower);
	return result <= threshold ? result : -1;
}

/* Order of names: numbers inside them by value. */
int
fsq_compare_names(const char *a, const char *b)
{
	int			i = 0;
	int			j = 0;

	while (a[i] != '\0' && b[j] != '\0')
	{
		unsigned char ac = a[i];
		unsigned char bc = b[j];

		if (isdigit(ac) && isdigit(bc))
		{
			uint64		anum = 0;
			uint64		bnum = 0;

			while (isdigit((unsigned char) a[i]))
				anum = anum * 10 + (a[i++] - '0');
			while (isdigit((unsigned char) b[j]))
				bnum = bnum * 10 + (b[j++] - '0');
			if (anum != bnum)
				return anum < bnum ? -1 : 1;
		}
		else
		{
			if (ac != bc)
				return ac < bc ? -1 : 1;
			i++;
			j++;
		}
	}
	return (int) strlen(a) - (int) strlen(b);
}

/* Nearest first, then by name. */
static int
compare_suggestions(const ListCell *a, const ListCell *b)
{
	const Suggestion *x = lfirst(a);
	const Suggestion *y = lfirst(b);

	if (x->distance != y->distance)
		return x->distance - y->distance;
	return fsq_compare_names(x->name, y->name);
}

/*
 * Those of names (of const char *) that are near to input, nearest first: at
 * most 40 % of its length away, plus one.
 */
List *
fsq_suggestions(const char *input, List *names)
{
	Lexical		lex;
	int			threshold;
	List	   *found = NIL;
	List	   *result = NIL;
	ListCell   *lc;

	lex.input = input;
	lex.lower = lower_case(input);
	lex.length = strlen(input);
	for (int i = 0; i < 3; i++)
		lex.rows[i] = palloc0(sizeof(int) * (lex.length + 1));
	threshold = (int) (lex.length * 0.4) + 1;

	foreach(lc, names)
	{
		const char *name = lfirst(lc);
		int			distance = lexical_distance(&lex, name, threshold);

		CHECK_FOR_INTERRUPTS();
		if (distance >= 0)
		{
			Suggestion *suggestion = palloc(sizeof(Suggestion));

			suggestion->name = name;
			suggestion->distance = distance;
			found = lappend(found, suggestion);
		}
	}

	list_sort(found, compare_suggestions);
	foreach(lc, found)
		result = lappend(result, unconstify(char *, ((Suggestion *) lfirst(lc))->name));
	return result;
}

/*
 * " Did you mean the <what> "a", "b", or "c"?", or "" without suggestions.
 */
char *
fsq_did_you_mean(const char *what, List *suggestions)
{
	int			n = Min(list_length(suggestions), MAX_SUGGESTIONS);
	StringInfoData out;

	if (n == 0)
		return pstrdup("");
	initStringInfo(&out);
	appendStringInfoString(&out, " Did you mean ");
	if (what != NULL)
		appendStringInfo(&out, "%s ", what);
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(&out, n == 2 ? " or " : i == n - 1 ? ", or " : ", ");
		appendStringInfo(&out, "\"%s\"", (char *) list_nth(suggestions, i));
	}
	appendStringInfoChar(&out, '?');
	return out.data;
}

/* The names of members (fields, arguments, enum values, directives). */
List *
fsq_member_names(List *members)
{
	List	   *names = NIL;
	ListCell   *lc;

	/* All of them begin with their name. */
	foreach(lc, members)
		names = lappend(names, unconstify(char *, ((FsqEnumValue *) lfirst(lc))->name));
	return names;
}
