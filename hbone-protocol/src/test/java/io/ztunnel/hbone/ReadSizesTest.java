package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@SuppressWarnings("deprecation") // the types that Netty's channels use
class ReadSizesTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final DefaultChannelConfig config = new DefaultChannelConfig(channel);
    private final RecvByteBufAllocator.Handle sizes = ReadSizes.INSTANCE.newHandle();

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    /** One turn of the loop; each read gets so many bytes, or all there is room for. */
    private void turn(int... reads) {
        sizes.reset(config);
        for (int bytes : reads) {
            ByteBuf buffer = sizes.allocate(UnpooledByteBufAllocator.DEFAULT);
            sizes.attemptedBytesRead(buffer.writableBytes());
            sizes.lastBytesRead(Math.min(bytes, buffer.writableBytes()));
            sizes.incMessagesRead(1);
            buffer.release();
        }
        sizes.readComplete();
    }

    private int room() {
        ByteBuf buffer = sizes.allocate(UnpooledByteBufAllocator.DEFAULT);
        try {
            return buffer.writableBytes();
        } finally {
            buffer.release();
        }
    }

    @Test
    void aBufferHasRoomForAFrameHeaderBeforeTheBytes() {
        ByteBuf buffer = sizes.allocate(UnpooledByteBufAllocator.DEFAULT);

        assertThat(buffer.readerIndex()).isEqualTo(9);
        assertThat(buffer.readableBytes()).isZero();
        assertThat(buffer.isDirect()).isTrue();
        buffer.release();
    }

    @Test
    void theFirstReadsAreSmall() {
        assertThat(room()).isEqualTo(2048 - 9);
    }

    @Test
    void fullReadsGrowWithinATurnUpToEightRecords() {
        turn(1 << 20, 1 << 20, 1 << 20, 1 << 20);

        assertThat(room()).isEqualTo(8 * 16_384 - 9);
    }

    @Test
    void smallAnswersToSmallQuestionsKeepReadsSmall() {
        for (int i = 0; i < 10; i++) {
            turn(1024);
        }

        assertThat(room()).isEqualTo(2048 - 9);
    }

    @Test
    void readsShrinkAfterTwoTurnsThatNeededAQuarter() {
        turn(1 << 20, 1 << 20, 1 << 20);
        turn(100);
        assertThat(room()).isEqualTo(131_072 - 9);
        turn(100);
        assertThat(room()).isEqualTo(65_536 - 9);
    }

    @Test
    void oneSmallTurnBetweenLargeOnesChangesNothing() {
        turn(1 << 20, 1 << 20, 1 << 20);
        for (int i = 0; i < 10; i++) {
            turn(100);
            turn(60_000);
        }

        assertThat(room()).isEqualTo(131_072 - 9);
    }
}
