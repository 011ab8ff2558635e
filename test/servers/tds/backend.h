/*
 * backend.h
 *	  The PostgreSQL behind the server.
 */
#ifndef TDS_BACKEND_H
#define TDS_BACKEND_H

#include <libpq-fe.h>

#include "bind.h"

extern bool backend_connect(const char *conninfo);
extern bool backend_install(const char *conninfo, const char *dir);
extern PGresult *pg_exec(const char *sql);
extern void pg_run(const char *sql);
extern char *pg_value(const char *sql);
extern long pg_count(const char *sql);
extern long pg_rows(const char *sql, Vec *cols);
extern void pg_field(const char *sql, void (*use) (void *arg, const char *p, size_t len), void *arg);
extern void pg_copy_in(const char *sql, const char *data, size_t len);
extern void guard_begin(void);
extern void guard_end(void);
extern void guard_fail(void);

/* The command that runs, for messages of constraints. */
extern const char *current_command;

#endif
