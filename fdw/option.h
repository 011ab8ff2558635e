/*-------------------------------------------------------------------------
 *
 * option.h
 *	  Validation of options, and checks that engines use in their tables.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_OPTION_H
#define FSQ_FDW_OPTION_H

#include "compat.h"
#include "driver.h"

/* The body of every validator: raises an error unless all options are good. */
extern void fsq_options_validate(const FsqDriver *driver, Datum options, Oid catalog);

/* Value of a boolean option in a list of DefElem *. */
extern bool fsq_option_get_bool(List *options, const char *name, bool missing);

/* FsqOption.check functions: raise an error if the value is not valid. */
extern void fsq_check_bool(const char *name, const char *value);
extern void fsq_check_duration(const char *name, const char *value);
extern void fsq_check_name(const char *name, const char *value);

/* an absolute path of a file that the role may have read by the database server */
extern void fsq_check_server_file(const char *name, const char *value);

/* Raises the error of an option whose value is none of the words allowed. */
pg_noreturn extern void fsq_option_value_error(const char *name, const char *value,
								   const char *hint);

/* In an event trigger: the objects of a type that the command has made or altered (of Oid). */
extern List *fsq_changed_objects(const char *type);

/* The nearest of some names, or NULL if none is near. */
extern const char *fsq_nearest_name(const char *name, List *candidates);

#endif							/* FSQ_FDW_OPTION_H */
