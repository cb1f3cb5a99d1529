/* mctp-peer: a small endpoint that answers the control protocol (DSP0236) through the kernel's sockets. */
#include <errno.h>
#include <linux/mctp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "mctp-peer.h"

#ifndef AF_MCTP
#define AF_MCTP 45
#endif

/* Header without the message type: Rq/D/instance, command; then the body. */
enum { REQUEST = 0x80, DATAGRAM = 0x40, INSTANCE = 0x1f, HEADER = 2 };
enum { SUCCESS = 0, INVALID_DATA = 2, INVALID_LENGTH = 3, UNSUPPORTED = 5, NO_SUCH_TYPE = 0x80 };

struct endpoint {
	const char *interface;
	unsigned eid;
	uint8_t uuid[16];
	int has_uuid;
	uint8_t types[16];
	int type_count;
};

/* The kernel answers from the first address of the interface, so the new one takes the place of the old. */
static int change_eid(struct endpoint *e, unsigned eid)
{
	char old_text[8], new_text[8];
	char *del[] = { "del", old_text, "dev", (char *)e->interface };
	char *add[] = { "add", new_text, "dev", (char *)e->interface };

	if (eid == e->eid)
		return OK;
	snprintf(old_text, sizeof(old_text), "%u", e->eid);
	snprintf(new_text, sizeof(new_text), "%u", eid);
	if (command_addr(4, del) != OK || command_addr(4, add) != OK)
		return FAILED;
	e->eid = eid;
	printf("eid %u\n", eid);
	return OK;
}

static int version_support(const struct endpoint *e, uint8_t type, uint8_t *out)
{
	static const uint8_t base[] = { 4, 0xf1, 0xf0, 0xff, 0, 0xf1, 0xf1, 0xff, 0, 0xf1, 0xf2, 0xff, 0, 0xf1, 0xf3, 0xf1, 0 };
	static const uint8_t one[] = { 1, 0xf1, 0xf0, 0xff, 0 };

	if (type == 0xff || type == 0) {
		memcpy(out + 1, base, sizeof(base));
		return 1 + sizeof(base);
	}
	for (int i = 0; i < e->type_count; i++) {
		if (e->types[i] != type)
			continue;
		memcpy(out + 1, one, sizeof(one));
		return 1 + sizeof(one);
	}
	out[0] = NO_SUCH_TYPE;
	return 1;
}

/* Fills out from the completion code on; its length. */
static int answer(struct endpoint *e, uint8_t command, const uint8_t *in, size_t size, uint8_t *out)
{
	static const uint8_t lengths[] = { 0, 2, 0, 0, 1, 0 };

	out[0] = SUCCESS;
	if (command == 0 || command > 5 || (command == 3 && !e->has_uuid)) {
		out[0] = UNSUPPORTED;
		return 1;
	}
	if (size != lengths[command]) {
		out[0] = INVALID_LENGTH;
		return 1;
	}
	switch (command) {
	case 1: /* Set Endpoint ID: set and force only */
		if ((in[0] & 3) > 1 || in[1] < 8 || in[1] == 0xff || change_eid(e, in[1]) != OK) {
			out[0] = INVALID_DATA;
			return 1;
		}
		out[1] = 0;
		out[2] = e->eid;
		out[3] = 0;
		return 4;
	case 2: /* Get Endpoint ID */
		out[1] = e->eid;
		out[2] = 0;
		out[3] = 0;
		return 4;
	case 3: /* Get Endpoint UUID */
		memcpy(out + 1, e->uuid, sizeof(e->uuid));
		return 17;
	case 4: /* Get MCTP Version Support */
		return version_support(e, in[0], out);
	default: /* Get Message Type Support */
		out[1] = e->type_count;
		memcpy(out + 2, e->types, e->type_count);
		return 2 + e->type_count;
	}
}

static int serve(int fd, struct endpoint *e)
{
	uint8_t in[64], out[64];
	struct sockaddr_mctp_ext from;
	socklen_t length = sizeof(from);
	ssize_t size = recvfrom(fd, in, sizeof(in), 0, (struct sockaddr *)&from, &length);

	if (size < 0)
		return failed("receive");
	if (size < HEADER || (in[0] & (REQUEST | DATAGRAM)) != REQUEST)
		return OK;
	out[0] = in[0] & INSTANCE;
	out[1] = in[1];
	size = HEADER + answer(e, in[1], in + HEADER, size - HEADER, out + HEADER);
	from.smctp_base.smctp_tag &= ~MCTP_TAG_OWNER;
	if (sendto(fd, out, size, 0, (struct sockaddr *)&from, sizeof(from)) < 0)
		failed("reply");
	return OK;
}

int command_control_endpoint(int argc, char **argv)
{
	const char *uuid = take_option(&argc, argv, "--uuid");
	const char *types = take_option(&argc, argv, "--types");
	const char *net_text = take_option(&argc, argv, "--net");
	struct sockaddr_mctp address = { .smctp_family = AF_MCTP };
	struct endpoint e = { 0 };
	unsigned net = MCTP_NET_ANY;
	int on = 1, fd;

	if (argc != 2 || parse_number(argv[1], 254, &e.eid) || (net_text && parse_number(net_text, UINT32_MAX, &net)))
		return USAGE;
	e.interface = argv[0];
	if (uuid && (e.has_uuid = parse_hex(uuid, e.uuid, sizeof(e.uuid))) != sizeof(e.uuid))
		return USAGE;
	if (types && (e.type_count = parse_hex(types, e.types, sizeof(e.types))) < 0)
		return USAGE;

	char *add[] = { "add", argv[1], "dev", argv[0] };
	if (command_addr(4, add) != OK)
		return FAILED;
	fd = socket(AF_MCTP, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	address.smctp_network = net;
	address.smctp_addr.s_addr = MCTP_ADDR_ANY;
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    setsockopt(fd, SOL_MCTP, MCTP_OPT_ADDR_EXT, &on, sizeof(on)) < 0)
		return failed("control-endpoint");
	puts("ready");
	for (;;)
		if (serve(fd, &e) != OK)
			return FAILED;
}
