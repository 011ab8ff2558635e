/*-------------------------------------------------------------------------
 *
 * sql.h
 *	  Between SQL, whose texts have the database's encoding, and the language,
 *	  whose texts are UTF-8.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_GRAPHQL_SQL_H
#define FSQ_GRAPHQL_SQL_H

#include "graphql/error.h"
#include "utils/jsonb.h"

/* A document or a name as null-terminated UTF-8. */
extern char *fsq_text_argument(text *argument);
/* Variables with their texts in UTF-8. */
extern Jsonb *fsq_jsonb_argument(Jsonb *argument);
/*
 * A text of the language in the database's encoding: itself if that is UTF-8,
 * else null-terminated, after raising an error if a character is not there.
 */
extern const char *fsq_text_to_server(const char *str, int length);
/* Errors as jsonb, in the database's encoding. */
extern Datum fsq_errors_datum(const FsqErrorList *errors);

#endif							/* FSQ_GRAPHQL_SQL_H */
