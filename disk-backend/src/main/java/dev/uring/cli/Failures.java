package dev.uring.cli;

import dev.uring.disk.DiskException;
import dev.uring.ring.UringException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import picocli.CommandLine.Model.CommandSpec;
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
    err.println(PROGRAM + ": " + withoutPeriod(oneLine(sentence(failure))));
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
    if (failure instanceof CompletionException wrapped && wrapped.getCause() != null) {
      return sentence(wrapped.getCause());
    }
    if (failure instanceof ParameterException wrong) {
      return wrongParameter(wrong);
    }
    if (failure instanceof UringException refused) {
      return refusal(refused);
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

  private static String refusal(UringException refused) {
    String message = String.valueOf(refused.getMessage());
    if (refused.errnoName().equals("EMFILE")) {
      return message + "; or lower --connections or --threads";
    }
    if (refused.call().equals("io_uring_setup")) {
      return "io_uring cannot be used here: " + message + "; run ./uring-disk probe";
    }
    // Where the kernel's word is all there is, it ends with the error's description.
    return message.endsWith(")")
        ? message + "; ./uring-disk probe says what this machine offers"
        : message;
  }

  private static String wrongParameter(ParameterException wrong) {
    CommandSpec command = wrong.getCommandLine().getCommandSpec();
    String help = "; " + command.qualifiedName() + " --help says what it takes";
    return wrong instanceof UnmatchedArgumentException unmatched
        ? unmatched(unmatched, command) + help
        : wrong.getMessage() + help;
  }

  private static String unmatched(UnmatchedArgumentException wrong, CommandSpec command) {
    String first = wrong.getUnmatched().get(0);
    List<String> near = wrong.getSuggestions();
    String hint = near.isEmpty() ? "" : ", which may mean " + String.join(" or ", near);
    if (first.startsWith("-")) {
      return "there is no option " + first + hint;
    }
    return command.parent() == null
        ? "there is no command " + first + hint
        : "there is one argument too many, " + first;
  }

  private static Throwable rootCause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause;
  }

  private static String withoutPeriod(String sentence) {
    return sentence.endsWith(".") ? sentence.substring(0, sentence.length() - 1) : sentence;
  }

  /** File names may hold line breaks and worse; what is printed holds none. */
  static String oneLine(String text) {
    return text.strip().replaceAll("\\s*\\R\\s*", " ").replaceAll("\\p{Cntrl}", "?");
  }
}
