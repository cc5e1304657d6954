package dev.uring.bench;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A process that answers each line it is sent with a measurement. It works only when asked. */
final class MeasuredProcess implements AutoCloseable {
  private final String description;
  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader answers;

  MeasuredProcess(String description, List<String> command) throws IOException {
    this.description = description;
    this.process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    this.commands = process.outputWriter(StandardCharsets.US_ASCII);
    this.answers = process.inputReader(StandardCharsets.US_ASCII);
  }

  /** One run of so many requests, or null if the subject cannot do them. */
  @Nullable Sample measure(RingCase row, long requests) throws IOException {
    String answer = ask(row + " " + requests);
    return answer.equals(RingWorker.UNSUPPORTED) ? null : Sample.parse(answer);
  }

  /** The line that it answers a line with. */
  String ask(String line) throws IOException {
    commands.write(line + "\n");
    commands.flush();
    String answer = answers.readLine();
    if (answer == null) {
      throw new IOException(description + " ended while it worked on " + line);
    }
    return answer;
  }

  /** Ends the process by the end of its input, and waits for that. */
  @Override
  public void close() throws IOException {
    try {
      commands.close();
      process.waitFor();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return description;
  }
}
