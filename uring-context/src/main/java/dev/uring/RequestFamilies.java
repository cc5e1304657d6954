package dev.uring;

/** The objects that a context's requests are grouped in. */
final class RequestFamilies {
  private final FixedBufferRequests fixedBuffers;
  private final SocketRequests sockets;
  private final CancelRequests cancels;
  private final TimeRequests timeouts;
  private final ChainRequests chains;
  private final HintRequests hints;
  private final PathRequests fileSystem;
  private final OpenFileRequests files;
  private final PipeRequests pipes;
  private final FutexRequests futexes;
  private final ChildRequests processes;

  RequestFamilies(URingContext context, ContextCore core) {
    SubmitRing submit = core.submitRing();
    RequestSteps steps = new RequestSteps(context, submit);
    fixedBuffers = new FixedBufferRequests(context, core);
    sockets = new SocketRequests(context, submit, steps);
    cancels = new CancelRequests(submit, core.table());
    timeouts = new TimeRequests(submit, cancels);
    chains = new ChainRequests(submit);
    hints = new HintRequests(submit);
    fileSystem = new PathRequests(submit, steps);
    files = new OpenFileRequests(submit, steps, core.allowlist());
    pipes = new PipeRequests(context, submit, steps);
    futexes = new FutexRequests(submit);
    processes = new ChildRequests(submit);
  }

  FixedBufferRequests fixedBuffers() {
    return fixedBuffers;
  }

  SocketRequests sockets() {
    return sockets;
  }

  CancelRequests cancels() {
    return cancels;
  }

  TimeRequests timeouts() {
    return timeouts;
  }

  ChainRequests chains() {
    return chains;
  }

  HintRequests hints() {
    return hints;
  }

  PathRequests fileSystem() {
    return fileSystem;
  }

  OpenFileRequests files() {
    return files;
  }

  PipeRequests pipes() {
    return pipes;
  }

  FutexRequests futexes() {
    return futexes;
  }

  ChildRequests processes() {
    return processes;
  }
}
