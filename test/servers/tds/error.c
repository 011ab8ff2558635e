/*
 * error.c
 *	  Errors in SQL Server's terms, raised from anywhere in a request.
 */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

jmp_buf    *err_jmp;
Err			err;

/* End what is being done with an error; the line is filled in by who catches. */
void
raise_error(int num, int sev, int state, const char *f,...)
{
	va_list		ap;
	char	   *msg;
	int			n;

	va_start(ap, f);
	n = vsnprintf(NULL, 0, f, ap);
	va_end(ap);
	msg = alloc0(n + 1);
	va_start(ap, f);
	vsnprintf(msg, n + 1, f, ap);
	va_end(ap);
	memset(&err, 0, sizeof(err));
	err.num = num;
	err.sev = sev;
	err.state = state;
	err.msg = msg;
	raise_again();
}

void
raise_again(void)
{
	if (!err_jmp)
	{
		fprintf(stderr, "tds: %d: %s\n", err.num, err.msg);
		exit(1);
	}
	longjmp(*err_jmp, 1);
}
