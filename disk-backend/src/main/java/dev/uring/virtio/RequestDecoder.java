package dev.uring.virtio;

import dev.uring.BufferPool;
import dev.uring.MemoryVector;
import dev.uring.disk.DiskRequest;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What a chain's bytes ask for (5.2.6), wherever the driver cut them: the first 16 bytes that can
 * be read are the header, the last byte that can be written is the status, and the rest is data
 * (2.7.4). For one queue's thread.
 */
final class RequestDecoder {
  /** The request has been prepared for the disk; its status comes later. */
  static final int PENDING = -1;

  /** What a guest can make us hold for one queue if none of its memory is aligned. */
  private static final int BOUNCED_BYTES = 64 << 20;

  private static final int MOST_BOUNCED = 256 * 1024;

  private final BlockDevice device;
  private final BufferPool buffers;
  private final int blockSectors;
  private final int memoryAlignment;
  private final int lengthAlignment;
  private final int bounceStep;
  private final ByteBuffer copy =
      ByteBuffer.allocate(BlockLimits.RANGES * BlockFormat.RANGE_BYTES)
          .order(ByteOrder.LITTLE_ENDIAN);
  private final ByteBuffer identity;

  RequestDecoder(BlockDevice device, BufferPool buffers) {
    this.device = device;
    this.buffers = buffers;
    blockSectors = device.blockSize() / BlockFormat.SECTOR;
    memoryAlignment = device.disk().image().alignment().memory();
    lengthAlignment = device.disk().image().alignment().offset();
    int share = BOUNCED_BYTES / device.options().queueSize();
    bounceStep =
        Math.max(Math.min(share, MOST_BOUNCED), Math.max(BufferPool.SMALLEST, lengthAlignment));
    identity = ByteBuffer.wrap(device.identity());
  }

  /**
   * Reads a request.
   *
   * @return {@link #PENDING}, or its status if it has ended with that
   * @throws BrokenQueueException if there is no header or no place for a status
   */
  int decode(DescriptorChain chain, BlockRequest request) {
    if (chain.isScattered()) {
      return BlockFormat.STATUS_IOERR;
    }
    PieceBytes.copyOut(chain.readable(), 0, copy, BlockFormat.HEADER_BYTES);
    int type = copy.getInt(BlockFormat.HEADER_TYPE);
    long sector = copy.getLong(BlockFormat.HEADER_SECTOR);
    return switch (type) {
      case BlockFormat.TYPE_IN -> read(chain, request, sector);
      case BlockFormat.TYPE_OUT -> write(chain, request, sector);
      case BlockFormat.TYPE_FLUSH -> flush(request);
      case BlockFormat.TYPE_GET_ID -> identify(chain, request);
      case BlockFormat.TYPE_DISCARD ->
          ranges(chain, request, VirtioFeature.DISCARD, DiskRequest.Operation.DISCARD);
      case BlockFormat.TYPE_WRITE_ZEROES ->
          ranges(chain, request, VirtioFeature.WRITE_ZEROES, DiskRequest.Operation.WRITE_ZEROES);
      default -> BlockFormat.STATUS_UNSUPP;
    };
  }

  /** A chain without these can be given no answer. */
  static void checkFrame(DescriptorChain chain) {
    if (chain.readableBytes() < BlockFormat.HEADER_BYTES) {
      throw new BrokenQueueException(
          "a request with a header of " + chain.readableBytes() + " bytes");
    }
    if (chain.writableBytes() == 0) {
      throw new BrokenQueueException("a request without a place for its status");
    }
  }

  private int read(DescriptorChain chain, BlockRequest request, long sector) {
    long length = chain.writableBytes() - 1;
    if (!isOnDisk(sector, length)) {
      return BlockFormat.STATUS_IOERR;
    }
    request.setFilled(length);
    if (length == 0) {
      return BlockFormat.STATUS_OK;
    }
    long offset = sector << BlockFormat.SECTOR_SHIFT;
    MemoryVector data = request.memory().addRange(chain.writable(), 0, length);
    if (isAligned(data)) {
      request.prepareRead(offset);
    } else {
      bounce(request, data, BouncedTransfer.Direction.READ, offset);
    }
    return PENDING;
  }

