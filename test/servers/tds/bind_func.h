/*
 * bind_func.h
 *	  What the files of the functions have in common.
 */
#ifndef BIND_FUNC_H
#define BIND_FUNC_H

#include "bind.h"

/* bind_func.c: an error unless there are so many arguments */
extern void need_args(Node *n, int min, int max);
/* an argument; it as a string; it as a letter of the table of functions says */
extern Ex	bind_arg(Scope *s, Node *n, int i);
extern Ex	as_string(Ex e);
extern Ex	as_letter(Ex e, char letter);

/* bind_aggregate.c: an aggregate; a window function, false if it is none */
extern Ex	bind_aggregate(Scope *s, Node *n);
extern bool bind_window(Scope *s, Node *n, Ex *e);

/* bind_session.c: false if it is no function of the session */
extern bool bind_session(Scope *s, Node *n, Ex *e);

#endif
