/* Load client of bench_room.py: opens viewers' sockets, lets some of them talk, and checks every
 * byte that every viewer gets.
 *
 * usage: room_load PORT PATH VIEWERS SENDERS RATE SECONDS STALLED DEFLATE
 *
 * Prints "ready" when all viewers are in, waits for a line on stdin, sends RATE danmaku a second
 * from SENDERS viewers in turn for SECONDS, then waits until everybody has everything. The last
 * STALLED viewers stop reading when it starts. Prints one JSON object.
 *
 * How it checks: the first viewer to receive a message gives its bytes; they must hold the time and
 * number that were sent, once each, with sequence numbers that rise by 1. Every other viewer's frame
 * must equal the same stretch of that stream byte for byte and begin where the viewer's last one ended.
 * A room that is overloaded leaves some danmaku out and says so by a notice: such a frame is read message
 * by message, each must be one that was sent, in order, and what is not in it counts as sampled.
 * With DEFLATE 1 viewers take compressed frames (built with -DWITH_ZLIB -lz): the same compressed
 * bytes are inflated once, then checked as above for each viewer.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#ifdef WITH_ZLIB
#include <zlib.h>
#endif

#define CHUNK (256 * 1024)
#define HIST 200000 /* 0.1 ms each: 20 s */

typedef struct {
  int fd;
  int is_open;      /* has the 101 */
  int is_stalled;
  uint8_t *held;    /* an unfinished frame */
  size_t n_held, held_cap;
  long next_seq;    /* 0: any */
  long n_frames, n_other;
} Viewer;

static Viewer *viewers;
static int n_viewers, n_senders, n_stalled, n_open, is_deflating;
static long base_seq, last_seq;              /* stream holds base_seq .. last_seq */
static char *stream;                         /* messages joined by commas */
static size_t stream_len, stream_cap;
static size_t *offsets;                      /* by seq - base_seq; end of the last is stream_len */
static int *counts_at;                       /* counter of the danmaku at this seq, or -1 */
static int64_t *sent_at;                     /* ns, by counter */
static char *seen, *holes;                   /* by counter; by seq - base_seq: left out by the room */
static long n_holes, n_sampled;
static long n_sent, n_max, n_wrong, n_gaps, n_deliveries, n_errors, n_closed, n_hello_again;
static long frames_total, bytes_total, histogram[HIST];
static int64_t latency_max;
static int is_running;
static long start_seq;

static int64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static const char *find(const char *from, const char *end, const char *what) {
  return memmem(from, (size_t)(end - from), what, strlen(what));
}

/* Take new messages [from, end) into the stream; their numbers must follow last_seq. */
static void extend(const char *from, const char *end) {
  while (from < end) {
    const char *next = find(from + 1, end, "{\"seq\":");
    const char *stop = next ? next - 1 : end;
    long seq = strtol(from + 7, NULL, 10);
    if (last_seq == 0) base_seq = start_seq = seq, last_seq = seq - 1;
    if (seq != last_seq + 1) n_gaps++;
    last_seq = seq;
    if (stream_len + (size_t)(stop - from) + 1 > stream_cap || seq - base_seq >= n_max + 9000) {
      fprintf(stderr, "more came than was sent\n");
      exit(1);
    }
    offsets[seq - base_seq] = stream_len + (stream_len ? 1 : 0);
    if (stream_len) stream[stream_len++] = ',';
    memcpy(stream + stream_len, from, (size_t)(stop - from));
    stream_len += (size_t)(stop - from);
    counts_at[seq - base_seq] = -1;
    const char *text = find(from, stop, "\"text\":\"t ");
    if (text) {
      char *rest;
      int64_t at = strtoll(text + 10, &rest, 10);
      long counter = strtol(rest, NULL, 10);
      if (counter < 0 || counter >= n_sent || seen[counter] || sent_at[counter] != at) n_wrong++;
      else seen[counter] = 1, counts_at[seq - base_seq] = (int)counter;
    }
    from = next ? next : end;
  }
}

