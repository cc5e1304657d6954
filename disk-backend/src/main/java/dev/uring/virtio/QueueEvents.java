package dev.uring.virtio;

/**
 * What a queue has to tell its transport. Called on the queue's thread, which does nothing else
 * until the call returns: implementations neither wait nor throw.
 */
public interface QueueEvents {
  /** The driver wants to be told that requests have been used. */
  void notifyDriver();

  /**
   * The driver did what no driver may, and the queue stands still until it is started anew.
   *
   * @param reason a sentence for the log
   */
  void broken(String reason);
}
