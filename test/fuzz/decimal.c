/*-------------------------------------------------------------------------
 *
 * decimal.c
 *	  Numbers that servers send as text: where there is a short way to a double,
 *	  it leads where strtod does.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "shim.h"
#include "value.h"

void
fuzz_decimal(const char *bytes, int length)
{
	double		ours;
	double		theirs;
	char	   *text;

	if (!fsq_decimal_double(bytes, length, &ours))
		return;
	text = pnstrdup(bytes, length);
	theirs = strtod(text, NULL);
	if (memcmp(&ours, &theirs, sizeof(double)) != 0)
	{
		fprintf(stderr, "%s: %.17g, not %.17g\n", text, ours, theirs);
		abort();
	}
}
