/* mctp-peer: links, networks, addresses, routes and neighbours, over rtnetlink. */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mctp-peer.h"

#ifndef AF_MCTP
#define AF_MCTP 45
#endif

/* A request under construction: header and attributes are appended at nlmsg_len. */
struct request {
	struct nlmsghdr head;
	uint8_t body[256];
};

static void *append(struct request *r, const void *data, size_t size)
{
	void *at = (uint8_t *)r + NLMSG_ALIGN(r->head.nlmsg_len);

	if (data)
		memcpy(at, data, size);
	r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + size;
	return at;
}

static struct rtattr *attribute(struct request *r, int type, const void *data, size_t size)
{
	struct rtattr head = { .rta_len = RTA_LENGTH(size), .rta_type = type };
	struct rtattr *at = append(r, &head, sizeof(head));

	if (size)
		append(r, data, size);
	return at;
}

static struct rtattr *begin_nest(struct request *r, int type)
{
	return attribute(r, type | NLA_F_NESTED, NULL, 0);
}

/* Everything appended since a nest was opened belongs to it. */
static void end_nest(struct request *r, struct rtattr *nest)
{
	nest->rta_len = (uint8_t *)r + r->head.nlmsg_len - (uint8_t *)nest;
}

static void begin(struct request *r, int type, int flags, const void *header, size_t size)
{
	memset(r, 0, sizeof(*r));
	r->head.nlmsg_len = NLMSG_HDRLEN;
	r->head.nlmsg_type = type;
	r->head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	append(r, header, size);
}

/* Sends it and waits for the kernel's word. */
static int perform(struct request *r, const char *what)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		uint8_t rest[512];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int status = FAILED;

	if (fd < 0 || send(fd, r, r->head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof(answer), 0) < 0) {
		failed(what);
	} else if (answer.head.nlmsg_type == NLMSG_ERROR && answer.error.error) {
		errno = -answer.error.error;
		failed(what);
	} else {
		status = OK;
	}
	if (fd >= 0)
		close(fd);
	return status;
}

int command_link(int argc, char **argv)
{
	struct ifinfomsg header = { .ifi_change = IFF_UP };
	struct request r;

	if (argc != 2 || (strcmp(argv[1], "up") && strcmp(argv[1], "down")))
		return USAGE;
	if (!(header.ifi_index = find_interface(argv[0])))
		return FAILED;
	header.ifi_flags = strcmp(argv[1], "up") ? 0 : IFF_UP;
	begin(&r, RTM_NEWLINK, 0, &header, sizeof(header));
	return perform(&r, "link");
}

int command_net(int argc, char **argv)
{
	struct ifinfomsg header = { 0 };
	struct rtattr *spec, *mctp;
	struct request r;
	unsigned net;

	if (argc != 2 || parse_number(argv[1], UINT32_MAX, &net))
		return USAGE;
	if (!(header.ifi_index = find_interface(argv[0])))
		return FAILED;
	begin(&r, RTM_NEWLINK, 0, &header, sizeof(header));
	spec = begin_nest(&r, IFLA_AF_SPEC);
	mctp = begin_nest(&r, AF_MCTP);
	attribute(&r, IFLA_MCTP_NET, &net, sizeof(net));
	end_nest(&r, mctp);
	end_nest(&r, spec);
	return perform(&r, "net");
}

int command_mtu(int argc, char **argv)
{
	struct ifinfomsg header = { 0 };
	struct request r;
	unsigned mtu;

	if (argc != 2 || parse_number(argv[1], UINT16_MAX, &mtu))
		return USAGE;
	if (!(header.ifi_index = find_interface(argv[0])))
		return FAILED;
	begin(&r, RTM_NEWLINK, 0, &header, sizeof(header));
	attribute(&r, IFLA_MTU, &mtu, sizeof(mtu));
	return perform(&r, "mtu");
}

/* The words of "add|del EID[-EID] dev|via IF", common to addresses, routes and neighbours. */
struct change {
	int add;
	unsigned first, last, index;
};

static int parse_change(int argc, char **argv, const char *preposition, struct change *c)
{
	char first[8], *dash;

	if (argc != 4 || (strcmp(argv[0], "add") && strcmp(argv[0], "del")) || strcmp(argv[2], preposition))
		return USAGE;
	snprintf(first, sizeof(first), "%s", argv[1]);
	dash = strchr(first, '-');
	if (dash)
		*dash = 0;
	if (parse_number(first, 255, &c->first) || parse_number(dash ? dash + 1 : first, 255, &c->last) ||
	    c->last < c->first)
		return USAGE;
	c->add = !strcmp(argv[0], "add");
	c->index = find_interface(argv[3]);
	return c->index ? OK : FAILED;
}

static int create_flags(const struct change *c)
{
	return c->add ? NLM_F_CREATE | NLM_F_EXCL : 0;
}

int command_addr(int argc, char **argv)
{
	struct ifaddrmsg header = { .ifa_family = AF_MCTP };
	struct change c;
	struct request r;
	int status = parse_change(argc, argv, "dev", &c);

	if (status != OK)
		return status;
	header.ifa_index = c.index;
	begin(&r, c.add ? RTM_NEWADDR : RTM_DELADDR, create_flags(&c), &header, sizeof(header));
	attribute(&r, IFA_LOCAL, &(uint8_t){ c.first }, 1);
	return perform(&r, "addr");
}

int command_route(int argc, char **argv)
{
	const char *mtu_text = take_option(&argc, argv, "mtu");
	struct rtmsg header = { .rtm_family = AF_MCTP, .rtm_type = RTN_UNICAST };
	struct rtattr *metrics;
	struct change c;
	struct request r;
	unsigned mtu;
	int status = parse_change(argc, argv, "via", &c);

	if (status != OK)
		return status;
	if (mtu_text && parse_number(mtu_text, UINT16_MAX, &mtu))
		return USAGE;
	header.rtm_dst_len = c.last - c.first;	/* MCTP: how many further EIDs */
	begin(&r, c.add ? RTM_NEWROUTE : RTM_DELROUTE, create_flags(&c), &header, sizeof(header));
	attribute(&r, RTA_DST, &(uint8_t){ c.first }, 1);
	attribute(&r, RTA_OIF, &c.index, sizeof(c.index));
	if (mtu_text) {
		metrics = begin_nest(&r, RTA_METRICS);
		attribute(&r, RTAX_MTU, &mtu, sizeof(mtu));
		end_nest(&r, metrics);
	}
	return perform(&r, "route");
}

int command_neigh(int argc, char **argv)
{
	const char *text = take_option(&argc, argv, "lladdr");
	struct ndmsg header = { .ndm_family = AF_MCTP };
	uint8_t address[32];
	struct change c;
	struct request r;
	int size = text ? parse_hex(text, address, sizeof(address)) : 0;
	int status = parse_change(argc, argv, "dev", &c);

	if (status != OK)
		return status;
	if (size < 0 || (c.add && !text))
		return USAGE;
	header.ndm_ifindex = c.index;
	begin(&r, c.add ? RTM_NEWNEIGH : RTM_DELNEIGH, create_flags(&c), &header, sizeof(header));
	attribute(&r, NDA_DST, &(uint8_t){ c.first }, 1);
	if (text)
		attribute(&r, NDA_LLADDR, address, size);
	return perform(&r, "neigh");
}
