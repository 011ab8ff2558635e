/*-------------------------------------------------------------------------
 *
 * library.h
 *	  mariadb-connector-c's header beside PostgreSQL's: both have lists, whose
 *	  functions have the same names.  The library does not export its own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_MYSQL_LIBRARY_H
#define FSQ_FDW_MYSQL_LIBRARY_H

#define list_add mysql_list_add
#define list_delete mysql_list_delete
#define list_cons mysql_list_cons
#define list_reverse mysql_list_reverse
#define list_free mysql_list_free
#define list_length mysql_list_length
#define list_walk mysql_list_walk
#define list_walk_action mysql_list_walk_action

#include <mysql.h>

#undef list_add
#undef list_delete
#undef list_cons
#undef list_reverse
#undef list_free
#undef list_length
#undef list_walk
#undef list_walk_action

#endif							/* FSQ_FDW_MYSQL_LIBRARY_H */
