/* The floor under bench_room.py: what the kernel alone asks for a frame per viewer and message.
 *
 * Prints its port; lets everybody in who sends an upgrade, greets them, and sends each text that
 * comes to all by one send() a viewer. No database, no limits, no checks: nothing can do it for less
 * by sending. Answers each line on stdin like room_servers.py.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define HELD 1024

typedef struct {
  int fd, is_in, n_held;
  unsigned char held[HELD];
} Peer;

static Peer **peers;
static int n_peers, cap_peers;
static long seq;

static void die(const char *what) {
  perror(what);
  exit(1);
}

static long long now_ms(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One text frame around a body of at most 65535 bytes; gives its size. */
static int framed(unsigned char *into, const char *body, int size) {
  int head = size < 126 ? 2 : 4;
  into[0] = 0x81;
  into[1] = size < 126 ? (unsigned char)size : 126;
  if (head == 4) into[2] = (unsigned char)(size >> 8), into[3] = (unsigned char)size;
  memcpy(into + head, body, (size_t)size);
  return head + size;
}

static void greet(Peer *p) {
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"; /* of RFC 6455's sample key */
  char body[200];
  unsigned char frame[220];
  if (send(p->fd, answer, sizeof answer - 1, MSG_NOSIGNAL) < 0) return;
  int size = snprintf(body, sizeof body, "[{\"seq\":%ld,\"type\":\"hello\",\"ts\":%lld}]", seq, now_ms());
  if (send(p->fd, frame, (size_t)framed(frame, body, size), MSG_NOSIGNAL) < 0) return;
  p->is_in = 1;
}

/* The string after "name":" in a message of the load client, which escapes nothing. */
static int field(const char *in, const char *name, const char **at) {
  const char *from = strstr(in, name);
  if (!from) return 0;
  *at = from + strlen(name);
  return (int)strcspn(*at, "\"");
}

static void to_all(const char *said) {
  char body[700];
  unsigned char frame[720];
  const char *text = "", *id = "";
  int n_text = field(said, "\"text\":\"", &text), n_id = field(said, "\"client_id\":\"", &id);
  int size = snprintf(body, sizeof body,
                      "[{\"seq\":%ld,\"type\":\"danmaku\",\"ts\":%lld,\"user\":{\"id\":\"u1\",\"name\":"
                      "\"viewer u1\",\"avatar\":0,\"role\":null},\"text\":\"%.*s\",\"second\":1.5,"
                      "\"mode\":\"scroll\",\"color\":null,\"client_id\":\"%.*s\"}]",
                      ++seq, now_ms(), n_text, text, n_id, id);
  size = framed(frame, body, size);
  for (int i = 0; i < n_peers; i++)
    if (peers[i]->is_in && send(peers[i]->fd, frame, (size_t)size, MSG_NOSIGNAL | MSG_DONTWAIT) != size) {
      fprintf(stderr, "a viewer did not take a frame\n");
      exit(1);
    }
}

/* What one peer has sent: an upgrade, then masked frames. */
static void on_data(Peer *p) {
  ssize_t got = read(p->fd, p->held + p->n_held, (size_t)(HELD - 1 - p->n_held));
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) close(p->fd), p->is_in = 0;
    return;
  }
  p->n_held += (int)got;
  if (!p->is_in) {
    if (!memmem(p->held, (size_t)p->n_held, "\r\n\r\n", 4)) return;
    p->n_held = 0;
    greet(p);
    return;
  }
  int used = 0;
  while (p->n_held - used >= 6) {
    unsigned char *f = p->held + used;
    int size = f[1] & 127, head = 2;
    if (size == 126) size = (f[2] << 8) | f[3], head = 4;
    if (p->n_held - used < head + 4 + size) break;
    char said[HELD];
    for (int i = 0; i < size; i++) said[i] = (char)(f[head + 4 + i] ^ f[head + (i & 3)]);
    said[size] = 0;
    if ((f[0] & 15) == 1) to_all(said);
    used += head + 4 + size;
  }
  memmove(p->held, p->held + used, (size_t)(p->n_held - used));
  p->n_held -= used;
}

static void let_in(int ep, int listening) {
  int fd, one = 1;
  while ((fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    Peer *p = calloc(1, sizeof *p);
    p->fd = fd;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (n_peers == cap_peers) peers = realloc(peers, sizeof *peers * (size_t)(cap_peers = cap_peers * 2 + 64));
    peers[n_peers++] = p;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};
    if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event)) die("epoll_ctl");
  }
}

int main(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  struct sockaddr_in here = {.sin_family = AF_INET};
  socklen_t size = sizeof here;
  inet_pton(AF_INET, "127.0.0.1", &here.sin_addr);
  int listening = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (bind(listening, (struct sockaddr *)&here, size) || listen(listening, 4096)) die("listen");
  getsockname(listening, (struct sockaddr *)&here, &size);
  printf("%d\n", ntohs(here.sin_port));
  fflush(stdout);
  static int is_listening, is_input;
  int ep = epoll_create1(0);
  struct epoll_event first = {.events = EPOLLIN, .data.ptr = &is_listening};
  struct epoll_event input = {.events = EPOLLIN, .data.ptr = &is_input};
  epoll_ctl(ep, EPOLL_CTL_ADD, listening, &first);
  epoll_ctl(ep, EPOLL_CTL_ADD, 0, &input);
  for (;;) {
    struct epoll_event events[256];
    int n = epoll_wait(ep, events, 256, -1);
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr == &is_listening) let_in(ep, listening);
      else if (events[i].data.ptr == &is_input) {
        char line[64];
        if (read(0, line, sizeof line) <= 0) return 0;
        printf("{\"n\":%d,\"unread_bytes_max\":0,\"unread_bytes_total\":0}\n", n_peers);
        fflush(stdout);
      } else on_data(events[i].data.ptr);
    }
  }
}