static const char *last_message(const char *data, const char *end) {
  for (const char *p = end - 8; p > data; p--)
    if (!memcmp(p, "{\"seq\":", 7)) return p;
  return data;
}

/* Whether messages are left out of a frame, or it has some that others did not get. */
static int is_uneven(const char *data, const char *end, long first) {
  const char *tail = end - data > 400 ? end - 400 : data;
  if (find(tail, end, "\"code\":\"chat.sampled\"")) return 1;
  if (!n_holes) return 0;
  long last = strtol(last_message(data, end) + 7, NULL, 10);
  for (long s = first; s <= last && s <= last_seq; s++)
    if (s >= base_seq && holes[s - base_seq]) return 1;
  return 0;
}

static void delivered(int counter, int64_t at) {
  n_deliveries++;
  int64_t late = at - sent_at[counter];
  if (late > latency_max) latency_max = late;
  int64_t slot = late / 100000;
  histogram[slot < HIST ? slot : HIST - 1]++;
}

/* A frame with messages left out: read one by one. */
static void on_uneven(Viewer *v, const char *data, const char *end, int64_t at) {
  long last = v->next_seq - 1, n_here = 0, top = last;
  for (const char *next, *from = data; from < end; from = next) {
    const char *after = find(from + 1, end, "{\"seq\":");
    next = after ? after : end;
    long seq = strtol(from + 7, NULL, 10);
    if (seq > top) top = seq;
    const char *text = find(from, next, "\"text\":\"t ");
    if (!text) continue; /* the notice, or how many are here */
    char *rest;
    int64_t sent = strtoll(text + 10, &rest, 10);
    long counter = strtol(rest, NULL, 10);
    if (seq <= last) n_gaps++;
    last = seq;
    if (counter < 0 || counter >= n_sent || sent_at[counter] != sent) {
      n_wrong++;
      continue;
    }
    seen[counter] = 1, n_here++;
    delivered((int)counter, at);
  }
  if (v->next_seq) n_sampled += top - v->next_seq + 1 - n_here;
  if (!last_seq) base_seq = start_seq = v->next_seq ? v->next_seq : top + 1, last_seq = base_seq - 1;
  for (; last_seq < top; n_holes++) {
    last_seq++;
    offsets[last_seq - base_seq] = stream_len, counts_at[last_seq - base_seq] = -1;
    holes[last_seq - base_seq] = 1;
  }
  v->next_seq = top + 1;
}

static void on_messages(Viewer *v, const char *data, size_t size, int64_t at) {
  /* data: the inside of the array */
  const char *end = data + size;
  v->n_frames++;
  if (size < 20 || memcmp(data, "{\"seq\":", 7)) {
    if (find(data, end, "\"type\":\"error\"")) n_errors++;
    v->n_other++;
    return;
  }
  long seq = strtol(data + 7, NULL, 10);
  const char *type = find(data, end, "\"type\":\"");
  if (type && !memcmp(type + 8, "hello", 5)) {
    if (v->next_seq) n_hello_again++;
    v->next_seq = seq + 1;
    v->n_other++;
    return;
  }
  if (type && !memcmp(type + 8, "presence", 8)) {
    v->n_other++;
    return;
  }
  if (is_uneven(data, end, seq)) {
    on_uneven(v, data, end, at);
    return;
  }
  /* a presence may end the frame; it is not part of the stream */
  const char *tail = end, *presence = find(data, end, ",\"type\":\"presence\"");
  if (presence) {
    while (presence > data && memcmp(presence, ",{\"seq\":", 8)) presence--;
    if (presence > data) tail = presence;
  }
  if (last_seq && seq > last_seq + 1) n_gaps++;
  if (!last_seq || seq == last_seq + 1) extend(data, tail);
  else {
    /* part of it may be new (somebody was sent more at once than the first to get it) */
    char mark[40];
    snprintf(mark, sizeof mark, ",{\"seq\":%ld,", last_seq + 1);
    const char *fresh = find(data, tail, mark);
    if (fresh) extend(fresh + 1, tail);
  }
  if (v->next_seq && seq != v->next_seq) n_gaps++;
  size_t start = offsets[seq - base_seq], length = (size_t)(tail - data);
  if (start + length > stream_len || memcmp(stream + start, data, length)) {
    n_wrong++;
    return;
  }
  size_t stop = start + length;
  long s = seq;
  for (; s <= last_seq && offsets[s - base_seq] < stop; s++) {
    int counter = counts_at[s - base_seq];
    if (counter < 0) continue;
    delivered(counter, at);
  }
  v->next_seq = s;
}

