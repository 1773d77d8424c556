package io.ztunnel.bench.micro;

import io.netty.buffer.ByteBuf;
import io.ztunnel.hbone.BareTunnel;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * DATA through a tunnel, without TLS and sockets. An operation is 128 KiB in each, with the credit
 * for it: so much is read from a busy socket at once.
 */
@State(Scope.Thread)
public class FramingBenchmark {
    private static final int READ_BYTES = 128 << 10;
    private static final int RECORD_BYTES = 16 << 10;
    private static final int HEADER_BYTES = 9;
    private static final int FRAME_BYTES = 64 << 10;
    private static final int SMALL_FRAME_BYTES = 2 << 10;

    private final BareTunnel tunnel = new BareTunnel();

    /** Reads that fill their buffer: the bytes are copied behind the headers of frames. */
    @Benchmark
    public void sendCopied() {
        tunnel.send(tunnel.alloc().directBuffer(READ_BYTES).writerIndex(READ_BYTES));
    }

    /** Reads as long as a frame, with room for its header. */
    @Benchmark
    public void sendInPlace() {
        for (int i = 0; i < READ_BYTES / FRAME_BYTES; i++) {
            ByteBuf data = tunnel.alloc().directBuffer(FRAME_BYTES);
            tunnel.send(data.setIndex(HEADER_BYTES, FRAME_BYTES));
        }
    }

    /** Frames of 64 KiB in TLS records of 16 KiB. */
    @Benchmark
    public long receiveLargeFrames() {
        for (int i = 0; i < READ_BYTES / RECORD_BYTES; i++) {
            ByteBuf record = tunnel.alloc().directBuffer(RECORD_BYTES);
            if (i % (FRAME_BYTES / RECORD_BYTES) == 0) {
                tunnel.dataHeader(record, FRAME_BYTES - HEADER_BYTES);
            }
            tunnel.receive(record.writerIndex(RECORD_BYTES));
        }
        return tunnel.readComplete();
    }

    /** Records of 16 KiB with eight frames each, so that payloads are slices. */
    @Benchmark
    public long receiveSmallFrames() {
        for (int i = 0; i < READ_BYTES / RECORD_BYTES; i++) {
            ByteBuf record = tunnel.alloc().directBuffer(RECORD_BYTES);
            for (int at = 0; at < RECORD_BYTES; at += SMALL_FRAME_BYTES) {
                tunnel.dataHeader(record.writerIndex(at), SMALL_FRAME_BYTES - HEADER_BYTES);
            }
            tunnel.receive(record.writerIndex(RECORD_BYTES));
        }
        return tunnel.readComplete();
    }

    @TearDown
    public void close() {
        tunnel.close();
    }
}