  private int write(DescriptorChain chain, BlockRequest request, long sector) {
    long length = chain.readableBytes() - BlockFormat.HEADER_BYTES;
    if (device.disk().isReadOnly() || !isOnDisk(sector, length)) {
      return BlockFormat.STATUS_IOERR;
    }
    if (length == 0) {
      return BlockFormat.STATUS_OK;
    }
    long offset = sector << BlockFormat.SECTOR_SHIFT;
    boolean durable = device.isWriteThrough();
    MemoryVector data =
        request.memory().addRange(chain.readable(), BlockFormat.HEADER_BYTES, length);
    if (isAligned(data)) {
      request.prepareWrite(offset);
      request.setDurable(durable);
    } else {
      bounce(
          request,
          data,
          durable ? BouncedTransfer.Direction.WRITE_DURABLY : BouncedTransfer.Direction.WRITE,
          offset);
    }
    return PENDING;
  }

  private void bounce(
      BlockRequest request, MemoryVector data, BouncedTransfer.Direction direction, long offset) {
    BouncedTransfer transfer = new BouncedTransfer(buffers, data, direction, offset, bounceStep);
    request.setBounced(transfer);
    transfer.prepareNext(request);
  }

  private static int flush(BlockRequest request) {
    request.prepare(DiskRequest.Operation.FLUSH, 0, 0);
    return PENDING;
  }

  private int identify(DescriptorChain chain, BlockRequest request) {
    int room = (int) Math.min(chain.writableBytes() - 1, BlockFormat.ID_BYTES);
    PieceBytes.copyIn(identity, room, chain.writable(), 0);
    request.setFilled(room);
    return BlockFormat.STATUS_OK;
  }

  private int ranges(
      DescriptorChain chain,
      BlockRequest request,
      VirtioFeature feature,
      DiskRequest.Operation operation) {
    if (!feature.isIn(device.negotiated())) {
      return BlockFormat.STATUS_UNSUPP;
    }
    long bytes = chain.readableBytes() - BlockFormat.HEADER_BYTES;
    if (bytes == 0 || bytes % BlockFormat.RANGE_BYTES != 0 || bytes > copy.capacity()) {
      return BlockFormat.STATUS_IOERR;
    }
    PieceBytes.copyOut(chain.readable(), BlockFormat.HEADER_BYTES, copy, (int) bytes);
    boolean zeroes = operation == DiskRequest.Operation.WRITE_ZEROES;
    int knownFlags = zeroes ? BlockFormat.RANGE_FLAG_UNMAP : 0;
    request.ranges().begin(operation, zeroes && device.isWriteThrough());
    int status = BlockFormat.STATUS_OK;
    for (int at = 0; at < bytes; at += BlockFormat.RANGE_BYTES) {
      long sector = copy.getLong(at);
      long count = Integer.toUnsignedLong(copy.getInt(at + BlockFormat.RANGE_SECTORS));
      int flags = copy.getInt(at + BlockFormat.RANGE_FLAGS);
      if ((flags & ~knownFlags) != 0) {
        return BlockFormat.STATUS_UNSUPP;
      }
      long length = count << BlockFormat.SECTOR_SHIFT;
      if (count > BlockLimits.RANGE_SECTORS || !isOnDisk(sector, length)) {
        status = BlockFormat.STATUS_IOERR;
      }
      request
          .ranges()
          .add(
              sector << BlockFormat.SECTOR_SHIFT,
              length,
              (flags & BlockFormat.RANGE_FLAG_UNMAP) != 0);
    }
    if (status != BlockFormat.STATUS_OK) {
      return status;
    }
    return request.prepareNext() ? PENDING : BlockFormat.STATUS_OK;
  }

  /** Whole blocks, all of them on the disk; the sector is any 64 bits. */
  private boolean isOnDisk(long sector, long length) {
    long count = length >> BlockFormat.SECTOR_SHIFT;
    return length % BlockFormat.SECTOR == 0
        && sector >= 0
        && sector <= device.sectors()
        && count <= device.sectors() - sector
        && sector % blockSectors == 0
        && count % blockSectors == 0;
  }

  private boolean isAligned(MemoryVector data) {
    if (memoryAlignment <= 1 && lengthAlignment <= 1) {
      return true;
    }
    for (int piece = 0; piece < data.count(); piece++) {
      int position = data.position(piece);
      if (data.memory(piece).buffer().alignmentOffset(position, memoryAlignment) != 0
          || data.length(piece) % lengthAlignment != 0) {
        return false;
      }
    }
    return true;
  }
}
