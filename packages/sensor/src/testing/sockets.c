// sockets MODE: opens TCP connections to itself over 127.0.0.1, and says the port of the server.
//   reset       the client resets each before the server accepts it
//   unaccepted  the same, and the server never accepts any
//   unanswered  the server does not answer, and the client does not wait; says the ports of the clients as well
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { times = 100 };

static void check(long result, const char *call) {
  if (result >= 0) return;
  perror(call);
  exit(1);
}

static struct sockaddr_in address_of(int fd) {
  struct sockaddr_in address;
  socklen_t length = sizeof address;
  check(getsockname(fd, (struct sockaddr *)&address, &length), "getsockname");
  return address;
}

static int listener(int backlog) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  check(bind(fd, (struct sockaddr *)&any, sizeof any), "bind");
  check(listen(fd, backlog), "listen");
  printf("%d\n", ntohs(address_of(fd).sin_port));
  return fd;
}

static int connect_to(int server, int flags) {
  struct sockaddr_in address = address_of(server);
  int fd = socket(AF_INET, SOCK_STREAM | flags, 0);
  int result = connect(fd, (struct sockaddr *)&address, sizeof address);
  if (result < 0 && errno != EINPROGRESS) check(result, "connect");
  return fd;
}

static void reset(int fd) {
  struct linger at_once = {.l_onoff = 1, .l_linger = 0};
  check(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), "setsockopt");
  close(fd);
}

int main(int count, char **words) {
  (void)count;
  if (strcmp(words[1], "unanswered") == 0) {
    int server = listener(0);
    // One waits to be accepted, and the server takes no others.
    connect_to(server, 0);
    for (int i = 0; i < 10; i++) printf("%d\n", ntohs(address_of(connect_to(server, SOCK_NONBLOCK)).sin_port));
    // Their ends would tell their ports as well, if they came at once.
    usleep(200 * 1000);
    return 0;
  }
  int server = listener(times);
  for (int i = 0; i < times; i++) reset(connect_to(server, 0));
  for (int i = 0; strcmp(words[1], "reset") == 0 && i < times; i++) {
    int fd = accept(server, NULL, NULL);
    check(fd, "accept");
    close(fd);
  }
  return 0;
}