#ifdef WITH_ZLIB
#define KEPT 32
static struct { /* the newest compressed frames and what is in them */
  uint8_t *packed;
  size_t n_packed;
  char *plain;
  size_t n_plain;
} kept[KEPT];
static int kept_next;

static int inflated(const uint8_t *data, size_t size) {
  for (int back = 1; back <= KEPT; back++) {
    int i = (kept_next + KEPT - back) % KEPT;
    if (kept[i].n_packed == size && !memcmp(kept[i].packed, data, size)) return i;
  }
  int i = kept_next;
  kept_next = (kept_next + 1) % KEPT;
  kept[i].packed = realloc(kept[i].packed, size + 4);
  memcpy(kept[i].packed, data, size);
  memcpy(kept[i].packed + size, "\0\0\xff\xff", 4);
  kept[i].n_packed = size;
  kept[i].plain = realloc(kept[i].plain, 1 << 20);
  z_stream z = {.next_in = kept[i].packed, .avail_in = (uInt)size + 4,
                .next_out = (Bytef *)kept[i].plain, .avail_out = 1 << 20};
  if (inflateInit2(&z, -15) != Z_OK || inflate(&z, Z_SYNC_FLUSH) != Z_OK || z.avail_in) n_wrong++;
  kept[i].n_plain = z.total_out;
  inflateEnd(&z);
  return i;
}
#endif

static void on_data(Viewer *v, uint8_t *data, size_t size) {
  int64_t at = now_ns();
  size_t used = 0;
  if (v->n_held) {
    if (v->n_held + size > v->held_cap) v->held = realloc(v->held, v->held_cap = (v->n_held + size) * 2);
    memcpy(v->held + v->n_held, data, size);
    data = v->held, size += v->n_held;
  }
  if (!v->is_open) {
    uint8_t *end = memmem(data, size, "\r\n\r\n", 4);
    if (end) {
      if (memcmp(data, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "refused: %.*s\n", (int)size, data);
        exit(1);
      }
      v->is_open = 1, n_open++;
      used = (size_t)(end + 4 - data);
    }
  }
  while (v->is_open && size - used >= 2) {
    uint8_t *f = data + used;
    size_t length = f[1] & 127, head = 2;
    if (length == 126) {
      if (size - used < 4) break;
      length = ((size_t)f[2] << 8) | f[3], head = 4;
    } else if (length == 127) {
      if (size - used < 10) break;
      length = 0;
      for (int i = 0; i < 8; i++) length = (length << 8) | f[2 + i];
      head = 10;
    }
    if (size - used < head + length) break;
    if (is_running) frames_total++, bytes_total += (long)(head + length);
    int opcode = f[0] & 15;
    if (f[0] & 0x40) {
#ifdef WITH_ZLIB
      int i = inflated(f + head, length);
      on_messages(v, kept[i].plain + 1, kept[i].n_plain - 2, at);
#else
      n_wrong++;
#endif
    } else if (opcode == 1) on_messages(v, (char *)f + head + 1, length - 2, at);
    else if (opcode == 8) n_closed++;
    else if (opcode == 9) {
      uint8_t pong[6] = {0x8a, 0x80, 0, 0, 0, 0};
      if (write(v->fd, pong, 6) != 6) n_errors++;
    }
    used += head + length;
  }
  size_t rest = size - used;
  if (rest) {
    if (rest > v->held_cap) {
      uint8_t *bigger = malloc(v->held_cap = rest * 2);
      memcpy(bigger, data + used, rest);
      free(v->held);
      v->held = bigger;
    } else memmove(v->held, data + used, rest);
  }
  v->n_held = rest;
}

