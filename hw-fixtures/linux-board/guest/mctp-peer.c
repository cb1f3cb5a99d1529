/*
 * mctp-peer: configure the kernel's MCTP stack and talk through it.
 *
 * The board has no other tool for this. It is on purpose written against the kernel's own headers and shares no
 * code with mctpkit, so the two can be tested against each other.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mctp-peer.h"

static const char usage[] =
	"usage: mctp-peer COMMAND\n"
	"  link IF up|down\n"
	"  net IF NETWORK\n"
	"  mtu IF BYTES                          with the 4 bytes of MCTP header\n"
	"  addr add|del EID dev IF\n"
	"  route add|del EID[-EID] via IF [mtu BYTES]\n"
	"  neigh add|del EID dev IF [lladdr HEX]\n"
	"  ldisc TTY                             make it an MCTP link, print the interface, stay in the background\n"
	"  echo TYPE [--net NET] [--count N]     answer requests with their own body\n"
	"  req EID TYPE HEX|len=N [--net NET] [--timeout MS] [--ext IF,HEX]   send a request, print the reply\n"
	"  bench EID TYPE HEX|len=N [--net NET] [--timeout MS] [--count N]    requests one by one, print the turnaround\n"
	"  recv TYPE [--net NET] [--count N] [--timeout MS]                   print what arrives\n"
	"  control-endpoint IF EID [--uuid HEX] [--types HEX] [--net NET]      answer the control protocol, take EIDs\n"
	"Bodies go without the message type. Exit status: 0 done, 1 failed (with the errno's name), 2 usage.\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "link", command_link },   { "net", command_net },	{ "mtu", command_mtu },
	{ "addr", command_addr },   { "route", command_route }, { "neigh", command_neigh },
	{ "ldisc", command_ldisc }, { "echo", command_echo },	{ "req", command_req },
	{ "bench", command_bench }, { "recv", command_recv },	{ "control-endpoint", command_control_endpoint },
};

int failed(const char *what)
{
	const char *name = strerrorname_np(errno);

	fprintf(stderr, "mctp-peer: %s: %s\n", what, name ? name : "unknown error");
	return FAILED;
}

int parse_number(const char *text, unsigned long max, unsigned *value)
{
	char *end;
	unsigned long number = strtoul(text, &end, 0);

	if (end == text || *end || number > max)
		return -1;
	*value = number;
	return 0;
}

int parse_hex(const char *text, uint8_t *bytes, size_t room)
{
	size_t count = strlen(text) / 2;

	if (strlen(text) % 2 || count > room)
		return -1;
	for (size_t i = 0; i < count; i++) {
		int used = 0;

		if (sscanf(text + 2 * i, "%2hhx%n", &bytes[i], &used) != 1 || used != 2)
			return -1;
	}
	return count;
}

const char *take_option(int *argc, char **argv, const char *name)
{
	for (int i = 0; i + 1 < *argc; i++) {
		if (strcmp(argv[i], name))
			continue;
		const char *value = argv[i + 1];

		memmove(&argv[i], &argv[i + 2], (*argc - i - 2) * sizeof(*argv));
		*argc -= 2;
		return value;
	}
	return NULL;
}

unsigned find_interface(const char *name)
{
	unsigned index = if_nametoindex(name);

	if (!index)
		failed(name);
	return index;
}

int main(int argc, char **argv)
{
	int status = USAGE;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(argv[1], commands[i].name))
			status = commands[i].run(argc - 2, argv + 2);
	if (status == USAGE)
		fputs(usage, stderr);
	return status;
}
