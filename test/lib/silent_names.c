/*
 * Preloaded into a server: looking up the name "silent.example" is as with name
 * servers that do not answer; all others are looked up as ever.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

int
getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
	int			(*next) (const char *, const char *, const struct addrinfo *, struct addrinfo **) = dlsym(RTLD_NEXT, "getaddrinfo");

	if (node != NULL && strcmp(node, "silent.example") == 0)
	{
		sleep(30);
		return EAI_AGAIN;
	}
	return next(node, service, hints, result);
}
