/*
 * error.h
 *	  Errors in SQL Server's terms: number, severity, state, message, line.
 */
#ifndef TDS_ERROR_H
#define TDS_ERROR_H

#include <setjmp.h>

#include "util.h"

typedef struct Err
{
	int			num,
				sev,
				state,
				line;
	const char *msg;
	const char *proc;
	bool		batch;			/* ends the batch and its transaction */
	bool		runtime;		/* of a running statement: the batch goes on */
	bool		cancelled;		/* by attention */
} Err;

/* Where raise_error goes; a handler saves the former value and restores it. */
extern jmp_buf *err_jmp;
extern Err	err;

extern void raise_error(int num, int sev, int state, const char *f,...) __attribute__((noreturn, format(printf, 4, 5)));
extern void raise_again(void) __attribute__((noreturn));

#define TRY(ok) \
	do { \
		jmp_buf *err_saved_ = err_jmp; \
		jmp_buf err_here_; \
		err_jmp = &err_here_; \
		if (setjmp(err_here_) == 0) { \
			{ ok; } \
			err_jmp = err_saved_; \
		} else { \
			err_jmp = err_saved_;
#define END_TRY } } while (0)

#endif