static uint8_t chunk[CHUNK];

static int poll_once(int ep, int timeout_ms) {
  struct epoll_event events[512];
  int n = epoll_wait(ep, events, 512, timeout_ms);
  for (int i = 0; i < n; i++) {
    Viewer *v = events[i].data.ptr;
    ssize_t got = read(v->fd, chunk, CHUNK);
    if (got > 0) on_data(v, chunk, (size_t)got);
    else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
      if (v->fd >= 0) close(v->fd);
      v->fd = -1, n_closed++;
    }
  }
  return n;
}

static void say(Viewer *v) {
  uint8_t frame[300];
  char text[200];
  int64_t at = now_ns();
  long counter = n_sent++;
  sent_at[counter] = at;
  int size = snprintf(text, sizeof text,
                      "{\"type\":\"danmaku\",\"text\":\"t %lld %ld\",\"client_id\":\"c%ld\"}",
                      (long long)at, counter, counter);
  frame[0] = 0x81, frame[1] = 0x80 | (uint8_t)size;
  int head = 2;
  if (size > 125) frame[1] = 0x80 | 126, frame[2] = 0, frame[3] = (uint8_t)size, head = 4;
  memset(frame + head, 0, 4); /* a mask of zeros is a mask */
  memcpy(frame + head + 4, text, (size_t)size);
  if (v->fd < 0 || write(v->fd, frame, (size_t)(head + 4 + size)) != head + 4 + size) n_errors++;
}

