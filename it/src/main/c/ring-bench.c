/*
 * What C with liburing needs for the requests that the bench's Java subjects make: the measure
 * that their times are divided by.
 *
 *   ring-bench SUBJECT FILE
 *
 * SUBJECT is c (one thread, its ring's quickest set-up), c-shared (one thread, a ring that any
 * thread might use) or c-two-threads (one adds, one pops, each side under a mutex). FILE is read in
 * blocks of 4 KiB and should lie in the page cache.
 *
 * Lines of "WORK BATCH REQUESTS" on standard input are answered by lines of "CPU WALL 0":
 * nanoseconds of the threads' own processor time, nanoseconds that went by, bytes allocated.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define ENTRIES 256
#define BLOCK 4096
#define SLOTS 128
/* A run begins with this share of its requests, unmeasured: the caches are cold by then. */
#define LEAD_IN 16

enum work { NOP, READ, READ_FIXED_FILE, READ_FIXED_BOTH, WORKS };

static const char *const work_names[WORKS] = {
    "nop", "read-cached", "read-cached-fixed-file", "read-cached-fixed-both"};

static struct io_uring ring;
static int file;
static uint64_t blocks;
static char *memory;

static void die(const char *what, int error) {
  fprintf(stderr, "ring-bench: %s: %s\n", what, strerror(error));
  exit(1);
}

