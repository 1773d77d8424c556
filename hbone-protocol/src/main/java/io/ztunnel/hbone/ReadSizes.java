package io.ztunnel.hbone;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * Buffers to read an application's bytes into, from 2 KiB to 128 KiB as the connection needs them,
 * each with room for a frame header before the bytes. So {@link FrameWriter} turns a buffer into a
 * DATA frame where it is, and the largest one fills eight TLS records exactly.
 *
 * <p>A size that was filled is followed by one four times as large at once; two turns in a row that
 * would have fitted into a quarter of it are followed by one half as large.
 */
final class ReadSizes extends DefaultMaxMessagesRecvByteBufAllocator {
    static final int SMALLEST = 2 * 1024;
    static final int LARGEST = TunnelStream.LONG_TURN_BYTES + FrameSplitter.HEADER_BYTES;

    private static final int READS_PER_TURN = 16;

    static final ReadSizes INSTANCE = new ReadSizes();

    private ReadSizes() {
        super(READS_PER_TURN);
    }

    @Override
    @SuppressWarnings("deprecation") // the type that the interface declares
    public Handle newHandle() {
        return new Sizes();
    }

    private final class Sizes extends MaxMessageHandle {
        private int size = SMALLEST;
        private boolean grewInTurn;
        private int turnsTooLarge;

        @Override
        public int guess() {
            return size;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
            ByteBuf buffer = alloc.directBuffer(size, size);
            return buffer.setIndex(FrameSplitter.HEADER_BYTES, FrameSplitter.HEADER_BYTES);
        }

        @Override
        public void reset(ChannelConfig config) {
            super.reset(config);
            grewInTurn = false;
        }

        @Override
        public void lastBytesRead(int bytes) {
            super.lastBytesRead(bytes);
            if (bytes > 0 && bytes == attemptedBytesRead() && size < LARGEST) {
                size = Math.min(4 * size, LARGEST);
                grewInTurn = true;
                turnsTooLarge = 0;
            }
        }

        @Override
        public void readComplete() {
            if (grewInTurn || totalBytesRead() > size / 4) {
                turnsTooLarge = 0;
            } else if (size > SMALLEST && ++turnsTooLarge == 2) {
                size /= 2;
                turnsTooLarge = 0;
            }
        }
    }
}
