package dev.uring.cli;

import dev.uring.disk.DiskException;
import dev.uring.ring.UringException;
import java.io.PrintWriter;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** From what was thrown to the one sentence and the exit status that a person gets. */
final class Failures {
  static final int FAILED = 1;
  static final int WRONG_USAGE = 2;

  private static final String PROGRAM = "uring-disk";

  private final boolean traced;

  /**
   * How failures are shown.
   *
   * @param traced whether the stack trace follows the sentence
   */
  Failures(boolean traced) {
    this.traced = traced;
  }

  /** Says it on {@code err}; the exit status. */
  int report(Throwable failure, PrintWriter err) {
    err.println(PROGRAM + ": " + oneLine(sentence(failure)));
    if (traced) {
      failure.printStackTrace(err);
    }
    err.flush();
    return status(failure);
  }

  static int status(Throwable failure) {
    boolean usage =
        failure instanceof UsageException
            || failure instanceof ParameterException
            || (failure instanceof DiskException disk && disk.isUsage());
    return usage ? WRONG_USAGE : FAILED;
  }

  static String sentence(Throwable failure) {
    if (failure instanceof ParameterException wrong) {
      return wrongParameter(wrong);
    }
    if (failure instanceof UringException refused) {
      return isRingMissing(refused)
          ? "io_uring cannot be used here: " + refused.getMessage() + "; run ./uring-disk probe"
          : refused.getMessage() + "; ./uring-disk probe says what this machine offers";
    }
    if (failure instanceof UsageException
        || failure instanceof FailureException
        || failure instanceof DiskException) {
      return Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    }
    if (failure instanceof OutOfMemoryError) {
      return "there is not enough memory ("
          + failure.getMessage()
          + "): lower --connections, --in-flight or --threads";
    }
    if (failure instanceof LinkageError) {
      return "the native library cannot be loaded ("
          + rootCause(failure)
          + "): set TMPDIR to a directory where programs may run";
    }
    return "this should not have happened: "
        + failure
        + "; run it again with --verbose and report what that prints";
  }

  private static boolean isRingMissing(UringException refused) {
    return refused.call().equals("io_uring_setup");
  }

  private static String wrongParameter(ParameterException wrong) {
    CommandLine command = wrong.getCommandLine();
    String help = "; " + command.getCommandSpec().qualifiedName() + " --help says what it takes";
    String hint = "";
    if (wrong instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      hint = ", which may mean " + String.join(" or ", unmatched.getSuggestions());
    }
    return wrong.getMessage() + hint + help;
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  /** File names may hold line breaks and worse; what is printed holds none. */
  static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
  }
}