static int64_t clock_ns(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static uint64_t random_state = 88172645463325252ull;

static inline uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static inline void fill(struct io_uring_sqe *entry, enum work work, int slot) {
  if (work == NOP) {
    io_uring_prep_nop(entry);
  } else {
    uint64_t offset = (next_random() & (blocks - 1)) * BLOCK;
    char *to = memory + (size_t)slot * BLOCK;
    int fd = work == READ ? file : 0;
    if (work == READ_FIXED_BOTH) {
      io_uring_prep_read_fixed(entry, fd, to, BLOCK, offset, slot);
    } else {
      io_uring_prep_read(entry, fd, to, BLOCK, offset);
    }
    if (work != READ) {
      entry->flags |= IOSQE_FIXED_FILE;
    }
  }
  entry->user_data = slot;
}

/* Takes what is there; how many completions that were. */
static inline unsigned reap(int expected, uint64_t *sum) {
  struct io_uring_cqe *completion;
  unsigned head, count = 0;
  io_uring_for_each_cqe(&ring, head, completion) {
    if (completion->res != expected) {
      die("a request", completion->res < 0 ? -completion->res : EIO);
    }
    *sum += completion->user_data;
    count++;
  }
  io_uring_cq_advance(&ring, count);
  return count;
}

static void run(enum work work, int batch, int64_t requests) {
  int expected = work == NOP ? 0 : BLOCK;
  uint64_t sum = 0, turns = 0;
  for (int64_t done = 0; done < requests; done += batch, turns++) {
    for (int slot = 0; slot < batch; slot++) {
      struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
      if (!entry) {
        die("the submission queue", ENOSPC);
      }
      fill(entry, work, slot);
    }
    int reaped = 0;
    while (reaped < batch) {
      int result = io_uring_submit_and_wait(&ring, batch - reaped);
      if (result < 0 && result != -EINTR) {
        die("io_uring_enter", -result);
      }
      reaped += reap(expected, &sum);
    }
  }
  if (sum != turns * batch * (batch - 1) / 2) {
    die("the sum of all user data", EILSEQ);
  }
}

static void measure_one_thread(enum work work, int batch, int64_t requests) {
  run(work, batch, requests / LEAD_IN + batch);
  int64_t wall = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  run(work, batch, requests);
  cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  wall = clock_ns(CLOCK_MONOTONIC) - wall;
  printf("%lld %lld 0\n", (long long)cpu, (long long)wall);
}

/* Two threads: the adder takes the one mutex, the popper the other. */
static pthread_mutex_t submitting = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t completing = PTHREAD_MUTEX_INITIALIZER;
static _Alignas(64) atomic_int in_flight;
static pthread_barrier_t start;
static int64_t to_pop, popper_cpu;
static uint64_t popped_sum;

static void *pop(void *unused) {
  pthread_barrier_wait(&start);
  int64_t cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  uint64_t sum = 0;
  for (int64_t popped = 0; popped < to_pop;) {
    struct io_uring_cqe *first;
    int result = io_uring_wait_cqe(&ring, &first);
    if (result < 0 && result != -EINTR) {
      die("io_uring_wait_cqe", -result);
    }
    pthread_mutex_lock(&completing);
    unsigned count = reap(0, &sum);
    pthread_mutex_unlock(&completing);
    atomic_fetch_sub(&in_flight, count);
    popped += count;
  }
  popper_cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  popped_sum = sum;
  return unused;
}

static void measure_two_threads(int batch, int64_t requests, int capacity) {
  pthread_t popper;
  requests = (requests + batch - 1) / batch * batch;
  to_pop = requests;
  pthread_barrier_init(&start, NULL, 2);
  int error = pthread_create(&popper, NULL, pop, NULL);
  if (error) {
    die("pthread_create", error);
  }
  pthread_barrier_wait(&start);
  int64_t wall = clock_ns(CLOCK_MONOTONIC), cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  for (int64_t done = 0; done < requests; done += batch) {
    while (capacity - atomic_load(&in_flight) < batch) {
      sched_yield();
    }
    for (int slot = 0; slot < batch; slot++) {
      pthread_mutex_lock(&submitting);
      struct io_uring_sqe *entry = io_uring_get_sqe(&ring);
      if (!entry) {
        die("the submission queue", ENOSPC);
      }
      fill(entry, NOP, slot);
      atomic_fetch_add(&in_flight, 1);
      pthread_mutex_unlock(&submitting);
    }
    pthread_mutex_lock(&submitting);
    int result = io_uring_submit(&ring);
    pthread_mutex_unlock(&submitting);
    if (result < 0 && result != -EINTR) {
      die("io_uring_enter", -result);
    }
  }
  cpu = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu;
  pthread_join(popper, NULL);
  wall = clock_ns(CLOCK_MONOTONIC) - wall;
  pthread_barrier_destroy(&start);
  if (popped_sum != (uint64_t)requests * (batch - 1) / 2) {
    die("the sum of all user data", EILSEQ);
  }
  printf("%lld %lld 0\n", (long long)(cpu + popper_cpu), (long long)wall);
}

static void set_up(const char *subject, const char *path) {
  struct io_uring_params parameters = {.flags = IORING_SETUP_SUBMIT_ALL};
  int owned = !strcmp(subject, "c");
  if (owned) {
    parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  }
  int result = io_uring_queue_init_params(ENTRIES, &ring, &parameters);
  if (result) {
    die("io_uring_setup", -result);
  }
  if (owned && (result = io_uring_register_ring_fd(&ring)) != 1) {
    die("registering the ring's descriptor", result < 0 ? -result : EINVAL);
  }
  file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status)) {
    die(path, errno);
  }
  blocks = status.st_size / BLOCK;
  if (!blocks || blocks & (blocks - 1)) {
    die("the file is not a power of two of blocks", EINVAL);
  }
  if (posix_memalign((void **)&memory, BLOCK, SLOTS * BLOCK)) {
    die("memory", ENOMEM);
  }
  memset(memory, 1, SLOTS * BLOCK);
  if ((result = io_uring_register_files(&ring, &file, 1))) {
    die("registering the file", -result);
  }
  struct iovec pieces[SLOTS];
  for (int slot = 0; slot < SLOTS; slot++) {
    pieces[slot] = (struct iovec){memory + (size_t)slot * BLOCK, BLOCK};
  }
  if ((result = io_uring_register_buffers(&ring, pieces, SLOTS))) {
    die("registering the buffers", -result);
  }
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: ring-bench c|c-shared|c-two-threads FILE\n");
    return 2;
  }
  set_up(argv[1], argv[2]);
  int two_threads = !strcmp(argv[1], "c-two-threads");
  char name[64];
  int batch;
  long long requests;
  while (scanf("%63s %d %lld", name, &batch, &requests) == 3) {
    int work = 0;
    while (work < WORKS && strcmp(name, work_names[work])) {
      work++;
    }
    if (work == WORKS || batch < 1 || batch > SLOTS || (two_threads && work != NOP)) {
      die(name, EINVAL);
    }
    if (two_threads) {
      measure_two_threads(batch, requests, *ring.cq.kring_entries);
    } else {
      measure_one_thread(work, batch, requests);
    }
    fflush(stdout);
  }
  return 0;
}