static int connect_one(int ep, int i, int port, const char *path) {
  Viewer *v = &viewers[i];
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  /* many source addresses: one has only 28,000 ports */
  struct sockaddr_in from = {.sin_family = AF_INET};
  inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
  from.sin_addr.s_addr = htonl(0x7f000002u + (uint32_t)(i / 20000));
  int one = 1;
  v->fd = socket(AF_INET, SOCK_STREAM, 0);
  if (v->fd < 0) die("socket");
  if (bind(v->fd, (struct sockaddr *)&from, sizeof from)) die("bind");
  if (i >= n_viewers - n_stalled) {
    int small = 16384;
    v->is_stalled = 1;
    setsockopt(v->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  }
  if (connect(v->fd, (struct sockaddr *)&to, sizeof to)) die("connect");
  setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  char request[500];
  int size = snprintf(request, sizeof request,
                      "GET %s?token=u%d HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
                      "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
                      path, i, is_deflating ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
  if (write(v->fd, request, (size_t)size) != size) die("write");
  fcntl(v->fd, F_SETFL, O_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = v};
  return epoll_ctl(ep, EPOLL_CTL_ADD, v->fd, &event);
}

static double percentile(double share) {
  long total = 0, sum = 0;
  for (int i = 0; i < HIST; i++) total += histogram[i];
  for (int i = 0; i < HIST; i++)
    if ((sum += histogram[i]) >= (long)((double)total * share)) return i / 10.0 + 0.05;
  return 0;
}

int main(int argc, char **argv) {
  if (argc != 9) return 2;
  int port = atoi(argv[1]);
  n_viewers = atoi(argv[3]), n_senders = atoi(argv[4]);
  double rate = atof(argv[5]), seconds = atof(argv[6]);
  n_stalled = atoi(argv[7]), is_deflating = atoi(argv[8]);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  n_max = (long)(rate * seconds) + 1000;
  viewers = calloc((size_t)n_viewers, sizeof *viewers);
  offsets = calloc((size_t)n_max + 10000, sizeof *offsets);
  counts_at = calloc((size_t)n_max + 10000, sizeof *counts_at);
  sent_at = calloc((size_t)n_max, sizeof *sent_at);
  seen = calloc((size_t)n_max, 1);
  holes = calloc((size_t)n_max + 10000, 1);
  stream = malloc(stream_cap = (size_t)(n_max + 10000) * 600);
  int ep = epoll_create1(0);
  int64_t begun = now_ns();
  for (int i = 0; i < n_viewers; i++) {
    if (connect_one(ep, i, port, argv[2])) die("epoll_ctl");
    while (i + 1 - n_open > 200) poll_once(ep, 100);
  }
  while (n_open < n_viewers) {
    poll_once(ep, 100);
    if (now_ns() - begun > 40000000000LL) {
      fprintf(stderr, "only %d of %d came in\n", n_open, n_viewers);
      return 1;
    }
  }
  double connect_s = (double)(now_ns() - begun) / 1e9;
  printf("ready\n");
  fflush(stdout);
  fcntl(0, F_SETFL, O_NONBLOCK);
  char line[10];
  while (read(0, line, sizeof line) < 0) poll_once(ep, 20);
  for (int i = n_viewers - n_stalled; i < n_viewers; i++)
    epoll_ctl(ep, EPOLL_CTL_DEL, viewers[i].fd, NULL);
  is_running = 1;
  int64_t start = now_ns(), gap = (int64_t)(1e9 / rate);
  while (now_ns() - start < (int64_t)(seconds * 1e9)) {
    int64_t due = start + n_sent * gap, now = now_ns();
    if (now >= due) say(&viewers[n_sent % n_senders]);
    else poll_once(ep, due - now > 1000000 ? (int)((due - now) / 1000000) : 0);
    poll_once(ep, 0);
  }
  double talked_s = (double)(now_ns() - start) / 1e9;
  long n_reading = n_viewers - n_stalled;
  int64_t patience = now_ns() + 15000000000LL;
  while (now_ns() < patience && (n_deliveries + n_sampled < n_reading * n_sent)) poll_once(ep, 20);
  double elapsed_s = (double)(now_ns() - start) / 1e9;
  long n_seen = 0, frames_min = 1 << 30;
  for (long i = 0; i < n_sent; i++) n_seen += seen[i];
  for (int i = 0; i < n_reading; i++)
    if (viewers[i].n_frames - viewers[i].n_other < frames_min)
      frames_min = viewers[i].n_frames - viewers[i].n_other;
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  printf("{\"viewers\":%d,\"sent\":%ld,\"received_distinct\":%ld,\"deliveries\":%ld,\"missing\":%ld,"
         "\"wrong\":%ld,\"gaps\":%ld,\"errors\":%ld,\"closed\":%ld,\"snapshots\":%ld,\"frames\":%ld,"
         "\"sampled\":%ld,\"bytes\":%ld,\"frames_of_a_viewer_min\":%ld,\"connect_s\":%.2f,\"talked_s\":%.2f,"
         "\"elapsed_s\":%.2f,\"p50_ms\":%.1f,\"p99_ms\":%.1f,\"p999_ms\":%.1f,\"max_ms\":%.1f,"
         "\"client_cpu_s\":%.2f}\n",
         n_viewers, n_sent, n_seen, n_deliveries, n_reading * n_sent - n_deliveries - n_sampled,
         n_wrong, n_gaps, n_errors, n_closed, n_hello_again, frames_total, n_sampled, bytes_total, frames_min, connect_s, talked_s,
         elapsed_s, percentile(0.5), percentile(0.99), percentile(0.999), (double)latency_max / 1e6,
         (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 +
             (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6);
  fflush(stdout);
  while (read(0, line, sizeof line) < 0) usleep(20000); /* the bench looks at the server first */
  return 0;
}
