/* mctp-peer: what its files share. */
#ifndef MCTP_PEER_H
#define MCTP_PEER_H

#include <stddef.h>
#include <stdint.h>

/* Exit statuses. */
enum { OK = 0, FAILED = 1, USAGE = 2 };

/* All commands take the words after their name and return an exit status. */
int command_link(int argc, char **argv);	/* mctp-netlink.c */
int command_net(int argc, char **argv);
int command_mtu(int argc, char **argv);
int command_addr(int argc, char **argv);
int command_route(int argc, char **argv);
int command_neigh(int argc, char **argv);
int command_ldisc(int argc, char **argv);	/* mctp-ldisc.c */
int command_echo(int argc, char **argv);	/* mctp-traffic.c */
int command_req(int argc, char **argv);
int command_bench(int argc, char **argv);
int command_recv(int argc, char **argv);
int command_control_endpoint(int argc, char **argv);	/* mctp-control.c */

/* mctp-peer.c */
int failed(const char *what);	/* prints what and the name of errno */
int parse_number(const char *text, unsigned long max, unsigned *value);
int parse_hex(const char *text, uint8_t *bytes, size_t room);	/* number of bytes or -1 */
const char *take_option(int *argc, char **argv, const char *name);	/* cuts "name value" out */
unsigned find_interface(const char *name);	/* index, 0 with a message */

#endif
