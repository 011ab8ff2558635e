/*-------------------------------------------------------------------------
 *
 * template.c
 *	  Texts of SQL with holes for parameters, and templates of them.
 *
 *	  While a statement is being put together, a hole is the byte HOLE, the
 *	  parameter's number and a semicolon; a HOLE byte that is text (inside a
 *	  literal) is written twice.  A choice is HOLE, a question mark, the number
 *	  and a semicolon, then its texts, each ended by HOLE and a bar.  An end of
 *	  a run is HOLE, < or >, the number and a semicolon.  A statement's text is
 *	  cut at the holes when it is complete.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/value.h"

#include "pushdown.h"

#define HOLE '\001'

/*
 * A template with %1 .. %9 replaced by arguments.
 */
char *
fsq_template(const char *template, int nargs, const char *const *args)
{
	StringInfoData buf;
	const char *s;

	initStringInfo(&buf);
	for (s = template; *s; s++)
	{
		if (*s != '%')
			appendStringInfoChar(&buf, *s);
		else if (*++s == '%')
			appendStringInfoChar(&buf, '%');
		else
		{
			Assert(*s >= '1' && *s - '1' < nargs);
			appendStringInfoString(&buf, args[*s - '1']);
		}
	}
	return buf.data;
}

char *
fsq_template1(const char *template, const char *a)
{
	return fsq_template(template, 1, &a);
}

char *
fsq_template2(const char *template, const char *a, const char *b)
{
	const char *args[2] = {a, b};

	return fsq_template(template, 2, args);
}

/*
 * Text as it may stand beside holes: the argument itself, mostly.
 */
char *
fsq_escape_text(const char *text)
{
	StringInfoData buf;

	if (strchr(text, HOLE) == NULL)
		return unconstify(char *, text);
	initStringInfo(&buf);
	for (; *text; text++)
	{
		if (*text == HOLE)
			appendStringInfoChar(&buf, HOLE);
		appendStringInfoChar(&buf, *text);
	}
	return buf.data;
}

char *
fsq_hole(int number)
{
	return psprintf("%c%d;", HOLE, number);
}

int
fsq_hole_number(const char *text)
{
	char	   *end;
	long		number;

	if (text[0] != HOLE || text[1] < '0' || text[1] > '9')
		return 0;
	number = strtol(text + 1, &end, 10);
	return strcmp(end, ";") == 0 ? (int) number : 0;
}

char *
fsq_choice(int number, const char *const *texts)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%c?%d;", HOLE, number);
	for (int i = 0; i < FSQ_PLACES; i++)
		appendStringInfo(&buf, "%s%c|", texts[i], HOLE);
	return buf.data;
}

char *
fsq_run_end(int number, bool highest)
{
	return psprintf("%c%c%d;", HOLE, highest ? '>' : '<', number);
}

/* A statement that is being cut. */
typedef struct Cutter
{
	const char *s;				/* the rest of its text */
	const FsqScope *scope;
	FsqScanPlan *plan;
	List	  **exprs;
	int		   *numbers;		/* of holes: their parameters', or 0 */
} Cutter;

/*
 * A hole's number, which is read up to its semicolon, as a parameter's.
 */
static int
cut_number(Cutter *cutter)
{
	int			hole = 0;

	for (; *cutter->s != ';'; cutter->s++)
		hole = hole * 10 + (*cutter->s - '0');
	cutter->s++;
	if (cutter->numbers[hole] == 0)
	{
		*cutter->exprs = lappend(*cutter->exprs, list_nth(cutter->scope->exprs, hole - 1));
		cutter->plan->params = lappend(cutter->plan->params, list_nth(cutter->scope->params, hole - 1));
		cutter->numbers[hole] = list_length(*cutter->exprs);
	}
	return cutter->numbers[hole];
}

static List *cut_pieces(Cutter *cutter);

/*
 * A choice, from its number on.
 */
static List *
cut_choice(Cutter *cutter)
{
	List	   *choice = list_make1(makeInteger(cut_number(cutter)));

	for (int i = 0; i < FSQ_PLACES; i++)
		choice = lappend(choice, cut_pieces(cutter));
	return choice;
}

/*
 * The pieces up to the end of the text, or of one of a choice's.
 */
static List *
cut_pieces(Cutter *cutter)
{
	List	   *pieces = NIL;
	StringInfoData buf;

	initStringInfo(&buf);
	while (*cutter->s != '\0')
	{
		char		c = *cutter->s++;

		if (c == HOLE && *cutter->s == '|')
		{
			cutter->s++;
			break;
		}
		if (c != HOLE || *cutter->s == HOLE)
		{
			appendStringInfoChar(&buf, c);
			cutter->s += c == HOLE;
			continue;
		}
		if (buf.len > 0)
			pieces = lappend(pieces, makeString(pstrdup(buf.data)));
		resetStringInfo(&buf);
		if (*cutter->s == '?')
		{
			cutter->s++;
			pieces = lappend(pieces, cut_choice(cutter));
		}
		else if (*cutter->s == '<' || *cutter->s == '>')
		{
			bool		highest = *cutter->s++ == '>';

			pieces = lappend(pieces, list_make2_int(cut_number(cutter), highest));
		}
		else
			pieces = lappend(pieces, makeInteger(cut_number(cutter)));
	}
	if (buf.len > 0)
		pieces = lappend(pieces, makeString(buf.data));
	return pieces;
}

/*
 * Cut a statement at its holes.  Holes are numbered anew in the order of
 * their first use, since some may have been made for expressions that turned
 * out not to be sent; one that occurs twice is one parameter.
 */
void
fsq_text_to_plan(const char *text, const FsqScope *scope, FsqScanPlan *plan, List **exprs)
{
	Cutter		cutter = {.s = text,.scope = scope,.plan = plan,.exprs = exprs};

	cutter.numbers = palloc0(sizeof(int) * (list_length(scope->exprs) + 1));
	*exprs = NIL;
	plan->params = NIL;
	plan->pieces = cut_pieces(&cutter);
}
