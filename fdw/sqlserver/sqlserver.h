/*-------------------------------------------------------------------------
 *
 * sqlserver.h
 *	  What the files of the SQL Server engine share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef FSQ_FDW_SQLSERVER_H
#define FSQ_FDW_SQLSERVER_H

#include "catalog.h"
#include "dialect.h"
#include "driver.h"

extern const FsqDriver fsq_sqlserver_driver;
extern const FsqDialect fsq_sqlserver_dialect;
extern const FsqCatalog fsq_sqlserver_catalog;

#endif							/* FSQ_FDW_SQLSERVER_H */
