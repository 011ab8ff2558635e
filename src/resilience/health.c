/*-------------------------------------------------------------------------
 *
 * health.c
 *	  Keeps what checks of servers have found: see health.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "resilience/guard.h"

/* The place of a login, perhaps that of the one unused for longest; the caller has the lock. */
static FsqHealth *
place_of(FsqServer *server, Oid userid, uint64 version)
{
	FsqHealth  *oldest = &server->healths[0];

	for (int i = 0; i < FSQ_HEALTHS_PER_SERVER; i++)
	{
		FsqHealth  *health = &server->healths[i];

		if (health->userid == userid)
		{
			oldest = health;
			break;
		}
		if (Max(health->checked_at, health->checking_until) <
			Max(oldest->checked_at, oldest->checking_until))
			oldest = health;
	}
	if (oldest->userid != userid || oldest->version != version)
	{
		memset(oldest, 0, sizeof(*oldest));
		oldest->userid = userid;
		oldest->version = version;
	}
	return oldest;
}

/*
 * A clock that was set back makes no answer older or newer than it is for
 * longer than that time.
 */
bool
fsq_health_known(FsqGuard *guard, Oid userid, uint64 version, int age, TimestampTz until,
				 FsqHealth *health)
{
	FsqServer  *server = guard->server;
	TimestampTz now = GetCurrentTimestamp();
	FsqHealth  *place;
	bool		known;

	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation)
	{
		place = place_of(server, userid, version);
		known = place->checked_at != 0 &&
			((place->checked_at <= now && now < TimestampTzPlusMilliseconds(place->checked_at, age)) ||
			 (place->checking_until > now && place->checking_until <= until));
		*health = *place;
		if (!known && until != 0)
			place->checking_until = until;
	}
	else
	{
		known = false;
		memset(health, 0, sizeof(*health));
	}
	SpinLockRelease(&server->mutex);
	health->userid = userid;
	health->version = version;
	return known;
}

void
fsq_health_keep(FsqGuard *guard, const FsqHealth *health)
{
	FsqServer  *server = guard->server;

	SpinLockAcquire(&server->mutex);
	if (server->generation == guard->generation)
	{
		FsqHealth  *place = place_of(server, health->userid, health->version);

		*place = *health;
		place->checking_until = 0;
	}
	SpinLockRelease(&server->mutex);
}
