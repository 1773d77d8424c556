package io.ztunnel.hbone;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import java.nio.charset.StandardCharsets;

@ExtendWith(LeakFree.class)
class SendQueueTest {
    private final SendQueue queue = new SendQueue();

    @AfterEach
    void clear() {
        queue.clear();
    }

    private void add(String text) {
        queue.add(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private String copy(int length) {
        ByteBuf target = Unpooled.buffer(length);
        queue.copyTo(target, length);
        return target.toString(StandardCharsets.US_ASCII);
    }

    private static String text(ByteBuf buffer) {
        try {
            return buffer.toString(StandardCharsets.US_ASCII);
        } finally {
            buffer.release();
        }
    }

    @Test
    void bytesComeOutInOrderHoweverTheRingGrowsAndTurns() {
        StringBuilder in = new StringBuilder();
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < 100; i++) {
            String piece = "<" + i + ">";
            add(piece);
            in.append(piece);
            if (i % 3 == 0) {
                out.append(copy(2));
            }
        }
        out.append(copy(queue.bytes()));

        assertThat(out).hasToString(in.toString());
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void aTurnIsMadeOfWholeBuffersWhereOneFits() {
        add("four");
        add("six666");
        add("three");

        assertThat(queue.upTo(100)).isEqualTo(15);
        assertThat(queue.upTo(12)).isEqualTo(10);
        assertThat(queue.upTo(9)).isEqualTo(4);
        assertThat(queue.upTo(3)).as("a part of the first").isEqualTo(3);
    }

    @Test
    void aPartOfABufferIsHandedOverWithoutACopy() {
        add("abcdef");
        ByteBuf whole = queue.peek();

        ByteBuf part = queue.slice(2);

        assertThat(part.unwrap()).isNotNull();
        assertThat(text(part)).isEqualTo("ab");
        assertThat(queue.bytes()).isEqualTo(4);
        ByteBuf rest = queue.slice(4);
        assertThat(rest).isSameAs(whole);
        assertThat(text(rest)).isEqualTo("cdef");
    }
}
