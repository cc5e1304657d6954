/*
 * Load for an echo server: CONNECTIONS clients, each of which sends SIZE bytes, waits for all of them
 * to come back, and sends again, until ROUNDS echoes were had in all. One thread, one epoll.
 *
 *   echo-load PORT
 *
 * Lines of "CONNECTIONS SIZE ROUNDS" on standard input are each answered by a line with the
 * nanoseconds from the first send to the last echo.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CONNECTIONS = 1024, MOST_SIZE = 1 << 20 };

struct client {
  int socket;
  int received;
};

static char message[MOST_SIZE];
static char echo[MOST_SIZE];
static struct client clients[MOST_CONNECTIONS];

static void fail(const char *what) {
  fprintf(stderr, "echo-load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int connected(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short) port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int one = 1;
  if (made < 0 || connect(made, (struct sockaddr *) &to, sizeof to) < 0) {
    fail("connecting");
  }
  setsockopt(made, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return made;
}

static void send_all(int socket, int size) {
  for (int sent = 0; sent < size;) {
    ssize_t count = send(socket, message + sent, (size_t) (size - sent), MSG_NOSIGNAL);
    if (count < 0) {
      fail("sending");
    }
    sent += (int) count;
  }
}

/* Takes what is there; 1 if that was the end of an echo. */
static int take(struct client *client, int size) {
  ssize_t count = recv(client->socket, echo, (size_t) (size - client->received), 0);
  if (count <= 0) {
    errno = count == 0 ? ECONNRESET : errno;
    fail("receiving");
  }
  if (memcmp(echo, message + client->received, (size_t) count) != 0) {
    errno = EBADMSG;
    fail("an echo is not what was sent");
  }
  client->received += (int) count;
  if (client->received < size) {
    return 0;
  }
  client->received = 0;
  return 1;
}

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long run(int poll, int connections, int size, long rounds) {
  long begun = 0;
  long ended = 0;
  long long start = now();
  for (int index = 0; index < connections && begun < rounds; index++, begun++) {
    send_all(clients[index].socket, size);
  }
  while (ended < begun) {
    struct epoll_event ready[64];
    int count = epoll_wait(poll, ready, 64, -1);
    if (count < 0 && errno != EINTR) {
      fail("waiting");
    }
    for (int index = 0; index < count; index++) {
      struct client *client = ready[index].data.ptr;
      if (take(client, size)) {
        ended++;
        if (begun < rounds) {
          begun++;
          send_all(client->socket, size);
        }
      }
    }
  }
  return now() - start;
}

int main(int count, char **arguments) {
  int connections;
  int size;
  long rounds;
  int port = count == 2 ? atoi(arguments[1]) : 0;
  if (port <= 0) {
    fprintf(stderr, "usage: echo-load PORT\n");
    return 2;
  }
  for (int index = 0; index < MOST_SIZE; index++) {
    message[index] = (char) (index * 31 + index / 256);
  }
  while (scanf("%d %d %ld", &connections, &size, &rounds) == 3) {
    if (connections < 1 || connections > MOST_CONNECTIONS || size < 1 || size > MOST_SIZE) {
      fprintf(stderr, "echo-load: out of range\n");
      return 2;
    }
    int poll = epoll_create1(EPOLL_CLOEXEC);
    for (int index = 0; index < connections; index++) {
      struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[index]};
      clients[index] = (struct client) {.socket = connected(port)};
      if (epoll_ctl(poll, EPOLL_CTL_ADD, clients[index].socket, &event) < 0) {
        fail("polling");
      }
    }
    printf("%lld\n", run(poll, connections, size, rounds));
    fflush(stdout);
    for (int index = 0; index < connections; index++) {
      close(clients[index].socket);
    }
    close(poll);
  }
  return 0;
}
