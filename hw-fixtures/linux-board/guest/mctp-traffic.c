/* mctp-peer: sending and receiving messages through AF_MCTP sockets. */
#include <errno.h>
#include <linux/mctp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "mctp-peer.h"

#ifndef AF_MCTP
#define AF_MCTP 45
#endif

#define MESSAGE_MAX 65536

static uint8_t body[MESSAGE_MAX];

static int open_socket(void)
{
	return socket(AF_MCTP, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int open_bound(unsigned type, unsigned net)
{
	struct sockaddr_mctp address = { .smctp_family = AF_MCTP, .smctp_network = net, .smctp_type = type };
	int fd = open_socket();

	address.smctp_addr.s_addr = MCTP_ADDR_ANY;
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Waits at most timeout ms (-1: for ever); length of the message, or -1 with errno. */
static ssize_t receive(int fd, int timeout, struct sockaddr_mctp_ext *from)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	socklen_t size = sizeof(*from);
	int ready = poll(&wait, 1, timeout);

	if (ready == 0)
		errno = ETIMEDOUT;
	if (ready <= 0)
		return -1;
	return recvfrom(fd, body, sizeof(body), 0, (struct sockaddr *)from, &size);
}

static void print_hex(size_t size)
{
	for (size_t i = 0; i < size; i++)
		printf("%02x", body[i]);
	putchar('\n');
}

/* Options common to all four; absent ones keep their value. */
static int parse_options(int *argc, char **argv, unsigned *net, unsigned *count, unsigned *timeout)
{
	const char *text;

	if ((text = take_option(argc, argv, "--net")) && parse_number(text, UINT32_MAX, net))
		return -1;
	if ((text = take_option(argc, argv, "--count")) && parse_number(text, INT32_MAX, count))
		return -1;
	if ((text = take_option(argc, argv, "--timeout")) && parse_number(text, INT32_MAX, timeout))
		return -1;
	return 0;
}

int command_echo(int argc, char **argv)
{
	unsigned type, net = MCTP_NET_ANY, count = 0, unused = 0;
	int on = 1, fd;

	if (parse_options(&argc, argv, &net, &count, &unused) || argc != 1 || parse_number(argv[0], 127, &type))
		return USAGE;
	fd = open_bound(type, net);
	/* extended addresses let us answer also a sender we have no route to */
	if (fd < 0 || setsockopt(fd, SOL_MCTP, MCTP_OPT_ADDR_EXT, &on, sizeof(on)) < 0)
		return failed("echo");
	puts("ready");
	for (unsigned done = 0; !count || done < count; done++) {
		struct sockaddr_mctp_ext from = { 0 };
		ssize_t size = receive(fd, -1, &from);

		if (size < 0)
			return failed("receive");
		from.smctp_base.smctp_tag &= ~MCTP_TAG_OWNER;
		/* a message from this kernel itself came over no interface */
		if (sendto(fd, body, size, 0, (struct sockaddr *)&from,
			   from.smctp_ifindex ? sizeof(from) : sizeof(from.smctp_base)) < 0)
			failed("reply");
	}
	return OK;
}

/* "IF,HEX": the physical address behind an interface; HEX may be missing. */
static int parse_physical(const char *text, struct sockaddr_mctp_ext *to)
{
	char name[64], *comma;
	int size = 0;

	snprintf(name, sizeof(name), "%s", text);
	comma = strchr(name, ',');
	if (comma) {
		*comma = 0;
		size = parse_hex(comma + 1, to->smctp_haddr, sizeof(to->smctp_haddr));
	}
	if (size < 0)
		return USAGE;
	to->smctp_halen = size;
	to->smctp_ifindex = find_interface(name);
	return to->smctp_ifindex ? OK : FAILED;
}

/* Fills body from "len=N" (counting bytes) or hex; its size or -1. */
static int parse_body(const char *text)
{
	unsigned size;

	if (strncmp(text, "len=", 4))
		return parse_hex(text, body, sizeof(body));
	if (parse_number(text + 4, sizeof(body), &size))
		return -1;
	for (unsigned i = 0; i < size; i++)
		body[i] = i;
	return size;
}

int command_req(int argc, char **argv)
{
	const char *physical = take_option(&argc, argv, "--ext");
	struct sockaddr_mctp_ext to = { .smctp_base.smctp_family = AF_MCTP, .smctp_base.smctp_tag = MCTP_TAG_OWNER };
	struct sockaddr_mctp_ext from = { 0 };
	unsigned eid, type, net = 1, unused = 0, timeout = 2000;
	int size, on = 1, fd, status;
	ssize_t got;

	if (parse_options(&argc, argv, &net, &unused, &timeout) || argc != 3 || parse_number(argv[0], 255, &eid) ||
	    parse_number(argv[1], 255, &type) || (size = parse_body(argv[2])) < 0)
		return USAGE;
	to.smctp_base.smctp_network = net;
	to.smctp_base.smctp_addr.s_addr = eid;
	to.smctp_base.smctp_type = type;
	if (physical && (status = parse_physical(physical, &to)) != OK)
		return status;

	fd = open_socket();
	if (fd < 0 || (physical && setsockopt(fd, SOL_MCTP, MCTP_OPT_ADDR_EXT, &on, sizeof(on)) < 0))
		return failed("socket");
	if (sendto(fd, body, size, 0, (struct sockaddr *)&to, physical ? sizeof(to) : sizeof(to.smctp_base)) < 0)
		return failed("send");
	got = receive(fd, timeout, &from);
	if (got < 0)
		return failed("reply");
	print_hex(got);
	return OK;
}

static int compare_longs(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return (x > y) - (x < y);
}

static long nanoseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000L + now.tv_nsec;
}

int command_bench(int argc, char **argv)
{
	struct sockaddr_mctp to = { .smctp_family = AF_MCTP, .smctp_tag = MCTP_TAG_OWNER };
	unsigned eid, type, net = 1, count = 1000, timeout = 2000;
	struct sockaddr_mctp_ext from;
	long *times, start, begin;
	int size, fd;

	if (parse_options(&argc, argv, &net, &count, &timeout) || argc != 3 || parse_number(argv[0], 255, &eid) ||
	    parse_number(argv[1], 255, &type) || (size = parse_body(argv[2])) < 0 || count < 1)
		return USAGE;
	to.smctp_network = net;
	to.smctp_addr.s_addr = eid;
	to.smctp_type = type;
	times = calloc(count, sizeof(*times));
	fd = open_socket();
	if (fd < 0 || !times)
		return failed("socket");
	begin = nanoseconds();
	for (unsigned i = 0; i < count; i++) {
		start = nanoseconds();
		if (sendto(fd, body, size, 0, (struct sockaddr *)&to, sizeof(to)) < 0)
			return failed("send");
		if (receive(fd, timeout, &from) != size)
			return failed("reply");
		times[i] = nanoseconds() - start;
	}
	begin = nanoseconds() - begin;
	qsort(times, count, sizeof(*times), compare_longs);
	printf("count %u p50_us %.1f p99_us %.1f per_second %.0f\n", count, times[count / 2] / 1e3,
	       times[count - 1 - count / 100] / 1e3, count * 1e9 / begin);
	return OK;
}

int command_recv(int argc, char **argv)
{
	unsigned type, net = MCTP_NET_ANY, count = 1, timeout = -1;
	int fd;

	if (parse_options(&argc, argv, &net, &count, &timeout) || argc != 1 || parse_number(argv[0], 127, &type))
		return USAGE;
	fd = open_bound(type, net);
	if (fd < 0)
		return failed("recv");
	for (unsigned done = 0; !count || done < count; done++) {
		struct sockaddr_mctp_ext from = { 0 };
		ssize_t size = receive(fd, timeout, &from);

		if (size < 0)
			return failed("recv");
		printf("net %u eid %u type 0x%02x tag 0x%02x ", from.smctp_base.smctp_network,
		       from.smctp_base.smctp_addr.s_addr, from.smctp_base.smctp_type, from.smctp_base.smctp_tag);
		print_hex(size);
	}
	return OK;
}
