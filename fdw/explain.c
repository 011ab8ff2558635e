/*-------------------------------------------------------------------------
 *
 * explain.c
 *	  What EXPLAIN tells of a foreign scan: its remote statement, where it was
 *	  read, and what may answer instead.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "scan.h"

/* What may answer instead, and (ANALYZE) whether it has. */
static void
explain_fallback(const FsqFallbackPlan *fallback, const FsqScanState *state, ExplainState *es)
{
	char	   *story = state != NULL && state->fallback != NULL ? fsq_fallback_story(state->fallback) : NULL;

	ExplainPropertyText("Fallback",
						psprintf("%s%s%s%s%s", fallback->relation,
								 fallback->first ? ", read first" : "",
								 fallback->on & FSQ_FALLBACK_ERROR ? ", on error" : "",
								 fallback->keyed && !fallback->first ? ", for missing keys" : "",
								 fallback->unplanned ? " (the source could not be asked when this was planned)" : ""), es);
	if (es->verbose)
		ExplainPropertyText("Fallback SQL", fsq_fallback_text(fallback), es);
	if (es->analyze)
		ExplainPropertyText("Fallback Used", story != NULL ? story : "no", es);
}

void
fsqExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	FsqScanPlan *scan = fsq_scan_plan_from_list(plan->fdw_private);

	if (scan->relation_text != NULL)
		ExplainPropertyText("Relations", scan->relation_text, es);
	if (es->verbose)
		ExplainPropertyText("Remote SQL", fsq_scan_plan_text(scan), es);
	if (es->analyze && node->fdw_state != NULL && fsq_replica_exists(plan->fs_server))
		ExplainPropertyText("Read From",
							GetForeignServer(((FsqScanState *) node->fdw_state)->readid)->servername, es);
	if (scan->fallback != NULL)
		explain_fallback(scan->fallback, node->fdw_state, es);
}
