package dev.uring.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The plain way to be an echo server in Java: one thread, one selector, a buffer a connection. */
final class NioEcho implements Runnable, AutoCloseable {
  private static final int BUFFER_BYTES = 4096;

  private final Selector selector;
  private final ServerSocketChannel listener;
  private volatile boolean stopped;

  NioEcho() throws IOException {
    selector = Selector.open();
    listener = ServerSocketChannel.open();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  int port() throws IOException {
    return ((InetSocketAddress) listener.getLocalAddress()).getPort();
  }

  @Override
  public void run() {
    try {
      while (!stopped) {
        selector.select(this::ready);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void ready(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else {
        echo(key);
      }
    } catch (IOException e) {
      // A client that has gone.
      close(key);
    }
  }

  private void accept() throws IOException {
    SocketChannel client = listener.accept();
    if (client != null) {
      client.configureBlocking(false);
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      client.register(selector, SelectionKey.OP_READ, ByteBuffer.allocateDirect(BUFFER_BYTES));
    }
  }

  private static void echo(SelectionKey key) throws IOException {
    SocketChannel client = (SocketChannel) key.channel();
    ByteBuffer buffer = (ByteBuffer) key.attachment();
    if (key.isReadable() && client.read(buffer) < 0) {
      close(key);
      return;
    }
    buffer.flip();
    client.write(buffer);
    // What the client does not take is kept, and nothing more read until it does.
    int wanted = buffer.hasRemaining() ? SelectionKey.OP_WRITE : SelectionKey.OP_READ;
    buffer.compact();
    if (key.interestOps() != wanted) {
      key.interestOps(wanted);
    }
  }

  private static void close(SelectionKey key) {
    try {
      key.channel().close();
    } catch (IOException e) {
      System.err.println("bench: a connection could not be closed: " + e.getMessage());
    }
  }

  void stop() {
    stopped = true;
    Selector unused = selector.wakeup();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    selector.close();
  }
}
