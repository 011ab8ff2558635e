/*-------------------------------------------------------------------------
 *
 * error.h
 *	  GraphQL errors as data: message, locations, path and extensions.
 *
 *	  The language reports what is wrong with a document by adding to an
 *	  FsqErrorList; it never calls ereport for a user's mistake.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_ERROR_H
#define FSQ_GRAPHQL_ERROR_H

#include "postgres.h"

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

/* One-based; columns count UTF-16 code units, as graphql-js does. */
typedef struct FsqLocation
{
	int			line;
	int			column;
} FsqLocation;

/* One step of a response path: a key (name != NULL) or a list index. */
typedef struct FsqPathStep
{
	const char *name;
	int64		index;
} FsqPathStep;

/* Values of extensions.code */
#define FSQ_PARSE_ERROR "PARSE_ERROR"
#define FSQ_VALIDATION_ERROR "VALIDATION_ERROR"
#define FSQ_BAD_USER_INPUT "BAD_USER_INPUT"
#define FSQ_FORBIDDEN "FORBIDDEN"
#define FSQ_NOT_FOUND "NOT_FOUND"
#define FSQ_PERSISTED_QUERY_NOT_FOUND "PERSISTED_QUERY_NOT_FOUND"
#define FSQ_PERSISTED_QUERY_NOT_SUPPORTED "PERSISTED_QUERY_NOT_SUPPORTED"
#define FSQ_CONSTRAINT_VIOLATION "CONSTRAINT_VIOLATION"
#define FSQ_CONFLICT "CONFLICT"
#define FSQ_TIMEOUT "TIMEOUT"
#define FSQ_CIRCUIT_BREAKER_OPEN "CIRCUIT_BREAKER_OPEN"
#define FSQ_SERVICE_UNAVAILABLE "SERVICE_UNAVAILABLE"
#define FSQ_DATABASE_ERROR "DATABASE_ERROR"
#define FSQ_INTERNAL_SERVER_ERROR "INTERNAL_SERVER_ERROR"

typedef struct FsqError
{
	char	   *message;
	List	   *locations;		/* of FsqLocation * */
	List	   *path;			/* of FsqPathStep *, or NIL */
	const char *code;			/* extensions.code */
	int			sqlstate;		/* extensions.sqlstate, or 0 */
	char	   *database;		/* extensions.database (a server's name), or NULL */
	char	   *detail;			/* extensions.detail, or NULL */
	char	   *hint;			/* extensions.hint, or NULL */
} FsqError;

typedef struct FsqErrorList
{
	List	   *errors;			/* of FsqError * */
	const char *source;			/* the document, for offsets -> locations */
	int			source_length;
	/* the last location that was looked up: the next is often just after it */
	int			last_offset;
	FsqLocation last_location;
} FsqErrorList;

/* Start an empty list for a document (source may be NULL: no locations). */
extern void fsq_errors_init(FsqErrorList *list, const char *source, int length);

/*
 * Add an error at up to any number of offsets into the document.  nlocations
 * may be 0.  Returns the new error, so that the caller can add to it.
 */
extern FsqError *fsq_error_add(FsqErrorList *list, const char *code,
							   const int *offsets, int noffsets,
							   const char *fmt,...) pg_attribute_printf(5, 6);

/* The common case: one offset; a negative offset means no location. */
extern FsqError *fsq_error_at(FsqErrorList *list, const char *code, int offset,
							  const char *fmt,...) pg_attribute_printf(4, 5);

/* Line and column of a byte offset of the document. */
extern FsqLocation fsq_location(const char *source, int length, int offset);

/* Append the JSON of one error, or of the list as an array. */
extern void fsq_error_write(StringInfo out, const FsqError *error);
extern void fsq_errors_write(StringInfo out, const FsqErrorList *list);

/* Append a JSON string: quotes, escapes; the bytes are UTF-8. */
extern void fsq_json_string(StringInfo out, const char *str, int length);

#endif							/* FSQ_GRAPHQL_ERROR_H */
