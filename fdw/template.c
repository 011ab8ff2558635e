/*-------------------------------------------------------------------------
 *
 * template.c
 *	  Texts of SQL with holes for parameters, and templates of them.
 *
 *	  While a statement is being put together, a hole is the byte HOLE, the
 *	  parameter's number and a semicolon; a HOLE byte that is text (inside a
 *	  literal) is written twice.  A statement's text is cut at the holes when
 *	  it is complete.
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

/*
 * Cut a statement at its holes.  Holes are numbered anew in the order of
 * their first use, since some may have been made for expressions that turned
 * out not to be sent; one that occurs twice is one parameter.
 */
void
fsq_text_to_plan(const char *text, const FsqScope *scope, FsqScanPlan *plan, List **exprs)
{
	int		   *numbers = palloc0(sizeof(int) * (list_length(scope->exprs) + 1));
	StringInfoData buf;
	const char *s;

	*exprs = NIL;
	plan->pieces = NIL;
	plan->params = NIL;
	initStringInfo(&buf);
	for (s = text; *s; s++)
	{
		int			hole;

		if (*s != HOLE || *++s == HOLE)
		{
			appendStringInfoChar(&buf, *s);
			continue;
		}
		for (hole = 0; *s != ';'; s++)
			hole = hole * 10 + (*s - '0');
		if (numbers[hole] == 0)
		{
			*exprs = lappend(*exprs, list_nth(scope->exprs, hole - 1));
			plan->params = lappend(plan->params, list_nth(scope->params, hole - 1));
			numbers[hole] = list_length(*exprs);
		}
		plan->pieces = lappend(plan->pieces, makeString(pstrdup(buf.data)));
		plan->pieces = lappend(plan->pieces, makeInteger(numbers[hole]));
		resetStringInfo(&buf);
	}
	if (buf.len > 0)
		plan->pieces = lappend(plan->pieces, makeString(buf.data));
}
