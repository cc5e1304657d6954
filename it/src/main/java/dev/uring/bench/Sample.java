package dev.uring.bench;

/**
 * What one run of requests cost.
 *
 * @param processorNanoseconds of the threads that took part, kernel time included
 * @param wallNanoseconds that went by
 * @param allocatedBytes on the Java heap, by those threads
 */
record Sample(long processorNanoseconds, long wallNanoseconds, long allocatedBytes) {
  /** The line that a measured process answers with. */
  static Sample parse(String line) {
    String[] numbers = line.split(" ", -1);
    return new Sample(
        Long.parseLong(numbers[0]), Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
  }

  String line() {
    return processorNanoseconds + " " + wallNanoseconds + " " + allocatedBytes;
  }
}
